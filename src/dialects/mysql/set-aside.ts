import type { CopiedColumn, SetAside, TableCopy } from '../../database/set-aside.ts';
import type { TableName } from '../../database/table-name.ts';
import { quoteName, quoteString } from './expression-tree.ts';

/** How long a name may be (manual, "Identifier Length Limits"). */
const LONGEST_NAME = 64;

function table({ from, to }: TableCopy, side: 'from' | 'to'): string {
  const { schema, name } = side === 'from' ? from : to;
  return `${quoteName(schema)}.${quoteName(name)}`;
}

const INTEGERS_AND_DECIMALS = /^(?:(?:tiny|small|medium|big)?int|decimal|numeric)\b/;
const FLOATS = /^(?:float|double|real)\b/;
const BITS = /^bit\b/;
const CHARACTERS = /^(?:char|varchar|(?:tiny|medium|long)?text|enum|set)\b/;
const MOMENTS = /^(?:datetime|timestamp)\b/;
const TIMES = /^time\b/;
const JSON_VALUES = /^json$/;

/**
 * A value as a text that does not depend on the width, scale or character set of its column. `hex` takes numbers for whole ones and texts for the
 * bytes of their character set (manual, 14.8), so both are made texts of one set first; of binary strings it has the bytes.
 */
function valueText({ actual, expected }: CopiedColumn, value: string): string {
  const both = (types: RegExp) => types.test(actual) && types.test(expected);
  const text = (plain: string) => `hex(convert(${plain} using utf8mb4))`;
  if (both(CHARACTERS)) return text(value);
  if (both(INTEGERS_AND_DECIMALS))
    return text(actual === expected ? value : `cast(${value} as decimal(65, 30))`);
  if (both(FLOATS)) return text(value);
  if (both(BITS)) return text(`cast(${value} as unsigned)`);
  if (both(MOMENTS)) return text(`cast(${value} as datetime(6))`);
  // Where JSON is a type it has one text for a value; before, it may have been text under a check (`checked-json-text`). MariaDB's is text.
  if (both(JSON_VALUES)) return `hex(/*!80000 json_extract(*/${value}/*!80000 , '$')*/)`;
  if (both(TIMES)) return text(`cast(${value} as time(6))`);
  return actual === expected ? `hex(${value})` : text(value);
}

/** A row's values as one text, which is the same on both sides for the same values. */
function rowText(copy: TableCopy, side: 'from' | 'to', alias: string): string {
  const values = copy.columns.map((column) => {
    const value = `${alias}.${quoteName(side === 'from' ? column.from : column.to)}`;
    return `ifnull(${valueText(column, value)}, '-')`;
  });
  return values.length === 0 ? "''" : `concat_ws(',', ${values.join(', ')})`;
}

/** What a column of a table says of its characters, as an expression. */
function ofColumn({ schema, name }: TableName, column: string, what: string): string {
  return `(SELECT ${what} FROM information_schema.columns WHERE table_schema = ${quoteString(schema)} AND table_name = ${quoteString(name)} AND column_name = ${quoteString(column)})`;
}

/** A condition that a key of both rows is the same, as the target's own key holds it: an expression that gives its text. */
function sameKey(copy: TableCopy, names: readonly string[]): string {
  const conditions = copy.columns
    .filter(({ to }) => names.includes(to))
    .flatMap(({ from, to, expected }, at) => {
      const [made, copied] = [`n.${quoteName(to)}`, `o.${quoteName(from)}`];
      const and = at === 0 ? '' : ' AND ';
      if (!CHARACTERS.test(expected)) return [quoteString(`${and}${made} = ${copied}`)];
      // Two columns of different collations cannot be compared (manual, 12.8.4), and which the new one has may be the database's choice.
      return [
        quoteString(`${and}${made} = CONVERT(${copied} USING `),
        ofColumn(copy.to, to, 'character_set_name'),
        quoteString(') COLLATE '),
        ofColumn(copy.to, to, 'collation_name'),
      ];
    });
  return `concat(${conditions.join(', ')})`;
}

/** Statements by which each row `n` that a migration made gives way to a row `o` that is copied. */
function givingWay(copy: TableCopy): string[] {
  if (copy.columns.length === 0) return [];
  const deleting = `DELETE n FROM ${table(copy, 'to')} n JOIN ${table(copy, 'from')} o ON `;
  if (copy.keys.length === 0)
    return [`${deleting}${rowText(copy, 'to', 'n')} = ${rowText(copy, 'from', 'o')}`];
  return copy.keys.flatMap((names) => executing(`concat(${quoteString(deleting)}, ${sameKey(copy, names)})`));
}

/** Statements that execute a statement whose text is an expression. */
function executing(text: string): string[] {
  return [
    `SET @knex_adopt_text = ${text}`,
    'PREPARE knex_adopt_statement FROM @knex_adopt_text',
    'EXECUTE knex_adopt_statement',
    'DEALLOCATE PREPARE knex_adopt_statement',
  ];
}

/** Types whose values are the same after they went through text, and are in an order: of those portions are taken. */
const ORDERED = /^(?:(?:tiny|small|medium|big)?int|decimal|char|varchar|uuid)\b/;

/**
 * The new counter goes on where the old one was; where its rows are further it stays there (manual, 15.1.9: a value that is not above the largest
 * one is raised). MySQL repeats for a day what it said of a counter once, unless told not to (manual, 28.3.38); the variable is in a comment that only
 * it executes. The statement commits, so it comes after both sides were held against each other.
 */
