import type { CopiedColumn, SetAside, TableCopy } from '../../database/set-aside.ts';
import { parseObjectKey } from '../../schema/object-key.ts';
import type { ObjectKind, SchemaObject } from '../../schema/snapshot.ts';
import { columnList } from './ddl-names.ts';
import { quoteIdentifier, quoteLiteral, quoteQualified } from './quote.ts';

/** How `ALTER … SET SCHEMA` names each kind (manual, reference); null for what stays, because others stand on it, or goes with its table. */
const MOVES: Readonly<Record<ObjectKind, string | null>> = {
  schema: null,
  extension: null,
  statistics: null,
  view: 'VIEW',
  'materialized-view': 'MATERIALIZED VIEW',
  sequence: 'SEQUENCE',
  enum: 'TYPE',
  domain: 'DOMAIN',
  type: 'TYPE',
  function: 'ROUTINE',
  'foreign-table': 'FOREIGN TABLE',
};

/** NAMEDATALEN less one. */
const LONGEST_NAME = 63;

/** The types whose text another type of the same name would take back unchanged, whatever schema that is in. */
function throughText(column: CopiedColumn): boolean {
  return column.actual === column.expected;
}

/** The value as the new column takes it. A type of the chain's own was moved aside too, so its values go by their text. */
function converted({ from, actual, expected }: CopiedColumn, alias: string): string {
  const name = `${alias}.${quoteIdentifier(from)}`;
  const type = expected;
  if (throughText({ from, to: from, actual, expected })) {
    return isBuiltIn(type) ? name : `${name}::text::${type}`;
  }
  return isBuiltIn(actual) ? `${name}::${type}` : `${name}::text::${type}`;
}

/** Whether a canonical type name is one of the server's own: those of users stand in a schema, quoted or not, and are in no list of words. */
function isBuiltIn(type: string): boolean {
  return /^(?:smallint|integer|bigint|real|double precision|numeric|character|text|bytea|boolean|date|time|timestamp|interval|uuid|json|jsonb|xml|inet|cidr|macaddr|macaddr8|bit|money|oid|name|point|line|lseg|box|path|polygon|circle|tsvector|tsquery)\b/.test(
    type,
  );
}

function moved(object: SchemaObject, place: string): readonly string[] {
  const word = MOVES[object.kind];
  if (word === null) return [];
  const { schema } = object;
  const bare = parseObjectKey(object.key).name;
  const suffix = object.kind === 'function' ? (/\(.*\)$/s.exec(object.name)?.[0] ?? '()') : '';
  return [`ALTER ${word} ${quoteQualified(schema, bare)}${suffix} SET SCHEMA ${quoteIdentifier(place)}`];
}

function table({ from, to }: TableCopy, side: 'from' | 'to'): string {
  const name = side === 'from' ? from : to;
  return quoteQualified(name.schema, name.name);
}

/** The table as what rows are taken of. */
function rowsOf(copy: TableCopy, side: 'from' | 'to'): string {
  return `${copy.alone ? 'ONLY ' : ''}${table(copy, side)}`;
}

/** A row's values as one text, by the types of the table that it goes to. */
function rowText(copy: TableCopy, side: 'from' | 'to', alias: string): string {
  const values = copy.columns.map((column) => {
    const value = side === 'from' ? converted(column, alias) : `${alias}.${quoteIdentifier(column.to)}`;
    return `coalesce(length((${value})::text) || ':' || (${value})::text, '-')`;
  });
  return values.length === 0 ? `''` : values.join(" || ',' || ");
}

/** Conditions, each enough for a row `n` that a migration made to give way to a row `o` that is copied. */
function givingWay(copy: TableCopy): string[] {
  if (copy.columns.length === 0) return [];
  if (copy.keys.length === 0) return [`${rowText(copy, 'to', 'n')} = ${rowText(copy, 'from', 'o')}`];
  return copy.keys.map((names) =>
    copy.columns
      .filter(({ to }) => names.includes(to))
      .map((column) => `n.${quoteIdentifier(column.to)} = ${converted(column, 'o')}`)
      .join(' AND '),
  );
}

/** Types whose values are the same after they went through text, and are in an order: of those portions are taken. */
const ORDERED = /^(?:smallint|integer|bigint|numeric|uuid|text|character)\b/;

/** The sequence that a column takes its values from, owned by it or not; null where there is none. */
function sequenceOf(place: string, column: string): string {
  const own = `pg_get_serial_sequence(${quoteLiteral(place)}, ${quoteLiteral(column)})`;
  const named = [
    'select d.refobjid::regclass::text from pg_attribute a',
    'join pg_attrdef v on v.adrelid = a.attrelid and v.adnum = a.attnum',
    "join pg_depend d on d.classid = 'pg_attrdef'::regclass and d.objid = v.oid and d.refclassid = 'pg_class'::regclass",
    "join pg_class s on s.oid = d.refobjid and s.relkind = 'S'",
    `where a.attrelid = ${quoteLiteral(place)}::regclass and a.attname = ${quoteLiteral(column)} limit 1`,
  ].join(' ');
  return `coalesce(${own}, (${named}))::regclass`;
}

