import type { Evidence } from '../classify/classify.ts';
import { runnableGaps } from '../classify/gaps.ts';
import { type Place, placesAt } from '../classify/places.ts';
import type { Verdict } from '../classify/verdict.ts';
import { inDatabaseCollation } from '../compare/database-collation.ts';
import { mendingOrder } from '../compare/mending-order.ts';
import type { Change, Ddl } from '../database/ddl.ts';
import type { SetAside } from '../database/set-aside.ts';
import { expectedAt } from '../manifest/chain.ts';
import { sameColumn } from '../schema/same-elements.ts';
import { shellWord } from '../util/shell-word.ts';
import { anotherKind } from './another-kind.ts';
import { charactersAsThere } from './chosen-characters.ts';
import { comesWithParent } from './inherited-changes.ts';
import { type Mend, mendingTurns } from './mending-turns.ts';
import { baselineOnceMet } from './once-met.ts';
import { partialTargets } from './partial-target.ts';
import type { PlanOptions, Refusal, RowCheck, Step } from './plan.ts';
import { rowsInTheWay, type Surroundings } from './rows-in-the-way.ts';
import { migratedUpTo } from './untold.ts';

/** What completing needs to know beside the verdict. */
export interface CompletionFacts {
  readonly evidence: Evidence;
  readonly ddl: Ddl;
  readonly setAside: SetAside;
}

/** How a partial database is brought to the revision it nearly is. */
export interface Completion {
  /** Index of the last revision that is recorded without being run by Knex in the usual way. */
  readonly baseline: number;
  readonly steps: readonly Step[];
  readonly notices: readonly string[];
}

/** Why a place cannot be completed; null where it can. */
function objection(
  { name, difference, changes }: Place,
  { ddl, setAside }: Pick<CompletionFacts, 'ddl' | 'setAside'>,
): Refusal | null {
  if (difference.kinds !== undefined) return anotherKind(name, difference.kinds);
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
  const [actual = '', expected = ''] = [change.actual, change.expected].map(({ type }) => type.canonical);
  const column = { from: change.actual.name, to: change.expected.name, actual, expected };
  // What nobody can tell of a value that is altered, nobody may be able to tell of one that is copied.
  const copies = setAside.losses({ schema: '', name: '' }, column) !== undefined;
  return {
    code: 'REFUSED.NARROWING',
    message:
      actual === expected
        ? `${name} cannot be altered to what is expected with every value certainly kept.`
        : `${name} is ${actual} and ${expected} is expected: altering it might not keep every value.`,
    hint: `Alter it by hand after looking at its values${copies ? ', or use --on-partial rebuild' : ''}.`,
  };
}

/**
 * Why a missing column is not made: beside it stands one that no revision knows and that is the same in all but its name, as where renaming tables
 * and columns stopped half-way. The new one would be empty beside the full one. Null where there is none, or it was accepted.
 */
function namesakeObjection(
  { name, difference, changes }: Place,
  others: readonly Place[],
  { snapshot }: Pick<Evidence, 'snapshot'>,
): Refusal | null {
  const [change] = changes ?? [];
  if (difference.outcome !== 'missing' || change?.kind !== 'add-column') return null;
  const table = snapshot.tables.find(({ key }) => key === difference.owner);
  const namesake = others.find((other) => {
    const { kind, owner, outcome, grade, accepted } = other.difference;
    if (kind !== 'column' || owner !== difference.owner || outcome !== 'unexpected') return false;
    // One that some revision knows is refused as what it is.
    if (grade === 'blocking' || accepted !== null) return false;
    const column = table?.columns.find((one) => one.name === other.difference.name);
    return column !== undefined && sameColumn({ ...column, name: change.column.name }, change.column);
  });
  if (namesake === undefined) return null;
  return {
    code: 'REFUSED.LEFTOVER',
    message: `${namesake.name} is part of no revision, and is in all but its name what ${name} is to be: completing would make an empty column beside it.`,
    hint: `If it is the same one, rename it by hand; if it is another, accept it by name: --accept ${shellWord(namesake.name)}`,
  };
}

/**
 * A column that is to be NOT NULL, and is given a value for the rows that have none, is made in steps: without NOT NULL, filled, and altered. One
 * that is there without NOT NULL is filled and altered.
 */
