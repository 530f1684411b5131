import { PAGE_WIDTH, textWidth, wrapWords } from './text.ts';

/** A cell: its text without escape sequences, and how that is decorated once it has been measured. */
export type Cell = string | { readonly text: string; readonly paint: (text: string) => string };

/** A row, and lines that stand below it as they are. */
export interface Row {
  readonly cells: readonly Cell[];
  readonly below?: readonly string[];
}

export interface TableOptions {
  /** Spaces before every line; 2 by default. */
  readonly indent?: number;
  /** Positions of columns that end at the same place: numbers. */
  readonly right?: readonly number[];
}

const GAP = '  ';
/** The last column is never squeezed to less than this; the line is too wide then. */
const NARROWEST = 30;

const textOf = (cell: Cell) => (typeof cell === 'string' ? cell : cell.text);
const painted = (cell: Cell, text: string) => (typeof cell === 'string' ? text : cell.paint(text));

/**
 * Rows as lines with aligned columns. A last cell that would pass the page's width is continued below itself. Columns in which every cell
 * is empty take no room.
 *
 * @param rows with equally many cells; the texts are {@link visible} already.
 */
export function renderTable(rows: readonly Row[], options: TableOptions = {}): string[] {
  const margin = ' '.repeat(options.indent ?? 2);
  const columns = Math.max(0, ...rows.map((row) => row.cells.length));
  const widths = Array.from({ length: columns }, (_, column) =>
    Math.max(0, ...rows.map((row) => textWidth(textOf(row.cells[column] ?? '')))),
  );
  const used = widths.flatMap((width, column) => (width === 0 ? [] : [column]));
  const last = used.at(-1);
  const beforeLast = used
    .slice(0, -1)
    .reduce((sum, column) => sum + (widths[column] ?? 0) + GAP.length, margin.length);
  const room = Math.max(PAGE_WIDTH - beforeLast, NARROWEST);

  return rows.flatMap((row) => {
    const continued: string[] = [];
    const line = used.map((column) => {
      const cell = row.cells[column] ?? '';
      if (column === last) {
        const [first = '', ...rest] = wrapWords(textOf(cell), room);
        continued.push(...rest.map((text) => ' '.repeat(beforeLast) + painted(cell, text)));
        return options.right?.includes(column) === true
          ? ' '.repeat((widths[column] ?? 0) - textWidth(first)) + painted(cell, first)
          : painted(cell, first);
      }
      const padding = ' '.repeat((widths[column] ?? 0) - textWidth(textOf(cell)));
      const text = painted(cell, textOf(cell));
      return options.right?.includes(column) === true ? padding + text : text + padding;
    });
    return [(margin + line.join(GAP)).trimEnd(), ...continued, ...(row.below ?? [])];
  });
}

/** Facts as lines: names in one column, what they are in the other. */
export function renderFacts(
  facts: readonly (readonly [string, Cell])[],
  paintName: (text: string) => string,
): string[] {
  return renderTable(facts.map(([name, value]) => ({ cells: [{ text: name, paint: paintName }, value] })));
}
