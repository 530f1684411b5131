import type { CopiedColumn, SetAside, TableCopy } from '../../database/set-aside.ts';
import { quoteName, quoteString } from './expression-tree.ts';

/** How long a name may be (manual, "Identifier Length Limits"). */
const LONGEST_NAME = 64;

function table({ from, to }: TableCopy, side: 'from' | 'to'): string {
  const { schema, name } = side === 'from' ? from : to;
  return `${quoteName(schema)}.${quoteName(name)}`;
}

const INTEGERS = /^(?:tiny|small|medium|big)?int|^decimal|^numeric/;

/** A value as a text that does not depend on the width or scale of its column. */
function valueText({ actual, expected }: CopiedColumn, value: string): string {
  if (actual === expected) return `hex(${value})`;
  const numbers = INTEGERS.test(actual) && INTEGERS.test(expected);
  return numbers ? `hex(cast(${value} as decimal(65, 30)))` : `hex(convert(${value} using utf8mb4))`;
}

/** The MySQL family: tables move to another database by one RENAME TABLE, which is one step for the server and touches no row. */
export const mysqlSetAside: SetAside = {
  place: (defaultSchema, stamp) => {
    const suffix = `_aside_${stamp}`;
    return `${defaultSchema.slice(0, LONGEST_NAME - suffix.length)}${suffix}`;
  },
  copiesAhead: true,
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
    ...(tables.length === 0
      ? []
      : [
          `RENAME TABLE ${tables
            .map(({ schema, name }) => {
              const [here, there] = [schema, place].map((one) => `${quoteName(one)}.${quoteName(name)}`);
              return `${here} TO ${there}`;
            })
            .join(', ')}`,
        ]),
  ],
  countTables: (place) =>
    `select count(*) from information_schema.tables where table_schema = ${quoteString(place)} and table_type = 'BASE TABLE'`,
  losses: (_table, { actual, expected }) => (actual === expected ? null : undefined),
  copy: (copy) => {
    const target = table(copy, 'to');
    const source = table(copy, 'from');
    const filled = Object.entries(copy.filled);
    const names = [...copy.columns.map(({ to }) => to), ...filled.map(([name]) => name)];
    const values = [
      ...copy.columns.map(({ from }) => `o.${quoteName(from)}`),
      ...filled.map(([, value]) => quoteString(value)),
    ];
    const byName = new Map(copy.columns.map((column) => [column.to, column.from]));
    const key = copy.portionsBy === null ? null : quoteName(copy.portionsBy);
    return {
      before: [
        // Checked once, after all of it; and a 0 in an AUTO_INCREMENT column is a value.
        'SET @knex_adopt_checks = @@SESSION.foreign_key_checks, @knex_adopt_mode = @@SESSION.sql_mode',
        'SET SESSION foreign_key_checks = 0',
        "SET SESSION sql_mode = concat(@@sql_mode, ',NO_AUTO_VALUE_ON_ZERO')",
        ...copy.keys.map((columns) => {
          const same = columns.map(
            (name) => `n.${quoteName(name)} = o.${quoteName(byName.get(name) ?? name)}`,
          );
          return `DELETE n FROM ${target} n JOIN ${source} o ON ${same.join(' AND ')}`;
        }),
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
      after: [],
      restore: [
        'SET SESSION foreign_key_checks = @knex_adopt_checks',
        'SET SESSION sql_mode = @knex_adopt_mode',
      ],
    };
  },
  digest: (copy, side) => {
    const values = copy.columns.map((column) => {
      const value = `t.${quoteName(side === 'from' ? column.from : column.to)}`;
      return `ifnull(${valueText(column, value)}, '-')`;
    });
    const text = values.length === 0 ? "''" : `concat_ws(',', ${values.join(', ')})`;
    return `select count(*), coalesce(sum(cast(conv(substr(md5(${text}), 1, 15), 16, 10) as unsigned)), 0) from ${table(copy, side)} t`;
  },
};
