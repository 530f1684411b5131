import { boundedMemo } from '../util/bounded-memo.ts';
import { columnText, visitKind } from './elements.ts';
import type { Column, ForeignKey, Index, IndexPart, Table, UniqueConstraint } from './snapshot.ts';

/*
 * The lines that the hash of a table is made of: for each element the JSON of kind, name (of columns only) and value, where the value is JSON
 * itself. Put together by hand, because a large schema has hundreds of thousands of elements, and quoting each one's value takes most of the
 * time of hashing (measured at 200,000 columns: 400 ms from lists, 30 so).
 */

/** How many texts are remembered: a schema says the same few things of most of its elements. */
const MOST_REMEMBERED = 10_000;

/** A text as a JSON string. */
const once = boundedMemo((text) => JSON.stringify(text), MOST_REMEMBERED);

/** A text as a JSON string within a JSON string, without the outer quotation marks; and within one more. */
const twice = boundedMemo((text) => JSON.stringify(once(text)).slice(1, -1), MOST_REMEMBERED);
const thrice = boundedMemo((text) => JSON.stringify(twice(text)).slice(1, -1), MOST_REMEMBERED);

function list(items: readonly string[], quote: (text: string) => string): string {
  if (items.length === 1) return `[${quote(items[0] ?? '')}]`;
  return `[${items.map(quote).join(',')}]`;
}

const orNull = (text: string | null) => (text === null ? 'null' : twice(text));

/** What a plain column's line says after its name: by type, then by kind of default and nullability, then by the default's text. */
const tailsOfType = boundedMemo((type): readonly ((text: string) => string)[] => {
  const tail = (value: Column['default'], nullable: boolean) =>
    columnText({ ...PLAIN, type: { raw: type, canonical: type }, default: value, nullable }, twice, '\\"');
  return [true, false].flatMap((nullable) => [
    boundedMemo(() => tail({ kind: 'none' }, nullable), 1),
    boundedMemo(() => tail({ kind: 'sequence', raw: '' }, nullable), 1),
    boundedMemo((canonical) => tail({ kind: 'literal', raw: '', canonical }, nullable), MOST_REMEMBERED),
    boundedMemo((canonical) => tail({ kind: 'expression', raw: '', canonical }, nullable), MOST_REMEMBERED),
  ]);
}, 1000);

const KINDS = ['none', 'sequence', 'literal', 'expression'] as const;

const PLAIN = { name: '', identity: null, generated: null, collation: null, extra: '' } as const;

function columnTail(column: Column): string {
  const { default: value, identity, generated, collation, extra } = column;
  const isPlain = identity === null && generated === null && collation === null && extra === '';
  if (!isPlain || value.kind === 'varying') return columnText(column, twice, '\\"');
  const at = KINDS.indexOf(value.kind) + (column.nullable ? 0 : KINDS.length);
  const text = value.kind === 'literal' || value.kind === 'expression' ? value.canonical : '';
  return tailsOfType(column.type.canonical)[at]?.(text) ?? columnText(column, twice, '\\"');
}

/** How many names are remembered with one tail: those that tables share, such as `created_at`. */
const MOST_NAMES = 200;

/**
 * A column's line: by its tail, then by its name. Joined, not concatenated, because what is concatenated is only taken together when it is first
 * compared, and is slow to compare ever after (measured: sorting the lines of a table takes less than half the time).
 */
const linesOfTail = boundedMemo(
  (tail) => boundedMemo((name) => ['["column",', once(name), ',"', tail, '"]'].join(''), MOST_NAMES),
  1000,
);

function uniqueLine({ columns, deferrable, nullsNotDistinct }: UniqueConstraint): string {
  return `["unique","","[${list(columns, twice)},\\"${deferrable}\\",${nullsNotDistinct}]"]`;
}

function foreignKeyLine(key: ForeignKey): string {
  const { onUpdate, onDelete, match, deferrable, validated } = key;
  const columns = list(key.columns, thrice);
  const target = `${thrice(key.referencedTable)},${list(key.referencedColumns, thrice)}`;
  const words = `\\"${onUpdate}\\",\\"${onDelete}\\",\\"${match}\\",\\"${deferrable}\\",${validated}`;
  return `["foreign-key","","[\\"[${columns},${target}]\\",${words}]"]`;
}

function partText(part: IndexPart): string {
  const { order, nulls, operatorClass, collation, length } = part;
  const what = `${orNull(part.column)},${orNull(part.expression?.canonical ?? null)},\\"${order}\\"`;
  return `[${what},${orNull(nulls)},${orNull(operatorClass)},${orNull(collation)},${length}]`;
}

function indexLine({ unique, method, parts, include, predicate, nullsNotDistinct, valid }: Index): string {
  const where = orNull(predicate?.canonical ?? null);
  const what = `[${parts.map(partText).join(',')}],${list(include, twice)},${where}`;
  return `["index","","[${unique},${twice(method)},${what},${nullsNotDistinct},${valid}]"]`;
}

/** A line for each element of the table, in no order. */
export function elementLines(table: Table): string[] {
  const lines = table.columns.map((column) => linesOfTail(columnTail(column))(column.name));
  if (table.primaryKey !== null) lines.push(`["primary-key","","${list(table.primaryKey.columns, twice)}"]`);
  for (const unique of table.uniques) lines.push(uniqueLine(unique));
  for (const key of table.foreignKeys) lines.push(foreignKeyLine(key));
  for (const index of table.indexes) lines.push(indexLine(index));
  for (const kind of ['check', 'unmodelled'] as const) {
    visitKind(table, kind, (_kind, _identity, _name, value) => {
      lines.push(`["${kind}","",${JSON.stringify(value)}]`);
    });
  }
  return lines;
}
