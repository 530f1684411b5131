import fc from 'fast-check';
import type { Column, Index, SchemaObject, Snapshot, Table } from '../../src/schema/snapshot.ts';
import { OBJECT_KINDS } from '../../src/schema/snapshot.ts';
import { snapshot } from './builders.ts';

/*
 * Random schemas. They need not be ones that a server would accept: the laws of the pure core hold for every value of the types.
 */

/** Names, ordinary and hostile. */
export const anyName = fc.oneof(
  { weight: 4, arbitrary: fc.stringMatching(/^[a-z_]{1,12}$/) },
  {
    weight: 1,
    arbitrary: fc.constantFrom(
      '__proto__',
      'select',
      'a.b',
      'quo"te',
      "back'`tick",
      'naïve ☃',
      'constructor',
      'toString',
    ),
  },
);

const text = fc.string({ minLength: 1, maxLength: 20 }).map((value) => ({ raw: value, canonical: value }));

const anyDefault: fc.Arbitrary<Column['default']> = fc.oneof(
  fc.constant({ kind: 'none' as const }),
  text.map((value) => ({ kind: 'literal' as const, ...value })),
  text.map((value) => ({ kind: 'expression' as const, ...value })),
  fc.constant({ kind: 'sequence' as const, raw: '' }),
);

const anyCollation: fc.Arbitrary<Column['collation']> = fc
  .option(
    fc.record({
      name: fc.constantFrom('utf8mb4_general_ci', 'utf8mb4_bin', 'C'),
      databaseDefault: fc.boolean(),
      charsetDefault: fc.boolean(),
    }),
    // Where both marks stand, a manifest names the collation once for all: one name for the whole snapshot.
  )
  .map((collation) =>
    collation?.databaseDefault && collation.charsetDefault
      ? { ...collation, name: 'utf8mb4_general_ci' }
      : collation,
  );

const anyColumn = (name: string): fc.Arbitrary<Column> =>
  fc.record({
    name: fc.constant(name),
    type: fc
      .constantFrom('integer', 'text', 'character varying(255)')
      .map((type) => ({ raw: type, canonical: type })),
    nullable: fc.boolean(),
    default: anyDefault,
    identity: fc.constantFrom(null, 'always', 'by-default', 'auto-increment'),
    generated: fc.option(fc.record({ kind: fc.constantFrom('stored', 'virtual'), expression: text })),
    collation: anyCollation,
    extra: fc.constantFrom('', 'on update current_timestamp'),
  });

const deferrable = fc.constantFrom('no', 'initially-immediate', 'initially-deferred');
const action = fc.constantFrom('no-action', 'restrict', 'cascade', 'set-null', 'set-default');

const anyIndex = (columns: readonly string[]): fc.Arbitrary<Index> =>
  fc.record({
    name: anyName,
    unique: fc.boolean(),
    method: fc.constantFrom('btree', 'gin'),
    parts: fc.array(
      fc.record({
        column: fc.option(fc.constantFrom(...columns)),
        expression: fc.constant(null),
        order: fc.constantFrom('asc', 'desc'),
        nulls: fc.constantFrom(null, 'first', 'last'),
        operatorClass: fc.constantFrom(null, 'text_ops'),
        collation: fc.constantFrom(null, 'C'),
        length: fc.constantFrom(null, 10),
      }),
      { minLength: 1, maxLength: 3 },
    ),
    include: fc.subarray([...columns]),
    predicate: fc.option(text),
    nullsNotDistinct: fc.boolean(),
    valid: fc.boolean(),
  });

/** A table of this name. */
export const anyTable = (name: string): fc.Arbitrary<Table> =>
  fc.uniqueArray(anyName, { minLength: 1, maxLength: 5 }).chain((columns) =>
    fc.record({
      key: fc.constant(name),
      schema: fc.constant('public'),
      name: fc.constant(name),
      columns: fc.tuple(...columns.map(anyColumn)),
      primaryKey: fc.option(
        fc.record({ name: fc.option(anyName), columns: fc.subarray([...columns], { minLength: 1 }) }),
      ),
      uniques: fc.array(
        fc.record({
          name: anyName,
          columns: fc.subarray([...columns], { minLength: 1 }),
          deferrable,
          nullsNotDistinct: fc.boolean(),
        }),
        { maxLength: 2 },
      ),
      foreignKeys: fc.array(
        fc.record({
          name: anyName,
          columns: fc.subarray([...columns], { minLength: 1 }),
          referencedTable: anyName,
          referencedColumns: fc.constant(['id']),
          onUpdate: action,
          onDelete: action,
          match: fc.constantFrom('simple', 'full', 'partial'),
          deferrable,
          validated: fc.boolean(),
        }),
        { maxLength: 2 },
      ),
      checks: fc.array(fc.record({ name: anyName, expression: text, validated: fc.boolean() }), {
        maxLength: 2,
      }),
      indexes: fc.array(anyIndex(columns), { maxLength: 2 }),
      unmodelled: fc.uniqueArray(fc.string({ minLength: 1, maxLength: 10 }), { maxLength: 1 }),
    }),
  ) as fc.Arbitrary<Table>;

const anyObject: fc.Arbitrary<SchemaObject> = fc
  .record({ kind: fc.constantFrom(...OBJECT_KINDS), name: anyName, definition: fc.string({ maxLength: 20 }) })
  .map(({ kind, name, definition }) => ({ kind, key: name, schema: 'public', name, definition }));

/** A whole database. */
export const anySnapshot: fc.Arbitrary<Snapshot> = fc
  .record({
    tables: fc.uniqueArray(anyName, { maxLength: 4 }).chain((names) => fc.tuple(...names.map(anyTable))),
    objects: fc.uniqueArray(anyObject, {
      maxLength: 2,
      selector: (object) => `${object.kind} ${object.key}`,
    }),
  })
  .map(({ tables, objects }) => snapshot(tables, { objects }));

/** A chain as the databases that its migrations leave, oldest first. */
export const anyStates: fc.Arbitrary<readonly Snapshot[]> = fc.array(anySnapshot, {
  minLength: 1,
  maxLength: 4,
});
