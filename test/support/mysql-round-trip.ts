import type { Knex } from 'knex';
import { compareTables } from '../../src/compare/compare-table.ts';
import type { Change, KeyChange } from '../../src/database/ddl.ts';
import { mysqlDialect } from '../../src/dialects/mysql/mysql-dialect.ts';
import { buildChain, expectedAt } from '../../src/manifest/chain.ts';
import { parseManifest, serializeManifest } from '../../src/manifest/format.ts';
import { makeManifest } from '../../src/manifest/make-manifest.ts';
import type { Column, SchemaObject, Snapshot, Table } from '../../src/schema/snapshot.ts';

/** A structure as it comes out of a manifest. */
export interface Structure {
  readonly tables: readonly Table[];
  readonly objects: readonly SchemaObject[];
}

/** What a database is made of. */
export async function readStructure(knex: Knex): Promise<Snapshot> {
  return mysqlDialect.read(knex, { queries: 0 }, async (session) => {
    const facts = await mysqlDialect.readServer(session);
    const seen = await mysqlDialect.introspect(session, facts, {
      schemas: [facts.defaultSchema],
      exclude: [],
    });
    return seen.snapshot;
  });
}

/** The structure as a manifest's text holds it. */
export function throughManifest(snapshot: Snapshot): Structure {
  const text = serializeManifest(makeManifest(null, 'one', snapshot));
  return expectedAt(buildChain('mysql', [parseManifest(text, 'one.json')]), 0);
}

/** Every place where two structures differ, as one line each. */
export function differencesBetween(expected: Structure, actual: Structure): string[] {
  const tableOf = (structure: Structure, key: string) =>
    structure.tables.find((table) => table.key === key) ?? null;
  const keys = new Set([...expected.tables, ...actual.tables].map((table) => table.key));
  const tables = [...keys].flatMap((key) =>
    compareTables(key, tableOf(expected, key), tableOf(actual, key)).map((difference) =>
      JSON.stringify(difference),
    ),
  );
  const texts = (structure: Structure) =>
    structure.objects.map(({ kind, key, definition }) => JSON.stringify([kind, key, definition]));
  const [left, right] = [texts(expected), texts(actual)];
  return [
    ...tables,
    ...left.filter((text) => !right.includes(text)).map((text) => `missing ${text}`),
    ...right.filter((text) => !left.includes(text)).map((text) => `unexpected ${text}`),
  ];
}

/** Could not be written, by what it is. */
export type NotWritten = readonly string[];

export interface Built {
  readonly notWritten: NotWritten;
  /** Statements that the server did not take. */
  readonly failed: readonly string[];
}

async function run(knex: Knex, statements: readonly string[]): Promise<string | null> {
  for (const statement of statements) {
    try {
      await knex.raw(statement.replaceAll('?', '\\?'));
    } catch (error) {
      return `${statement}: ${(error as Error).message.split(' - ').at(-1)}`;
    }
  }
  return null;
}

/** Carries out changes as they are written. @throws Error when one cannot be written, or the server does not take it. */
export async function carryOut(knex: Knex, ...changes: readonly Change[]): Promise<void> {
  for (const change of changes) {
    const statements = mysqlDialect.ddl.write(change);
    if (statements === null) throw new Error(`Not written: ${JSON.stringify(change)}`);
    const problem = await run(knex, statements);
    if (problem !== null) throw new Error(problem);
  }
}

/** Writes a whole structure into an empty database: sequences and routines, tables, foreign keys, views as they depend on one another. */
export async function build(knex: Knex, structure: Structure): Promise<Built> {
  const notWritten: string[] = [];
  const failed: string[] = [];
  const make = async (changes: readonly Change[]) => {
    let waiting = changes;
    while (waiting.length > 0) {
      const later: Change[] = [];
      const problems: string[] = [];
      for (const change of waiting) {
        const statements = mysqlDialect.ddl.write(change);
        if (statements === null) {
          notWritten.push(JSON.stringify(change));
          continue;
        }
        const problem = await run(knex, statements);
        if (problem !== null) {
          later.push(change);
          problems.push(problem);
        }
      }
      if (later.length === waiting.length) {
        failed.push(...problems);
        return;
      }
      waiting = later;
    }
  };
  const { tables, objects } = structure;
  const of = (view: boolean) =>
    objects
      .filter((object) => (object.kind === 'view') === view)
      .map((object): Change => ({ kind: 'create-object', object }));
  await make(of(false));
  await make(tables.map((table): Change => ({ kind: 'create-table', table })));
  await make(
    tables.flatMap((table) =>
      table.foreignKeys.map(
        (foreignKey): Change => ({ kind: 'add-foreign-key', table: table.key, foreignKey }),
      ),
    ),
  );
  await make(of(true));
  return { notWritten, failed };
}

