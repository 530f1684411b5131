import type { Verdict } from '../classify/verdict.ts';
import type { CopiedColumn } from '../database/set-aside.ts';
import { expectedAt, knowsObject, knowsTable } from '../manifest/chain.ts';
import { objectIdentity } from '../schema/elements.ts';
import { parseObjectKey } from '../schema/object-key.ts';
import type { Column, ObjectKey, Snapshot, Table } from '../schema/snapshot.ts';
import { shellWord } from '../util/shell-word.ts';
import type { CompletionFacts } from './complete.ts';
import { baselineOnceMet } from './once-met.ts';
import { partialTargets } from './partial-target.ts';
import type { PlanOptions, Refusal, RowCheck, Step } from './plan.ts';
import { constraintChecks } from './rebuild-checks.ts';
import type { Move, Planned, RebuildFacts } from './rebuild-facts.ts';

/** How a partial database is rebuilt. */
export interface Rebuild {
  /** Index of the last revision that is recorded without being run by Knex in the usual way. */
  readonly baseline: number;
  readonly steps: readonly Step[];
  readonly notices: readonly string[];
}

const unknownHome = (what: string, where: string): Refusal => ({
  code: 'REFUSED.NO_HOME',
  message: `The mapping names ${what}, and there is none ${where}.`,
  hint: 'Correct the mapping file.',
});

