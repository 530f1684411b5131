import type { CanonicalText, Table } from './snapshot.ts';

/** Every text of a table that a dialect made canonical from SQL. */
function textsOf(table: Table): string[] {
  const of = (text: CanonicalText | null): string[] => (text === null ? [] : [text.canonical]);
  return [
    ...table.columns.flatMap(({ default: value, generated }) => [
      ...(value.kind === 'expression' ? [value.canonical] : []),
      ...of(generated?.expression ?? null),
    ]),
    ...table.checks.map(({ expression }) => expression.canonical),
    ...table.indexes.flatMap(({ parts, predicate }) => [
      ...parts.flatMap(({ expression }) => of(expression)),
      ...of(predicate),
    ]),
  ];
}

/** The table, with those of its texts marked that are among the ones that could not be read. */
export function markUnread(table: Table, unread: ReadonlySet<string>): Table {
  // Nearly always empty: servers print what the dialects know.
  if (unread.size === 0) return table;
  const own = [...new Set(textsOf(table))].filter((text) => unread.has(text)).sort();
  return own.length === 0 ? table : { ...table, unread: own };
}
