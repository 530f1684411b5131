import { describe, expect, test } from 'vitest';
import { compareTables } from '../../../src/compare/compare-table.ts';
import { readingsWithout, withoutRules } from '../../../src/compare/without-rules.ts';
import { withCheckedJson } from '../../../src/dialects/mysql/checked-json.ts';
import { type CatalogContext, collationName, emptyMemory } from '../../../src/dialects/mysql/context.ts';
import { flavorOf } from '../../../src/dialects/mysql/flavor.ts';
import type { CheckRow, ColumnRow } from '../../../src/dialects/mysql/rows.ts';
import { createSpeller } from '../../../src/dialects/mysql/spelling.ts';
import { buildTable } from '../../../src/dialects/mysql/tables.ts';
import { canonicalDefault, canonicalExpression } from '../../../src/dialects/postgres/normalize.ts';
import type { RuleSet } from '../../../src/dialects/postgres/rules.ts';
import { canonicalQuery } from '../../../src/dialects/postgres/views.ts';
import { EQUIVALENCE_RULES } from '../../../src/equivalence-rules.ts';
import { decodeTable } from '../../../src/manifest/decode-table.ts';
import { encodeTable } from '../../../src/manifest/encode-table.ts';
import { schemaFingerprint } from '../../../src/schema/fingerprint.ts';
import type { Collation, Column, ServerVendor, Table } from '../../../src/schema/snapshot.ts';
import { column, index, snapshot, table } from '../../support/builders.ts';

type Off = ReadonlySet<string>;
/** A table as read without these rules. */
type Reading = (off: Off) => Table;

const NONE: Off = new Set();
const postgres = (off: Off): RuleSet => ({ add: () => undefined, off });

/** One column with this default. */
const defaultOf =
  (raw: string, castName: string): Reading =>
  (off) =>
    table('t', [
      column('a', { default: canonicalDefault(raw, { castName, baseCastName: null }, postgres(off)) }),
    ]);

/** One check with this expression. */
const checkOf =
  (raw: string, cryptoSchema: string | null = null): Reading =>
  (off) =>
    table('t', [column('a')], {
      checks: [
        {
          name: 't_check',
          expression: canonicalExpression(raw, { ...postgres(off), cryptoSchema }),
          validated: true,
        },
      ],
    });

/** A query, as the expression of a check: what a view's text comes to. */
const queryOf =
  (raw: string): Reading =>
  (off) =>
    table('t', [column('a')], {
      checks: [
        {
          name: 't_check',
          expression: { raw, canonical: canonicalQuery(raw, postgres(off)) },
          validated: true,
        },
      ],
    });

interface MysqlTable {
  readonly column?: Partial<ColumnRow>;
  readonly checks?: readonly Pick<CheckRow, 'name' | 'clause'>[];
  readonly onDelete?: string;
  readonly databaseCollation?: string;
}

/** One column of a MySQL-family server, with these rows of its catalog. */
const mysqlTable =
  (vendor: ServerVendor, version: string, rows: MysqlTable): Reading =>
  (off) => {
    const bare: CatalogContext = {
      flavor: flavorOf({ vendor, version }),
      schema: 'app',
      defaultSchema: 'app',
      ansiQuotes: false,
      foldCase: false,
      literalGrants: false,
      databaseCollation: '',
      charsetCollations: new Set(),
      rules: new Set(),
      off,
      unread: new Set(),
      memory: emptyMemory(),
    };
    const databaseCollation = collationName(rows.databaseCollation ?? 'utf8mb4_general_ci', bare);
    const foreignKey = {
      table: 't',
      name: 'fk',
      position: 1,
      column: 'a',
      referencedSchema: 'app',
      referencedTable: 'p',
      referencedColumn: 'id',
    };
    return buildTable(
      {
        table: { name: 't', type: 'BASE TABLE', engine: 'InnoDB', options: '' },
        columns: [
          {
            table: 't',
            name: 'a',
            position: 1,
            defaultText: null,
            nullable: true,
            dataType: 'int',
            type: 'int',
            collation: null,
            extra: '',
            generation: '',
            spatialReference: null,
            ...rows.column,
          },
        ],
        indexes: [],
        foreignKeys: rows.onDelete === undefined ? [] : [foreignKey],
        rules: [{ table: 't', name: 'fk', onUpdate: 'NO ACTION', onDelete: rows.onDelete ?? 'NO ACTION' }],
        checks: (rows.checks ?? []).map((check) => ({ table: 't', enforced: true, ...check })),
        unmodelled: [],
      },
      { ...bare, databaseCollation },
    );
  };