/** What no revision knows and hangs on something that will be moved. */
function dependents(snapshot: Snapshot, moved: ReadonlySet<ObjectKey>): Refusal[] {
  const refused = (name: string, on: string): Refusal => ({
    code: 'REFUSED.DEPENDENT',
    message: `${name} depends on ${on}, which would be set aside, and would go on to use it there.`,
    hint: 'Drop what depends on it and make it again afterwards.',
  });
  const named = (text: string, keys: Iterable<ObjectKey>) =>
    [...keys].find((key) => mentions(text, parseObjectKey(key).name.replace(/\(.*$/s, '')));
  const objects = snapshot.objects.map(({ key }) => key).filter((key) => moved.has(key));
  const tables = snapshot.tables
    .filter(({ key }) => !moved.has(key))
    .flatMap((table) => {
      const key =
        table.foreignKeys.find(({ referencedTable }) => moved.has(referencedTable))?.referencedTable ??
        named(wordsOf(table), objects);
      return key === undefined ? [] : [refused(`${table.schema}.${table.name}`, key)];
    });
  const views = snapshot.objects
    .filter(({ kind, key }) => kind.endsWith('view') && !moved.has(key))
    .flatMap((view) => {
      const on = named(view.definition, moved);
      return on === undefined ? [] : [refused(`${view.schema}.${view.name}`, on)];
    });
  return [...tables, ...views];
}

/** Everything of a table that may name a type, a sequence or a function. */
function wordsOf({ columns, checks, indexes, unmodelled }: Table): string {
  return [
    ...columns.flatMap(({ type, default: value, generated }) => [
      type.canonical,
      'raw' in value ? value.raw : '',
      generated?.expression.raw ?? '',
    ]),
    ...checks.map(({ expression }) => expression.raw),
    ...indexes.flatMap(({ parts, predicate }) => [
      ...parts.map(({ expression }) => expression?.raw ?? ''),
      predicate?.raw ?? '',
    ]),
    ...unmodelled,
  ].join('\n');
}

/** Rows of two tables that would go into one: a row of either could take the place of one of the other. */
function sharedHomes(moves: readonly Move[]): Refusal[] {
  return moves.flatMap(({ actual, expected }, index) => {
    const other = moves
      .slice(0, index)
      .find((move) => expected !== null && move.expected?.key === expected.key);
    if (other === undefined) return [];
    return [
      {
        code: 'REFUSED.NO_HOME',
        message: `The rows of ${other.actual.key} and of ${actual.key} would both go to ${expected?.key}, where there is room for one table.`,
        hint: 'Give one of them another home in the mapping file, or put their rows into one table first.',
      },
    ];
  });
}

/** What is gone while rows are copied, and made again. */
interface Away {
  readonly without: readonly string[];
  readonly with: readonly string[];
}

/**
 * Foreign keys are away while rows are copied, so that no order of tables and no row that a migration made stands in the way. Those that cannot be
 * written stay where they are.
 */
function foreignKeysAway(tables: readonly Table[], ddl: CompletionFacts['ddl']): Away[] {
  return tables.flatMap(({ key: table, foreignKeys }) =>
    foreignKeys.flatMap((foreignKey) => {
      const gone = ddl.write({ kind: 'drop-foreign-key', table, foreignKey });
      const back = ddl.write({ kind: 'add-foreign-key', table, foreignKey });
      return gone === null || back === null ? [] : [{ without: gone, with: back }];
    }),
  );
}

/** The triggers of one table, taken away while rows are copied into it; a refusal where one of them could not be made again as it is. */
function triggersAway({ key: table, unmodelled }: Table, ddl: CompletionFacts['ddl']): Away | Refusal {
  const triggers = unmodelled.filter((words) => words.startsWith('trigger '));
  const gone = triggers.map((words) => ddl.write({ kind: 'drop-words', table, words }));
  const back = triggers.map((words) => ddl.write({ kind: 'create-words', table, words }));
  if ([...gone, ...back].includes(null)) {
    return {
      code: 'REFUSED.UNMOVABLE',
      message: `The triggers that the chain makes on ${table} would act upon every row that is copied into it, and cannot be taken away for that time.`,
      hint: 'Rebuild up to a revision without them, or complete the database.',
    };
  }
  // Made again also where a process that was killed had made it already.
  return { without: gone.flatMap((one) => one ?? []), with: [...gone, ...back].flatMap((one) => one ?? []) };
}

function mentions(definition: string, name: string): boolean {
  const found = definition.indexOf(name);
  if (found < 0) return false;
  const around = `${definition[found - 1] ?? ' '}${definition[found + name.length] ?? ' '}`;
  return !/[\w$]/.test(around) || mentions(definition.slice(found + name.length), name);
}

/** Whether the value of a column comes from a counter. */
function isCounted({ identity, default: value }: Column): boolean {
  return identity !== null || value.kind === 'sequence';
}

/** Tables in an order in which each comes after those that its foreign keys point to; in a circle, as they were given. */
function inForeignKeyOrder(tables: readonly Table[]): Table[] {
  const ordered: Table[] = [];
  const open = new Set<ObjectKey>();
  const visit = (table: Table) => {
    if (open.has(table.key)) return;
    open.add(table.key);
    for (const { referencedTable } of table.foreignKeys) {
      const other = tables.find(({ key }) => key === referencedTable);
      if (other !== undefined) visit(other);
    }
    ordered.push(table);
  };
  for (const table of tables) visit(table);
  return ordered;
}

/** How the rows of one table go into the table that the chain makes. */
function planCopy(
  actual: Table,
  expected: Table,
  place: string,
  options: PlanOptions,
  { setAside, ddl, evidence }: RebuildFacts,
): Planned {
  const renamed = options.mapping?.tables?.[actual.key]?.columns ?? {};
  const fill = options.mapping?.fill ?? {};
  const qualified = `${actual.schema}.${actual.name}`;
  const target = (name: string) => renamed[name] ?? name;
  const checks: RowCheck[] = [];
  const refused: Refusal[] = [];
  const filled: Record<string, string> = {};
  const columns: CopiedColumn[] = [];
  for (const [from, to] of Object.entries(renamed)) {
    if (!actual.columns.some(({ name }) => name === from))
      refused.push(unknownHome(`column ${from}`, `in ${qualified}`));
    if (!expected.columns.some(({ name }) => name === to))
      refused.push(unknownHome(`column ${to}`, `in ${expected.key}`));
  }
  for (const { name } of expected.columns) {
    const [one, other] = actual.columns.filter((column) => target(column.name) === name);
    if (one === undefined || other === undefined) continue;
    refused.push({
      code: 'REFUSED.NO_HOME',
      message: `The values of ${qualified}.${one.name} and of ${qualified}.${other.name} would both go to ${expected.key}.${name}.`,
      hint: 'Give one of them another home in the mapping file.',
    });
  }
  for (const column of expected.columns) {
    if (column.generated !== null) continue;
    const source = actual.columns.find(({ name }) => target(name) === column.name);
    const name = `${qualified}.columns.${column.name}`;
    const value = fill[`${expected.key}.${column.name}`];
    if (source === undefined) {
      const optional = column.nullable || column.default.kind !== 'none' || column.identity !== null;
      if (value !== undefined) filled[column.name] = value;
      else if (!optional) {
        const obstacle = ddl.obstacle({ kind: 'add-column', table: actual.key, column });
        if (obstacle !== null) checks.push({ name, ...obstacle });
      }
      continue;
    }
    const copied: CopiedColumn = {
      from: source.name,
      to: column.name,
      actual: source.type.canonical,
      expected: column.type.canonical,
    };
    const same = { ...column, name: source.name };
    if (!ddl.keepsValues({ ...same, nullable: source.nullable }, source)) {
      const losses = setAside.losses(actual, copied);
      if (losses === undefined) {
        refused.push({
          code: 'REFUSED.NARROWING',
          message: `${name} is ${source.type.canonical} and ${column.type.canonical} is expected: copying might not keep every value.`,
          hint: 'Alter it by hand after looking at its values.',
        });
      } else if (losses !== null) {
        checks.push({
          name,
          rows: `rows whose value would not be kept as ${column.type.canonical}`,
          sql: losses,
        });
      }
    }
    if (!column.nullable && source.nullable) {
      const obstacle = ddl.obstacle({
        kind: 'alter-column',
        table: actual.key,
        expected: { ...source, nullable: false },
        actual: source,
      });
      if (obstacle !== null) checks.push({ name, ...obstacle });
    }
    columns.push(copied);
  }
  const kept = new Set(columns.map(({ from }) => from));
  const has = (names: readonly string[]) => names.every((name) => columns.some(({ to }) => to === name));
  const keys = [
    ...(expected.primaryKey === null ? [] : [expected.primaryKey.columns]),
    ...expected.uniques.map((unique) => unique.columns),
    ...expected.indexes.flatMap(({ unique, predicate, parts }) => {
      const names = parts.flatMap(({ column }) => column ?? []);
      return unique && predicate === null && names.length === parts.length ? [names] : [];
    }),
  ].filter(has);
  const { schema, name } = parseObjectKey(expected.key);
  const home = { schema: schema ?? evidence.snapshot.schemas[0] ?? '', name };
  const [only, ...more] = actual.primaryKey?.columns ?? [];
  return {
    table: actual.key,
    copy: {
      from: { schema: place, name: actual.name },
      to: home,
      columns,
      keys,
      counted: expected.columns.filter(isCounted).map((column) => column.name),
      filled,
      portionsBy: more.length === 0 ? (only ?? null) : null,
    },
    checks,
    refused,
    homeless: actual.columns
      .filter((column) => !kept.has(column.name) && column.generated === null)
      .map((column) => `${qualified}.columns.${column.name}`),
  };
}

/**
 * How a database that is too far from any revision is made one: every table that the chain knows is moved out of the way, never dropped; the
 * chain is run, by Knex, into the cleared place up to the nearest revision; every row whose columns have a home there is copied back, and counted
 * and summed up on both sides; then all of it is recorded, and what is pending is run upon the rows.
 *
 * Refused, each by its place, is whatever would lose a value or a row, or leave something behind that still uses what was moved.
 */
export function planRebuild(
  verdict: Verdict,
  options: PlanOptions,
  facts: RebuildFacts,
): Rebuild | readonly Refusal[] {
  const { evidence, setAside, ddl, stamp } = facts;
  const { chain, snapshot } = evidence;
  const [target] = partialTargets(verdict, options);
  const revision = verdict.migrations[target]?.revision ?? '';
  const place = setAside.place(snapshot.schemas[0] ?? '', stamp);
  const { tables: expected, objects: expectedObjects } = expectedAt(chain, target);
  const kept = new Set(expectedObjects.map(objectIdentity));
  const mapped = options.mapping?.tables ?? {};
  const moves: Move[] = snapshot.tables
    .filter(({ key }) => knowsTable(chain, key) || mapped[key] !== undefined)
    .map((actual) => {
      const home = mapped[actual.key]?.to ?? actual.key;
      return { actual, expected: expected.find(({ key }) => key === home) ?? null };
    });
  const objects = snapshot.objects.filter((object) => knowsObject(chain, objectIdentity(object)));
  const moved = new Set([...moves.map(({ actual }) => actual.key), ...objects.map(({ key }) => key)]);
  const refused: Refusal[] = [
    ...Object.keys(mapped)
      .filter((key) => !snapshot.tables.some((table) => table.key === key))
      .map((key) => unknownHome(`table ${key}`, 'in the database')),
    ...Object.entries(mapped)
      .filter(([, { to }]) => to !== undefined && !expected.some(({ key }) => key === to))
      .map(([, { to }]) => unknownHome(`table ${to}`, `at ${revision}`)),
    ...[...moves.map(({ actual }) => ({ table: actual })), ...objects.map((object) => ({ object }))].flatMap(
      (thing): Refusal[] => {
        const why = setAside.objection(thing);
        const { schema, name } = 'table' in thing ? thing.table : thing.object;
        if (why === null) return [];
        return [
          {
            code: 'REFUSED.UNMOVABLE',
            message: `${schema}.${name} ${why}.`,
            hint: 'Keep its definition, drop it, and run this again: the chain makes what it knows anew.',
          },
        ];
      },
    ),
    ...dependents(snapshot, moved),
  ];
  const ordered = inForeignKeyOrder(moves.flatMap((move) => move.expected ?? []));
  const planned = ordered.flatMap((table) =>
    moves
      .filter((move) => move.expected?.key === table.key)
      .map(({ actual }) => planCopy(actual, table, place, options, facts)),
  );
  refused.push(...planned.flatMap((one) => one.refused), ...sharedHomes(moves));
  const triggers = setAside.firesTriggers ? ordered.map((table) => triggersAway(table, ddl)) : [];
  refused.push(...triggers.filter((one) => 'code' in one));
  if (refused.length > 0) return refused;
  const baseline = baselineOnceMet(evidence, target, options);
  if ('code' in baseline) return [baseline];
  const tables = moves.map(({ actual: { schema, name } }) => ({ schema, name }));
  const statements = setAside.move(place, tables, objects);
  const homeless = [
    ...moves.filter((move) => move.expected === null).map(({ actual }) => `${actual.schema}.${actual.name}`),
    ...planned.flatMap((one) => one.homeless),
  ];
  const away = [
    ...(setAside.copiesAhead ? [] : foreignKeysAway(expected, ddl)),
    ...triggers.filter((one) => 'with' in one),
  ];
  const names = verdict.migrations.slice(0, target + 1).map(({ recordedName }) => recordedName);
  const copies = planned.map(({ copy }) => copy);
  const orphans = ordered.flatMap((table) =>
    table.foreignKeys.flatMap((foreignKey): RowCheck[] => {
      const obstacle = ddl.obstacle({ kind: 'add-foreign-key', table: table.key, foreignKey });
      return obstacle === null ? [] : [{ name: `${table.key}.foreignKeys.${foreignKey.name}`, ...obstacle }];
    }),
  );
  return {
    baseline: baseline.index,
    steps: [
      {
        kind: 'set-aside',
        place,
        tables: tables.length,
        checks: [
          ...planned.flatMap((one) => one.checks),
          ...constraintChecks(moves, planned, options, facts),
        ],
        statements,
        undo: setAside.back(place, tables),
        sql: statements.map((statement) => `${statement};`).join('\n'),
      },
      { kind: 'replay', place, tables: tables.length, revision, recordedNames: names, sql: null },
      {
        kind: 'copy',
        copies,
        without: away.flatMap((one) => one.without),
        with: [
          ...away.flatMap((one) => one.with),
          ...objects.flatMap((object) =>
            kept.has(objectIdentity(object)) ? setAside.goOn(place, object) : [],
          ),
        ],
        orphans,
        sql: null,
      },
      { kind: 'verify', revision, sql: null },
    ],
    notices: [
      `What was there is set aside in ${place}, whole, and stays there until you drop it with "knex-adopt drop-set-aside ${shellWord(place)}".`,
      ...homeless.map((name) => `${name} has no home at ${revision}: its rows stay in ${place}.`),
    ],
  };
}
