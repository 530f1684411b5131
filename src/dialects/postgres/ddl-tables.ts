import type { CheckConstraint, Table, UniqueConstraint } from '../../schema/snapshot.ts';
import { columnText } from './ddl-columns.ts';
import { checkText, createIndex, type KeyExtras, primaryKeyText, uniqueText } from './ddl-constraints.ts';
import { allKnown } from './ddl-expressions.ts';
import { columnList, sqlName } from './ddl-names.ts';
import { readWords, type Words } from './ddl-words.ts';
import { quoteIdentifier } from './quote.ts';

/**
 * Hands out what the words say of constraints, to each constraint that they fit, each word once: of two of the same columns it does not matter
 * which one has it.
 */
interface ConstraintWords {
  keyExtras(of: string): KeyExtras;
  checkSuffix(of: string): string;
  /** Whether all of them were handed out. */
  readonly used: () => boolean;
}

function constraintWords(words: readonly Words[]): ConstraintWords {
  const open = new Set(words.filter(({ kind }) => kind === 'key' || kind === 'check'));
  return {
    keyExtras: (of) => {
      const extras: { -readonly [Name in keyof KeyExtras]: KeyExtras[Name] } = {};
      for (const one of open) {
        if (one.kind !== 'key' || one.of !== of) continue;
        const { deferrable, includes, period } = one.extras;
        if (deferrable !== undefined && extras.deferrable === undefined) extras.deferrable = deferrable;
        else if (includes !== undefined && extras.includes === undefined) extras.includes = includes;
        else if (period && !extras.period) extras.period = period;
        else continue;
        open.delete(one);
      }
      return extras;
    },
    checkSuffix: (of) => {
      const found = [...open].filter((one) => one.kind === 'check' && one.of === of);
      const suffixes = new Set(found.map((one) => (one.kind === 'check' ? one.suffix : '')));
      for (const suffix of suffixes) {
        const first = found.find((one) => one.kind === 'check' && one.suffix === suffix);
        if (first !== undefined) open.delete(first);
      }
      return [...suffixes].sort().join('');
    },
    used: () => open.size === 0,
  };
}

/** Whether a key before this one has its columns: CREATE TABLE would make one of the two (`transformIndexConstraints` in `parse_utilcmd.c`). */
function repeatsKey({ primaryKey, uniques }: Table, unique: UniqueConstraint): boolean {
  const columns = columnList(unique.columns);
  const before = [...(primaryKey === null ? [] : [primaryKey]), ...uniques.slice(0, uniques.indexOf(unique))];
  return before.some((key) => columnList(key.columns) === columns);
}

/**
 * A table with all that stands in it but its foreign keys; null where something of it cannot be written.
 *
 * A partition, and a table that inherits, is made as a table of its own and then attached: what it has in common with its parent is merged
 * (manual, ALTER TABLE, ATTACH PARTITION and INHERIT).
 */
export function createTable(table: Table): readonly string[] | null {
  const name = sqlName(table.key);
  const words = allKnown(table.unmodelled.map((one) => readWords(table.key, one, true, table.named?.[one])));
  const unvalidated = (words ?? []).flatMap((one) => (one.kind === 'not-null' ? [one.column] : []));
  const columns = allKnown(
    table.columns.map((column) =>
      columnText(unvalidated.includes(quoteIdentifier(column.name)) ? { ...column, nullable: true } : column),
    ),
  );
  if (words === null || columns === null) return null;
  const extras = constraintWords(words);
  const { primaryKey } = table;
  const primary =
    primaryKey === null
      ? []
      : [primaryKeyText(primaryKey, extras.keyExtras(`primary key ${columnList(primaryKey.columns)}`))];
  const uniques = table.uniques.map((one) => ({
    repeats: repeatsKey(table, one),
    text: uniqueText(one, extras.keyExtras(`unique ${columnList(one.columns)}`)),
  }));
  const written = (one: CheckConstraint) => checkText(one, extras.checkSuffix(one.expression.canonical));
  const checks = allKnown(table.checks.filter(({ validated }) => validated).map(written));
  const unchecked = allKnown(table.checks.filter(({ validated }) => !validated).map(written));
  const indexes = allKnown(table.indexes.map((one) => createIndex(table.key, one)));
  if (checks === null || unchecked === null || indexes === null || !extras.used()) return null;
  const items = [
    ...columns.map(({ definition }) => definition),
    ...primary,
    ...uniques.flatMap(({ repeats, text }) => (repeats ? [] : [text])),
    ...checks,
  ];
  const alter = (what: string) => `ALTER TABLE ${name} ${what}`;
  const partitioning = words.flatMap((one) =>
    one.kind === 'partitioned' ? [` PARTITION BY ${one.by}`] : [],
  );
  return [
    `CREATE TABLE ${name} (${items.map((item) => `\n  ${item}`).join(',')}\n)${partitioning.join('')}`,
    ...columns.flatMap(({ alterations }, at) =>
      alterations.map((one) =>
        alter(`ALTER COLUMN ${quoteIdentifier(table.columns[at]?.name ?? '')} ${one}`),
      ),
    ),
    ...uniques.flatMap(({ repeats, text }) => (repeats ? [alter(`ADD ${text}`)] : [])),
    ...unchecked.map((one) => alter(`ADD ${one}`)),
    ...unvalidated.map((column) => alter(`ADD NOT NULL ${column} NOT VALID`)),
    ...indexes,
    ...words.flatMap((one) => (one.kind === 'statements' ? one.create : [])),
  ];
}