/** PostgreSQL: everything moves by `SET SCHEMA`, which takes constraints, indexes and owned sequences along and touches no row. */
export const postgresSetAside: SetAside = {
  place: (defaultSchema, stamp) => {
    const suffix = `_aside_${stamp}`;
    return `${defaultSchema.slice(0, LONGEST_NAME - suffix.length)}${suffix}`;
  },
  copiesAhead: false,
  firesTriggers: false,
  objection: () => null,
  clear: (tables) => [
    `DROP TABLE ${tables.map(({ schema, name }) => quoteQualified(schema, name)).join(', ')}`,
  ],
  move: (place, tables, objects) => [
    `CREATE SCHEMA ${quoteIdentifier(place)}`,
    ...tables.map(
      ({ schema, name }) =>
        `ALTER TABLE ${quoteQualified(schema, name)} SET SCHEMA ${quoteIdentifier(place)}`,
    ),
    ...objects.flatMap((object) => moved(object, place)),
  ],
  back: () => [],
  discard: () => [],
  countTables: (place) =>
    `select count(*)::text from pg_class c join pg_namespace n on n.oid = c.relnamespace where n.nspname = ${quoteLiteral(place)} and c.relkind in ('r', 'p')`,
  losses: ({ schema, name }, column) => {
    const [actual, expected] = [column.actual, column.expected];
    if (actual === expected) return null;
    // There and back again gives the same text wherever nothing was lost; json has no one text for a value.
    if (/json|xml/.test(`${actual} ${expected}`)) return undefined;
    const there = converted(column, 't');
    const value = `t.${quoteIdentifier(column.from)}`;
    return `select count(*)::text from ${quoteQualified(schema, name)} t where (${there})::${actual}::text is distinct from ${value}::text`;
  },
  goOn: (place, { kind, schema, key }) => {
    if (kind !== 'sequence') return [];
    const { name } = parseObjectKey(key);
    const [here, there] = [quoteQualified(schema, name), quoteQualified(place, name)];
    return [
      `SELECT setval(${quoteLiteral(here)}::regclass, o.last_value, o.is_called) FROM ${there} o, ${here} n WHERE o.last_value > n.last_value OR o.last_value = n.last_value AND o.is_called`,
    ];
  },
  copy: (copy) => {
    const target = table(copy, 'to');
    const filled = Object.entries(copy.filled);
    const names = [...copy.columns.map(({ to }) => to), ...filled.map(([name]) => name)];
    const values = [
      ...copy.columns.map((column) => converted(column, 'o')),
      ...filled.map(([, value]) => quoteLiteral(value)),
    ];
    const by = copy.columns.find(({ from, actual }) => from === copy.portionsBy && ORDERED.test(actual));
    const key = by === undefined ? null : quoteIdentifier(by.from);
    const bounds = (after: string | null, upTo: string | null) =>
      key === null
        ? []
        : [
            ...(after === null ? [] : [`o.${key} > ${quoteLiteral(after)}`]),
            ...(upTo === null ? [] : [`o.${key} <= ${quoteLiteral(upTo)}`]),
          ];
    const source = rowsOf(copy, 'from');
    const byName = new Map(copy.columns.map((column) => [column.to, column]));
    return {
      before: [
        // A deferred check that is still to come would keep the table from being altered.
        'SET CONSTRAINTS ALL IMMEDIATE',
        `ALTER TABLE ${target} DISABLE TRIGGER USER`,
        ...givingWay(copy).map(
          (same) => `DELETE FROM ${rowsOf(copy, 'to')} n USING ${source} o WHERE ${same}`,
        ),
      ],
      portions:
        key === null
          ? null
          : (size) =>
              `select k::text from (select ${key} as k, row_number() over (order by ${key}) as n from ${source}) keyed where n % ${size} = 0 order by k`,
      insert: (after, upTo) => {
        const where = bounds(after, upTo);
        return `INSERT INTO ${target} ${columnList(names)} OVERRIDING SYSTEM VALUE SELECT ${values.join(', ')} FROM ${source} o${where.length === 0 ? '' : ` WHERE ${where.join(' AND ')}`}`;
      },
      after: [
        `ALTER TABLE ${target} ENABLE TRIGGER USER`,
        // The new counter goes on where the old one was, or where the rows are, whichever is further.
        ...copy.counted.map((name) => {
          const column = byName.get(name);
          const largest = `(select max(${quoteIdentifier(name)}) from ${target})`;
          const before =
            column === undefined
              ? 'null'
              : `(select s.last_value from pg_sequences s where format('%I.%I', s.schemaname, s.sequencename)::regclass = ${sequenceOf(table(copy, 'from'), column.from)})`;
          return `SELECT setval(${sequenceOf(target, name)}, greatest(${largest}, ${before})) WHERE greatest(${largest}, ${before}) IS NOT NULL`;
        }),
      ],
      restore: [],
    };
  },
  digest: (copy, side) => {
    // Not md5(), which fails on a server whose OpenSSL is in FIPS mode (14 on: src/common/cryptohash_openssl.c); and no conversion of the text.
    const hash = `encode(sha256(convert_to(${rowText(copy, side, 't')}, getdatabaseencoding())), 'hex')`;
    return `select count(*)::text, coalesce(sum(('x' || substr(${hash}, 1, 15))::bit(60)::bigint), 0)::text from ${rowsOf(copy, side)} t`;
  },
};
