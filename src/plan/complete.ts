import type { Evidence } from '../classify/classify.ts';
import { type Place, placesAt } from '../classify/places.ts';
import type { Verdict } from '../classify/verdict.ts';
import type { Change, Ddl, Obstacle } from '../database/ddl.ts';
import type { ObjectKey, Snapshot } from '../schema/snapshot.ts';
import { shellWord } from '../util/shell-word.ts';
import { mendingOrder } from './mending-order.ts';
import { baselineOnceMet } from './once-met.ts';
import type { PlanOptions, Refusal, RowCheck, Step } from './plan.ts';

/** What completing needs to know beside the verdict. */
export interface CompletionFacts {
  readonly evidence: Evidence;
  readonly ddl: Ddl;
}

/** How a partial database is brought to the revision it nearly is. */
export interface Completion {
  /** Index of the last revision that is recorded without being run by Knex in the usual way. */
  readonly baseline: number;
  readonly steps: readonly Step[];
  readonly notices: readonly string[];
}

/**
 * The revision to complete to: the one named, else the last one of which anything is there. Completing only adds, so it can never be an
 * earlier one: what a later migration brought would have to go.
 */
function targetOf(verdict: Verdict, at: string | null): number {
  if (at !== null) return verdict.migrations.findIndex(({ revision }) => revision === at);
  const last = verdict.migrations.findLastIndex(
    ({ evidence }) => evidence === 'applied' || evidence === 'partly',
  );
  const nearest = verdict.nearest[0]?.revision;
  return last >= 0 ? last : verdict.migrations.findIndex(({ revision }) => revision === nearest);
}

/** Why a place cannot be completed; null where it can. */
function objection({ name, difference, changes }: Place, ddl: Ddl): Refusal | null {
  if (difference.outcome === 'unexpected') {
    return {
      code: 'REFUSED.LEFTOVER',
      message: `${name} is there and is not expected; completing never drops anything.`,
      hint: 'Drop it by hand if it is not needed, or use --on-partial rebuild.',
    };
  }
  if (difference.outcome === 'cannot-tell') {
    return {
      code: 'REFUSED.UNWRITABLE',
      message: `${name} is not word for word as expected, and nobody can tell whether it is the same.`,
      hint: 'Read both texts in "knex-adopt detect-state"; where they mean the same, accept it in decisions.json.',
    };
  }
  if (difference.rules !== undefined) {
    return {
      code: 'REFUSED.UNWRITABLE',
      message: `${name} is as expected only by what is switched off: ${difference.rules.join(', ')}.`,
      hint: 'Leave the rule on, or accept the difference in decisions.json.',
    };
  }
  if (changes === null || changes.some((change) => ddl.write(change) === null)) {
    return {
      code: 'REFUSED.UNWRITABLE',
      message: `${name} cannot be made from what the manifests say of it.`,
      hint: 'Make it by hand as the migration does, or use --on-partial rebuild, which runs the migrations themselves.',
    };
  }
  if (difference.outcome === 'missing') return null;
  const [change] = changes;
  if (change?.kind !== 'alter-column') {
    return {
      code: 'REFUSED.LEFTOVER',
      message: `${name} is there and is another one than expected; completing never drops or replaces anything.`,
      hint: 'Replace it by hand, or use --on-partial rebuild.',
    };
  }
  if (ddl.keepsValues(change.expected, change.actual)) return null;
  const [actual, expected] = [change.actual, change.expected].map(({ type }) => type.canonical);
  return {
    code: 'REFUSED.NARROWING',
    message:
      actual === expected
        ? `${name} cannot be altered to what is expected with every value certainly kept.`
        : `${name} is ${actual} and ${expected} is expected: altering it might not keep every value.`,
    hint: 'Alter it by hand after looking at its values, or use --on-partial rebuild.',
  };
}

/** Whether a text names none of the columns that are only added: enough to ask about it beforehand. */
function mentionsNone(text: string, added: readonly string[]): boolean {
  return added.every((name) => !text.includes(name));
}

/** Whether everything that an obstacle would be looked for in is there already: what is made by the plan itself holds no rows yet. */
function obstacleOf(change: Change, added: readonly string[], snapshot: Snapshot, ddl: Ddl): Obstacle | null {
  const has = (key: ObjectKey, columns: readonly string[]) => {
    const table = snapshot.tables.find((one) => one.key === key);
    // A part of a key may be the beginning of a column: `name(10)`.
    const isThere = (part: string) =>
      table?.columns.some(({ name }) => part === name || part.startsWith(`${name}(`)) === true;
    return columns.every(isThere);
  };
  switch (change.kind) {
    case 'add-foreign-key': {
      const { columns, referencedTable, referencedColumns } = change.foreignKey;
      const there = has(change.table, columns) && has(referencedTable, referencedColumns);
      return there ? ddl.obstacle(change) : null;
    }
    case 'add-unique':
      return has(change.table, change.unique.columns) ? ddl.obstacle(change) : null;
    case 'add-primary-key':
      return has(change.table, change.primaryKey.columns) ? ddl.obstacle(change) : null;
    case 'alter-column':
      return has(change.table, [change.actual.name]) ? ddl.obstacle(change) : null;
    case 'create-index': {
      const columns = change.index.parts.map(
        ({ column, expression }) => column ?? expression?.canonical ?? '',
      );
      return mentionsNone(columns.join(' '), added) ? ddl.obstacle(change) : null;
    }
    case 'add-check':
      return mentionsNone(change.check.expression.canonical, added) ? ddl.obstacle(change) : null;
    case 'create-table':
    case 'create-object':
    case 'fill-column':
      return null;
    default:
      return ddl.obstacle(change);
  }
}