const mariadb = (rows: MysqlTable) => mysqlTable('mariadb', '10.11.19', rows);
const mysql = (rows: MysqlTable) => mysqlTable('mysql', '9.7.4', rows);
const as =
  (made: Table): Reading =>
  () =>
    made;

/** A table as a server that folds names has it, in the spelling of the chain. */
const spelled =
  (chain: Table, read: Table): Reading =>
  (off) => {
    const known = { tables: new Map([[chain.key, [chain]]]), objects: new Map() };
    const speller = createSpeller(known, true, { applies: (rule) => !off.has(rule), use: () => undefined });
    const [made] = speller.snapshot(snapshot([read])).tables;
    return made as Table;
  };

/** A table as a chain that has its column as JSON reads it. */
const checked =
  (chain: Table, read: Table): Reading =>
  (off) => {
    const known = { tables: new Map([[chain.key, [chain]]]), objects: new Map() };
    const rules = { applies: (rule: string) => !off.has(rule), use: () => undefined };
    return withCheckedJson(snapshot([read]), known, rules).tables[0] as Table;
  };

const chosenByNobody = (name: string): Collation => ({ name, databaseDefault: true, charsetDefault: true });
const text = (changes: Partial<Column>) =>
  column('a', { type: { raw: 'text', canonical: 'text' }, ...changes });

const JSON_TABLE = table('t', [column('a', { type: { raw: 'json', canonical: 'json' } })]);