/** The keys of a table, each as it is added and dropped, with the names of its columns. */
function keysOf(
  table: Table,
): { readonly add: KeyChange; readonly drop: Change; readonly columns: readonly string[] }[] {
  const { key, primaryKey, uniques, indexes } = table;
  const plain = (column: string) =>
    table.columns.some((one) => one.name === column) ? column : column.replace(/\(\d+\)$/, '');
  return [
    ...(primaryKey === null
      ? []
      : [
          {
            add: { kind: 'add-primary-key', table: key, primaryKey } as const,
            drop: { kind: 'drop-primary-key', table: key, primaryKey } as const,
            columns: primaryKey.columns.map(plain),
          },
        ]),
    ...uniques.map((unique) => ({
      add: { kind: 'add-unique', table: key, unique } as const,
      drop: { kind: 'drop-unique', table: key, unique } as const,
      columns: unique.columns.map(plain),
    })),
    ...indexes.map((index) => ({
      add: { kind: 'create-index', table: key, index } as const,
      drop: { kind: 'drop-index', table: key, index } as const,
      columns: index.parts.map((part) => part.column ?? part.expression?.canonical ?? ''),
    })),
  ];
}

interface Cycle {
  readonly what: string;
  readonly drop: readonly Change[];
  readonly add: readonly Change[];
}