function filled(change: Change, fill: Readonly<Record<string, string>>): readonly Change[] {
  if (change.kind === 'add-column' && change.key === undefined) {
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
  if (change.kind === 'alter-column' && change.actual.nullable && !change.expected.nullable) {
    const { table, actual } = change;
    const value = fill[`${table}.${actual.name}`];
    return value === undefined ? [change] : [{ kind: 'fill-column', table, column: actual, value }, change];
  }
  return [change];
}

function mendStep(revision: string, mends: readonly Mend[], around: Surroundings): Step {
  const changes = mendingOrder(mends.map(({ change }) => change));
  const statements = changes.flatMap((change) => around.ddl.write(change) ?? []);
  const checks = mends.flatMap(({ name, change }): RowCheck[] => {
    const obstacle = rowsInTheWay(change, around);
    return obstacle === null ? [] : [{ name, ...obstacle }];
  });
  return {
    kind: 'mend',
    revision,
    names: [...new Set(mends.map(({ name }) => name))],
    statements,
    checks,
    sql: statements.map((statement) => `${statement};`).join('\n'),
  };
}

/**
 * How the database is brought, only by adding, to the revision it nearly is: the missing pieces of each migration in the chain's order, a
 * migration of which nothing is there below later ones run as it is where it can be (see {@link runnableGaps}), and then all of it recorded, after
 * it was read again and is met.
 *
 * Where that cannot be done to the first choice (see {@link partialTargets}), it may be to another. Refused, each by its place, is whatever
 * would take a drop, a replacement or a narrowing; and where the completed schema would be that of several revisions, or a migration below it
 * neither shows nor was overtaken by something that is there (see {@link migratedUpTo}), the same word is asked for as of any other legacy
 * database. Another revision is no way around that.
 */
export function planCompletion(
  verdict: Verdict,
  options: PlanOptions,
  facts: CompletionFacts,
): Completion | readonly Refusal[] {
  const [first, ...others] = new Set(partialTargets(verdict, facts.evidence, options));
  const preferred = planSettledCompletion(first ?? 0, verdict, options, facts);
  if ('steps' in preferred || isAmbiguous(preferred)) return preferred;
  for (const target of others) {
    const other = planSettledCompletion(target, verdict, options, facts);
    if ('steps' in other) return other;
    if (isAmbiguous(other)) break;
  }
  return preferred;
}

const isAmbiguous = (refused: readonly Refusal[]) => refused.some(({ code }) => code === 'REFUSED.AMBIGUOUS');

/** To a revision, or where something says that a migration below it has not run, to the one before that: the rest is pending. */
function planSettledCompletion(
  target: number,
  verdict: Verdict,
  options: PlanOptions,
  facts: CompletionFacts,
): Completion | readonly Refusal[] {
  const settled = migratedUpTo(verdict, facts.evidence, target, options);
  if ('index' in settled) return planCompletionTo(settled.index, verdict, options, facts);
  // What else is in the way is mended first: it may be that the word is then not needed.
  const planned = planCompletionTo(target, verdict, options, facts);
  return 'steps' in planned ? [settled] : planned;
}

function planCompletionTo(
  target: number,
  verdict: Verdict,
  options: PlanOptions,
  facts: CompletionFacts,
): Completion | readonly Refusal[] {
  const { evidence, ddl } = facts;
  const { chain, snapshot, decisions } = evidence;
  const revision = verdict.migrations[target]?.revision ?? '';
  const upTo = verdict.migrations.slice(0, target + 1);
  const gone = upTo.flatMap(({ evidence: kind }, index) => (kind === 'absent' ? [index] : []));
  const runs = runnableGaps(evidence, gone, target);
  const absent = new Set(upTo.filter((_, index) => runs.has(index)).map((migration) => migration.revision));
  const all = placesAt(chain, snapshot, target, decisions);
  const places = all.filter(
    ({ difference }) => difference.accepted === null && difference.grade !== 'harmless',
  );
  const strangers = all.filter(({ name }) => !options.accept.includes(name));
  // What a migration that will be run makes, or takes away, is its own to do.
  const toMend = places.filter(
    (place) =>
      place.difference.grade === 'blocking' &&
      (place.difference.kinds !== undefined ||
        (!absent.has(place.introducedBy ?? '') && !absent.has(place.removedBy ?? ''))),
  );
  const refused = [
    ...toMend.flatMap(
      (place) => objection(place, facts) ?? namesakeObjection(place, strangers, evidence) ?? [],
    ),
    ...places
      .filter(({ name, difference }) => difference.grade === 'risky' && !options.accept.includes(name))
      .map(({ name }) => riskyRefusal(name)),
  ];
  // A thing and what stands in its place are two places, and one reason.
  const reasons = new Map(refused.map((refusal) => [refusal.message, refusal]));
  if (reasons.size > 0) return [...reasons.values()];
  const baseline = baselineOnceMet(evidence, target, options);
  if ('code' in baseline) return [baseline];
  const fill = options.mapping?.fill ?? {};
  const expected = expectedAt(chain, target).tables;
  const tables = new Map(expected.map((table) => [table.key, table]));
  const around = { snapshot, expected, ddl, fill };
  const inCharacters = charactersAsThere(expected, snapshot.tables);
  const inCollation = inDatabaseCollation(snapshot);
  const changed = toMend.flatMap(({ changes }) => changes ?? []);
  const mends = mendingTurns(
    toMend.flatMap(({ name, introducedBy, changes }) => {
      const turn = upTo.findIndex((migration) => migration.revision === (introducedBy ?? revision));
      return (changes ?? [])
        .filter((change) => !comesWithParent(change, changed, tables))
        .map(inCharacters)
        .map(inCollation)
        .flatMap((change) => filled(change, fill))
        .map((change) => ({ name, change, turn }));
    }),
  );
  const steps = upTo.flatMap((migration, index): Step[] => {
    if (absent.has(migration.revision)) {
      const { recordedName } = migration;
      return [{ kind: 'run-missing', revision: migration.revision, recordedName, sql: null }];
    }
    const own = mends.filter(({ turn }) => turn === index);
    return own.length === 0 ? [] : [mendStep(migration.revision, own, around)];
  });
  const mended = upTo.filter(({ revision: one }) =>
    toMend.some(({ introducedBy }) => (introducedBy ?? revision) === one),
  );
  return {
    baseline: baseline.index,
    steps: [...steps, { kind: 'verify', revision, sql: null }],
    notices: [
      ...mended.map(({ revision: one, evidence: kind }) => {
        const how =
          kind === 'absent' ? 'is not there, and cannot be run upon what is' : 'was applied in part';
        return `${one} ${how}: what is missing of its structure is made; data that it moves is not moved.`;
      }),
      ...toMend.flatMap(({ name, difference: { outcome, actual, expected } }) => {
        if (outcome !== 'different') return [];
        return [`${name} is altered: ${JSON.stringify(actual)} becomes ${JSON.stringify(expected)}.`];
      }),
    ],
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