/** For each rule, two readings that are equal by it: what the manifest was recorded from, and what the database has. */
const PAIRS: Readonly<Record<string, readonly [recorded: Reading, live: Reading]>> = {
  'constraint-and-index-names': [
    as(table('t', [column('a')], { indexes: [index('t_a_index', ['a'])] })),
    as(table('t', [column('a')], { indexes: [index('old_a_index', ['a'])] })),
  ],
  'column-order': [as(table('t', [column('a'), column('b')])), as(table('t', [column('b'), column('a')]))],
  'default-collation': [
    as(table('t', [text({ collation: chosenByNobody('utf8mb4_general_ci') })])),
    as(table('t', [text({ collation: chosenByNobody('utf8mb4_0900_ai_ci') })])),
  ],
  'varying-default': [
    as(table('t', [column('a', { default: { kind: 'varying', of: 'literal' } })])),
    as(table('t', [column('a', { default: { kind: 'literal', raw: "'x'", canonical: 'x' } })])),
  ],
  'current-timestamp': [
    defaultOf('CURRENT_TIMESTAMP', 'timestamp with time zone'),
    defaultOf('now()', 'timestamp with time zone'),
  ],
  'literal-cast': [defaultOf("'x'::text", 'text'), defaultOf("'x'::character varying", 'text')],
  'numeric-literal': [defaultOf('0', 'numeric'), defaultOf('0.00', 'numeric')],
  'array-cast': [
    checkOf("(s = ANY (ARRAY[('p'::character varying)::text]))"),
    checkOf("(s = ANY ((ARRAY['p'::character varying])::text[]))"),
  ],
  'null-default': [as(table('t', [column('a')])), defaultOf('NULL::character varying', 'character varying')],
  'at-time-zone': [checkOf("(timezone('utc'::text, a) > b)"), checkOf("((a AT TIME ZONE 'utc'::text) > b)")],
  'sql-call': [checkOf('(btrim(a) > b)'), checkOf('(TRIM(BOTH FROM a) > b)')],
  'call-argument-cast': [checkOf('(btrim(v) > b)'), checkOf('(btrim((v)::text) > b)')],
  'date-part': [
    checkOf("(date_part('year'::text, a) > (2000)::double precision)"),
    checkOf('(EXTRACT(year FROM a) > (2000)::numeric)'),
  ],
  'similar-to': [
    checkOf("(a ~ similar_to_escape('b%'::text))"),
    checkOf("(a ~ similar_escape('b%'::text, NULL::text))"),
  ],
  'random-uuid': [checkOf('(a <> gen_random_uuid())'), checkOf('(a <> extra.gen_random_uuid())', 'extra')],
  'view-prefix': [queryOf('SELECT id FROM cats c'), queryOf('SELECT c.id FROM cats c')],
  'integer-display-width': [mysql({}), mariadb({ column: { type: 'int(11)' } })],
  'mariadb-json': [
    mysql({ column: { dataType: 'json', type: 'json' } }),
    mariadb({
      column: { dataType: 'longtext', type: 'longtext', collation: 'utf8mb4_bin' },
      checks: [{ name: 'a', clause: 'json_valid(`a`)' }],
    }),
  ],
  'checked-json-text': [
    as(JSON_TABLE),
    checked(
      JSON_TABLE,
      table(
        't',
        [
          column('a', {
            type: { raw: 'longtext', canonical: 'longtext' },
            collation: { ...chosenByNobody('utf8mb4_bin'), databaseDefault: false, charsetDefault: false },
          }),
        ],
        {
          checks: [
            {
              name: 't_chk_1',
              expression: { raw: 'json_valid(`a`)', canonical: 'json_valid(`a`)' },
              validated: true,
            },
          ],
        },
      ),
    ),
  ],
  'no-action-restrict': [mysql({ onDelete: 'NO ACTION' }), mariadb({ onDelete: 'RESTRICT' })],
  'expression-form': [
    mariadb({ checks: [{ name: 'ck', clause: '`a` > 1 and `a` < 9' }] }),
    mysql({ checks: [{ name: 'ck', clause: '((`a` > 1) and (`a` < 9))' }] }),
  ],
  'binary-literal': [
    mysql({ column: { dataType: 'varbinary', type: 'varbinary(3)', defaultText: '0x616263' } }),
    mariadb({ column: { dataType: 'varbinary', type: 'varbinary(3)', defaultText: "'abc'" } }),
  ],
  'geometry-collection-name': [
    mysql({ column: { dataType: 'geomcollection', type: 'geomcollection' } }),
    mariadb({ column: { dataType: 'geometrycollection', type: 'geometrycollection' } }),
  ],
  'column-name-case': [
    as(table('t', [column('a')])),
    spelled(table('t', [column('a')]), table('t', [column('A')])),
  ],
  'table-name-case': [
    as(table('T', [column('a')])),
    spelled(table('T', [column('a')]), table('t', [column('a')])),
  ],
  'utf8mb3-name': [
    mysql({ column: { type: 'varchar(9)', dataType: 'varchar', collation: 'utf8mb3_bin' } }),
    mysqlTable('mysql', '5.6.24', {
      column: { type: 'varchar(9)', dataType: 'varchar', collation: 'utf8_bin' },
    }),
  ],
};

/** The recorded side, as it is read from a manifest. */
const expectedOf = (recorded: Reading): Table => {
  const defaultCollation = recorded(NONE).columns[0]?.collation?.name ?? '';
  return decodeTable(
    recorded(NONE).key,
    JSON.parse(JSON.stringify(encodeTable(recorded(NONE)))),
    defaultCollation,
  );
};

function heldWithout(live: Reading, off: readonly string[]) {
  const readings = readingsWithout(off).map((rules) => snapshot([live(rules)]));
  return withoutRules(snapshot([live(NONE)]), off, readings);
}

/** What is found between the two sides when these rules are switched off. */
function differences([recorded, live]: readonly [Reading, Reading], off: readonly string[]) {
  const [actual] = heldWithout(live, off).tables as [Table];
  const expected = expectedOf(recorded);
  if (actual.key === expected.key) return compareTables(actual.key, expected, actual);
  return [...compareTables(expected.key, expected, null), ...compareTables(actual.key, null, actual)];
}

test('there is a pair for each rule, and for no other', () => {
  expect(Object.keys(PAIRS).toSorted()).toEqual(EQUIVALENCE_RULES);
});

