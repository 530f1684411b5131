import type { ServerSetting } from '../../database/server-setting.ts';
import { columnValue } from '../../schema/elements.ts';
import type { Column } from '../../schema/snapshot.ts';

/** The column without what the setting may give it. */
function asDeclared(column: Column): Column {
  return { ...column, nullable: true, default: { kind: 'none' }, extra: '' };
}

/** Whether a column has what a server gives a `timestamp` of which nothing was said. */
function isGiven({ nullable, default: given, extra }: Column): boolean {
  if (nullable) return false;
  const current = given.kind === 'expression' && /^current_timestamp(?:\(\d\))?$/.test(given.canonical);
  const zero = given.kind === 'literal' && /^0000-00-00 00:00:00(?:\.0+)?$/.test(given.canonical);
  return current ? extra === `on update ${given.canonical}` : zero && extra === '';
}

const isPlain = ({ default: given, extra }: Column) => given.kind === 'none' && extra === '';

/** Whether two columns with a default that somebody gave differ in whether they may be NULL alone: said of nobody, the setting decides it too. */
const differInNull = (a: Column, b: Column) =>
  a.default.kind !== 'none' &&
  a.nullable !== b.nullable &&
  columnValue({ ...a, nullable: true }) === columnValue({ ...b, nullable: true });

/**
 * `explicit_defaults_for_timestamp`: MySQL 8.0.2 and MariaDB 10.10 switched it on by default (manual, 7.1.8; KB, server system variables), so
 * that the same migration makes other columns before (measured: all that 10.5 and 10.11 make differently, `versions.md` B3.1).
 */
export function timestampSetting(value: 'ON' | 'OFF'): ServerSetting {
  return {
    name: 'explicit_defaults_for_timestamp',
    value,
    effect:
      'Where it is off, a timestamp column is made NOT NULL unless NULL is said of it; of which no default is said either, the first one of a table with DEFAULT CURRENT_TIMESTAMP ON UPDATE CURRENT_TIMESTAMP and the others with a default of zeros.',
    explains: (expected, actual) =>
      [expected, actual].every(({ type }) => /^timestamp\b/.test(type.canonical)) &&
      (differInNull(expected, actual) ||
        (columnValue(asDeclared(expected)) === columnValue(asDeclared(actual)) &&
          ((isGiven(expected) && isPlain(actual)) || (isPlain(expected) && isGiven(actual))))),
  };
}