function goOnCounting({ from, to }: TableCopy): string[] {
  const prefix = `ALTER TABLE ${quoteName(to.schema)}.${quoteName(to.name)} AUTO_INCREMENT = `;
  return [
    'SET @knex_adopt_next = NULL /*!80000 , SESSION information_schema_stats_expiry = 0 */',
    `SET @knex_adopt_next = (SELECT auto_increment FROM information_schema.tables WHERE table_schema = ${quoteString(from.schema)} AND table_name = ${quoteString(from.name)})`,
    ...executing(`concat(${quoteString(prefix)}, ifnull(@knex_adopt_next, 1))`),
  ];
}

/** One statement for all of them, none for none. */
function renamed(
  tables: readonly TableName[],
  from: (schema: string) => string,
  to: (schema: string) => string,
): string[] {
  if (tables.length === 0) return [];
  const pairs = tables.map(({ schema, name }) =>
    [from(schema), to(schema)].map((one) => `${quoteName(one)}.${quoteName(name)}`).join(' TO '),
  );
  return [`RENAME TABLE ${pairs.join(', ')}`];
}

/** The MySQL family: tables move to another database by one RENAME TABLE, which is one step for the server and touches no row. */
export const mysqlSetAside: SetAside = {
  place: (defaultSchema, stamp) => {
    const suffix = `_aside_${stamp}`;
    return `${defaultSchema.slice(0, LONGEST_NAME - suffix.length)}${suffix}`;
  },
  copiesAhead: true,
  firesTriggers: true,
  clear: (tables) => [
    'SET @knex_adopt_checks = @@SESSION.foreign_key_checks',
    'SET SESSION foreign_key_checks = 0',
    `DROP TABLE ${tables.map(({ schema, name }) => `${quoteName(schema)}.${quoteName(name)}`).join(', ')}`,
    'SET SESSION foreign_key_checks = @knex_adopt_checks',
  ],
  objection: (thing) => {
    if ('object' in thing) return 'cannot be moved to another database';
    const trigger = thing.table.unmodelled.some((words) => words.startsWith('trigger '));
    return trigger ? 'has a trigger, and cannot be moved to another database with it' : null;
  },
  move: (place, tables) => [
    `CREATE DATABASE IF NOT EXISTS ${quoteName(place)}`,
    ...renamed(
      tables,
      (schema) => schema,
      () => place,
    ),
  ],
  back: (place, tables) =>
    renamed(
      tables,
      () => place,
      (schema) => schema,
    ),
  discard: (place) => [`DROP DATABASE IF EXISTS ${quoteName(place)}`],
  countTables: (place) =>
    `select count(*) from information_schema.tables where table_schema = ${quoteString(place)} and table_type = 'BASE TABLE'`,
  losses: (_table, { actual, expected }) => (actual === expected ? null : undefined),
  goOn: () => [],
  copy: (copy) => {
    const target = table(copy, 'to');
    const source = table(copy, 'from');
    const filled = Object.entries(copy.filled);
    const names = [...copy.columns.map(({ to }) => to), ...filled.map(([name]) => name)];
    const values = [
      ...copy.columns.map(({ from }) => `o.${quoteName(from)}`),
      ...filled.map(([, value]) => quoteString(value)),
    ];
    const by = copy.columns.find(({ from, actual }) => from === copy.portionsBy && ORDERED.test(actual));
    const key = by === undefined ? null : quoteName(by.from);
    return {
      before: [
        // Checked once, after all of it; and a 0 in an AUTO_INCREMENT column is a value.
        'SET @knex_adopt_checks = @@SESSION.foreign_key_checks, @knex_adopt_mode = @@SESSION.sql_mode',
        'SET @knex_adopt_expiry = 0 /*!80000 + @@SESSION.information_schema_stats_expiry */',
        'SET SESSION foreign_key_checks = 0',
        // A value that is there was taken once, a date of zeros too; and none is to be cut.
        "SET SESSION sql_mode = 'STRICT_ALL_TABLES,NO_AUTO_VALUE_ON_ZERO,ALLOW_INVALID_DATES'",
        ...givingWay(copy),
      ],
      portions:
        key === null
          ? null
          : (size) =>
              `select cast(k as char) from (select ${key} as k, row_number() over (order by ${key}) as n from ${source}) keyed where n % ${size} = 0 order by k`,
      insert: (after, upTo) => {
        const where =
          key === null
            ? []
            : [
                ...(after === null ? [] : [`o.${key} > ${quoteString(after)}`]),
                ...(upTo === null ? [] : [`o.${key} <= ${quoteString(upTo)}`]),
              ];
        return `INSERT INTO ${target} (${names.map(quoteName).join(', ')}) SELECT ${values.join(', ')} FROM ${source} o${where.length === 0 ? '' : ` WHERE ${where.join(' AND ')}`}`;
      },
      after: copy.counted.length === 0 ? [] : goOnCounting(copy),
      restore: [
        'SET SESSION foreign_key_checks = @knex_adopt_checks',
        'SET SESSION sql_mode = @knex_adopt_mode',
        'SET @knex_adopt_next = NULL /*!80000 , SESSION information_schema_stats_expiry = @knex_adopt_expiry */',
      ],
    };
  },
  digest: (copy, side) => {
    const text = rowText(copy, side, 't');
    // MySQL 9.6 moved MD5() out into a component that few install (manual, Legacy Hashing Component).
    return `select count(*), coalesce(sum(cast(conv(substr(sha2(${text}, 256), 1, 15), 16, 10) as unsigned)), 0) from ${table(copy, side)} t`;
  },
};