const uses = (text: string, column: string) => text.includes(`\`${column.replaceAll('`', '``')}\``);

/** Foreign keys of a table and to it: what stands in the way of changing its keys. */
function foreignKeysAround(structure: Structure, table: Table): { drop: Change[]; add: Change[] } {
  const around = structure.tables.flatMap((owner) =>
    owner.foreignKeys
      .filter((foreignKey) => owner.key === table.key || foreignKey.referencedTable === table.key)
      .map((foreignKey) => ({ table: owner.key, foreignKey })),
  );
  return {
    drop: around.map((one): Change => ({ kind: 'drop-foreign-key', ...one })),
    add: around.map((one): Change => ({ kind: 'add-foreign-key', ...one })),
  };
}

/** How every element of a table is dropped and added again, each with what depends on it. */
function cyclesOf(structure: Structure, table: Table): Cycle[] {
  const foreign = foreignKeysAround(structure, table);
  const keys = keysOf(table);
  const columnNamed = (name: string) => table.columns.find((column) => column.name === name);
  const checkChanges = (checks: Table['checks']) => ({
    drop: checks.map(
      (check): Change => ({ kind: 'drop-check', table: table.key, check, column: columnNamed(check.name) }),
    ),
    add: checks.map((check): Change => ({ kind: 'add-check', table: table.key, check })),
  });
  const numbered = table.columns.find((column) => column.identity !== null);
  const alter = (expected: Column, actual: Column): Change => ({
    kind: 'alter-column',
    table: table.key,
    expected,
    actual,
    checks: table.checks,
  });
  const partitions = table.unmodelled.filter((words) => words.startsWith('partitioned by '));
  const unpartition = partitions.map((words): Change => ({ kind: 'drop-words', table: table.key, words }));
  const partition = partitions.map((words): Change => ({ kind: 'create-words', table: table.key, words }));
  const unused = (touched: readonly { readonly add: KeyChange }[]): Change[] =>
    touched.flatMap(({ add }) => {
      const name =
        add.kind === 'add-unique'
          ? add.unique.name
          : add.kind === 'create-index'
            ? add.index.name
            : 'PRIMARY';
      return table.unmodelled
        .filter((words) => words === `index \`${name}\`: not used by the optimiser`)
        .map((words): Change => ({ kind: 'create-words', table: table.key, words }));
    });
  /** The column, and those computed from it, in this order. */
  const withDependents = (column: Column): Column[] => {
    const found = new Set([column]);
    for (const one of found) {
      for (const other of table.columns) {
        const text = `${other.generated?.expression.canonical ?? ''} ${other.default.kind === 'expression' ? other.default.canonical : ''}`;
        if (uses(text, one.name)) found.add(other);
      }
    }
    return [...found];
  };
  const columnCycle = (column: Column): Cycle => {
    const gone = withDependents(column);
    const touched = keys.filter((key) =>
      key.columns.some((name) => gone.some((one) => one.name === name || uses(name, one.name))),
    );
    const checks = checkChanges(
      table.checks.filter((check) => gone.some((one) => uses(check.expression.canonical, one.name))),
    );
    const own = touched.find((key) => column.identity !== null && key.columns[0] === column.name);
    const needsNumbers = touched.some((key) => numbered !== undefined && key.columns[0] === numbered.name);
    const plain = numbered === undefined ? undefined : { ...numbered, identity: null };
    const still = needsNumbers && numbered !== undefined && plain !== undefined && !gone.includes(numbered);
    return {
      what: `${table.key} column ${column.name}`,
      drop: [
        ...foreign.drop,
        ...unpartition,
        ...(numbered !== undefined && plain !== undefined && (still || gone.includes(numbered))
          ? [alter(plain, numbered)]
          : []),
        ...checks.drop,
        ...touched.map((key) => key.drop),
        ...[...gone].reverse().map((one): Change => ({ kind: 'drop-column', table: table.key, column: one })),
      ],
      add: [
        ...gone.map(
          (one): Change => ({
            kind: 'add-column',
            table: table.key,
            column: one,
            ...(one === column && own !== undefined ? { key: own.add } : {}),
          }),
        ),
        ...touched.filter((key) => key !== own).map((key) => key.add),
        ...(still && numbered !== undefined && plain !== undefined ? [alter(numbered, plain)] : []),
        ...checks.add,
        ...unused(touched),
        ...partition,
        ...foreign.add,
      ],
    };
  };
  const keyCycle = (key: (typeof keys)[number]): Cycle => {
    const plain = numbered === undefined ? undefined : { ...numbered, identity: null };
    const standsOn = numbered !== undefined && plain !== undefined && key.columns[0] === numbered.name;
    return {
      what: `${table.key} ${key.add.kind} ${key.columns.join()}`,
      drop: [...foreign.drop, ...unpartition, ...(standsOn ? [alter(plain, numbered)] : []), key.drop],
      add: [
        key.add,
        ...(standsOn ? [alter(numbered, plain)] : []),
        ...unused([key]),
        ...partition,
        ...foreign.add,
      ],
    };
  };
  return [
    ...(table.columns.length > 1 ? table.columns.map(columnCycle) : []),
    ...table.columns.map((column) => ({
      what: `${table.key} altered column ${column.name}`,
      drop: [],
      add: [alter(column, column)],
    })),
    ...keys.map(keyCycle),
    ...table.foreignKeys.map((foreignKey) => ({
      what: `${table.key} foreign key ${foreignKey.name}`,
      drop: [{ kind: 'drop-foreign-key', table: table.key, foreignKey } as const],
      add: [{ kind: 'add-foreign-key', table: table.key, foreignKey } as const],
    })),
    ...table.checks.map((check) => ({ what: `${table.key} check ${check.name}`, ...checkChanges([check]) })),
    ...table.unmodelled.map((words) => ({
      what: `${table.key} words ${words}`,
      drop: [{ kind: 'drop-words', table: table.key, words } as const],
      add: [{ kind: 'create-words', table: table.key, words } as const],
    })),
    {
      what: `${table.key} table`,
      drop: [...foreign.drop, { kind: 'drop-table', table: table.key }],
      add: [{ kind: 'create-table', table }, ...foreign.add],
    },
  ];
}

/** What became of one cycle. */
export interface CycleOutcome {
  readonly what: string;
  /** Null when the structure was the same afterwards; otherwise what was not. */
  readonly problem: string | null;
}

/**
 * Drops every element of a database, one at a time, and adds it again, and looks whether the database is as before.
 *
 * @param afterProblem puts the database right again where it was not as before.
 */
export async function dropAndAddEach(
  knex: Knex,
  afterProblem: () => Promise<void> = async () => {},
): Promise<CycleOutcome[]> {
  const outcomes: CycleOutcome[] = [];
  const whole = throughManifest(await readStructure(knex));
  for (const { key } of whole.tables) {
    // Read again for each: a piece that was added again may have got another name from the server.
    let number = 0;
    for (;;) {
      const structure = throughManifest(await readStructure(knex));
      const table = structure.tables.find((one) => one.key === key);
      const one = table && cyclesOf(structure, table)[number++];
      if (one === undefined) break;
      outcomes.push(await cycle(knex, structure, one, afterProblem));
    }
  }
  for (const object of whole.objects) {
    const one: Cycle = {
      what: `${object.kind} ${object.key}`,
      drop: [{ kind: 'drop-object', object }],
      add: [{ kind: 'create-object', object }],
    };
    outcomes.push(await cycle(knex, whole, one, afterProblem));
  }
  return outcomes;
}

async function cycle(
  knex: Knex,
  structure: Structure,
  { what, drop, add }: Cycle,
  afterProblem: () => Promise<void>,
): Promise<CycleOutcome> {
  const unwritten = [...drop, ...add].find((change) => mysqlDialect.ddl.write(change) === null);
  if (unwritten !== undefined) return { what, problem: `not written: ${unwritten.kind}` };
  const problem = await (async () => {
    await carryOut(knex, ...drop);
    if (drop.length > 0 && differencesBetween(structure, await readStructure(knex)).length === 0)
      return 'still there after it had been dropped';
    await carryOut(knex, ...add);
    const left = differencesBetween(structure, await readStructure(knex));
    return left.length === 0 ? null : left.join('\n');
  })().catch((error: Error) => error.message);
  if (problem !== null) await afterProblem();
  return { what, problem };
}