/** A column that is to be NOT NULL, and is given a value for the rows that are there, is made in three steps. */
function filled(change: Change, fill: Readonly<Record<string, string>>): readonly Change[] {
  if (change.kind !== 'add-column' || change.key !== undefined) return [change];
  const { table, column } = change;
  const value = fill[`${table}.${column.name}`];
  if (value === undefined) return [change];
  const empty = { ...column, nullable: true };
  return [
    { ...change, column: empty },
    { kind: 'fill-column', table, column, value },
    { kind: 'alter-column', table, expected: column, actual: empty },
  ];
}

function mendStep(
  revision: string,
  incomplete: readonly Place[],
  snapshot: Snapshot,
  ddl: Ddl,
  fill: Readonly<Record<string, string>>,
): Step {
  const places = incomplete.map((place) => ({
    ...place,
    changes: (place.changes ?? []).flatMap((change) => filled(change, fill)),
  }));
  const changes = mendingOrder(places.flatMap((place) => place.changes));
  const added = changes.flatMap((change) => (change.kind === 'add-column' ? [change.column.name] : []));
  const statements = changes.flatMap((change) => ddl.write(change) ?? []);
  const checks = places.flatMap(({ name, changes: own }) =>
    own.flatMap((change): RowCheck[] => {
      const obstacle = obstacleOf(change, added, snapshot, ddl);
      return obstacle === null ? [] : [{ name, ...obstacle }];
    }),
  );
  return {
    kind: 'mend',
    revision,
    names: places.map(({ name }) => name),
    statements,
    checks,
    sql: statements.map((statement) => `${statement};`).join('\n'),
  };
}

/**
 * How the database is brought, only by adding, to the revision it nearly is: the missing pieces of each migration in the chain's order, a
 * migration of which nothing is there below later ones run as it is, and then all of it recorded, after it was read again and is met.
 *
 * Refused, each by its place, is whatever would take a drop, a replacement or a narrowing; and where the completed schema would be that of
 * several revisions, the same word is asked for as of any other legacy database.
 */
export function planCompletion(
  verdict: Verdict,
  options: PlanOptions,
  { evidence, ddl }: CompletionFacts,
): Completion | readonly Refusal[] {
  const { chain, snapshot, decisions } = evidence;
  const target = targetOf(verdict, options.at);
  const revision = verdict.migrations[target]?.revision ?? '';
  const upTo = verdict.migrations.slice(0, target + 1);
  const absent = new Set(
    upTo.filter((migration) => migration.evidence === 'absent').map((migration) => migration.revision),
  );
  const places = placesAt(chain, snapshot, target, decisions).filter(
    ({ difference }) => difference.accepted === null && difference.grade !== 'harmless',
  );
  // What a migration that will be run makes, or takes away, is its own to do.
  const toMend = places.filter(
    (place) =>
      place.difference.grade === 'blocking' &&
      !absent.has(place.introducedBy ?? '') &&
      !absent.has(place.removedBy ?? ''),
  );
  const refused = [
    ...toMend.flatMap((place) => objection(place, ddl) ?? []),
    ...places
      .filter(({ name, difference }) => difference.grade === 'risky' && !options.accept.includes(name))
      .map(({ name }) => riskyRefusal(name)),
  ];
  if (refused.length > 0) return refused;
  const baseline = baselineOnceMet(evidence, target, options);
  if ('code' in baseline) return [baseline];
  const steps = upTo.flatMap((migration): Step[] => {
    if (absent.has(migration.revision)) {
      const { recordedName } = migration;
      return [{ kind: 'run-missing', revision: migration.revision, recordedName, sql: null }];
    }
    const own = toMend.filter((place) => (place.introducedBy ?? revision) === migration.revision);
    return own.length === 0
      ? []
      : [mendStep(migration.revision, own, snapshot, ddl, options.mapping?.fill ?? {})];
  });
  const mended = steps.flatMap((step) => (step.kind === 'mend' ? [step.revision] : []));
  return {
    baseline: baseline.index,
    steps: [...steps, { kind: 'verify', revision, sql: null }],
    notices: mended.map(
      (one) =>
        `${one} was applied in part: what is missing of its structure is made; data that it moves is not moved.`,
    ),
  };
}

/** Why a difference that no revision knows, and that could break something, stops an adoption until it is accepted. */
export function riskyRefusal(name: string): Refusal {
  return {
    code: 'REFUSED.RISKY',
    message: `${name} is not part of the chain and could break it or the application.`,
    hint: `Remove it, or accept it by name: --accept ${shellWord(name)}`,
  };
}