describe.each(Object.entries(PAIRS))('what is equal by %s', (rule, pair) => {
  test('is no difference while the rule counts, whichever other one does not', () => {
    expect(differences(pair, [])).toEqual([]);
    for (const other of EQUIVALENCE_RULES) {
      if (other !== rule) expect(differences(pair, [other]), other).toEqual([]);
    }
  });

  test('is different when it is switched off, and the rule is named', () => {
    const found = differences(pair, [rule]);
    // A table of another name is another table.
    const named =
      rule === 'table-name-case' ? found.filter(({ outcome }) => outcome === 'unexpected') : found;
    const outcome = rule === 'table-name-case' ? 'unexpected' : 'different';
    for (const difference of named) expect(difference).toMatchObject({ outcome, rules: [rule] });
    expect(named.length).toBeGreaterThan(0);
  });

  test('is what it was where the database has it word for word as the manifest says', () => {
    const recorded = pair[0](NONE);
    const printed = as(
      decodeTable(recorded.key, encodeTable(recorded), recorded.columns[0]?.collation?.name ?? ''),
    );
    expect(differences([pair[0], rule === 'varying-default' ? pair[0] : printed], [rule])).toEqual([]);
  });

  test('keeps the fingerprint that it has with every rule', () => {
    const [, live] = pair;
    expect(schemaFingerprint(heldWithout(live, [rule]))).toBe(schemaFingerprint(heldWithout(live, [])));
  });
});

describe('several rules switched off', () => {
  const both: readonly [Reading, Reading] = [
    checkOf("(timezone('utc'::text, CURRENT_TIMESTAMP) > b)"),
    checkOf("((now() AT TIME ZONE 'utc'::text) > b)"),
  ];

  test('are all named where a text rests on all of them', () => {
    expect(differences(both, ['at-time-zone', 'current-timestamp'])).toMatchObject([
      { outcome: 'different', rules: ['at-time-zone', 'current-timestamp'] },
    ]);
  });

  test('are named each where it counts', () => {
    expect(differences(both, ['current-timestamp', 'view-prefix'])).toMatchObject([
      { outcome: 'different', rules: ['current-timestamp'] },
    ]);
  });

  test('are named both where either would do', () => {
    const either: readonly [Reading, Reading] = [
      defaultOf('0', 'numeric'),
      defaultOf("'0'::numeric", 'numeric'),
    ];
    expect(differences(either, ['literal-cast'])).toEqual([]);
    expect(differences(either, ['numeric-literal'])).toEqual([]);
    expect(differences(either, ['literal-cast', 'numeric-literal'])).toMatchObject([
      { outcome: 'different', rules: ['literal-cast', 'numeric-literal'] },
    ]);
  });
});

describe('what differs anyway', () => {
  test('is put on no rule', () => {
    const pair: readonly [Reading, Reading] = [mysql({}), mariadb({ column: { type: 'bigint(20)' } })];
    const [found] = differences(pair, ['integer-display-width']);
    expect(found?.rules).toBeUndefined();
    expect(found).toMatchObject({ expected: { type: 'int' }, actual: { type: 'bigint(20)' } });
  });
});

describe('what is shown of a difference by a rule', () => {
  test.each([
    ['constraint-and-index-names', { name: 't_a_index' }, { name: 'old_a_index' }],
    ['column-order', { after: null }, { after: 'b' }],
    ['default-collation', { collation: 'utf8mb4_general_ci' }, { collation: 'utf8mb4_0900_ai_ci' }],
    ['integer-display-width', { type: 'int' }, { type: 'int(11)' }],
    ['column-name-case', { name: 'a' }, { name: 'A' }],
    ['no-action-restrict', { onDelete: null }, { onDelete: 'restrict' }],
    [
      'current-timestamp',
      { default: { expression: 'CURRENT_TIMESTAMP' } },
      { default: { expression: 'now()' } },
    ],
  ])('%s: what the manifest says, and what the server prints', (rule, expected, actual) => {
    const pair = PAIRS[rule] as readonly [Reading, Reading];
    expect(differences(pair, [rule])[0]).toMatchObject({ expected, actual });
  });
});
