import type { DialectName } from '../../src/schema/snapshot.ts';

/** A column as a dump writes it. */
export interface DumpedColumn {
  readonly name: string;
  /** Its whole line, without the comma. */
  readonly line: string;
  /** What follows its name. */
  readonly definition: string;
}

/** A table as a dump writes it. */
export interface DumpedTable {
  readonly name: string;
  /** The text between the parentheses. */
  readonly body: string;
  /** In their order; a column that takes several lines is left out. */
  readonly columns: readonly DumpedColumn[];
}

const FORMS: Readonly<Record<DialectName, { readonly table: RegExp; readonly column: RegExp }>> = {
  postgres: {
    table: /^CREATE (?:UNLOGGED )?TABLE (\S+) \(\n([\s\S]*?)\n\)/gm,
    column: /^ +(?!CONSTRAINT )("(?:[^"]|"")+"|\w+) (.*?),?$/gm,
  },
  mysql: {
    table: /^CREATE TABLE (`(?:[^`]|``)+`) \(\n([\s\S]*?)\n\)/gm,
    column: /^ +(`(?:[^`]|``)+`) (.*?),?$/gm,
  },
};

function bareName(written: string): string {
  const quote = written[0];
  return quote === '`' || quote === '"' ? written.slice(1, -1).replaceAll(quote + quote, quote) : written;
}

function closes(text: string): boolean {
  return text.split('(').length === text.split(')').length;
}

/** The tables of a dump. Enough of a reader for what `pg_dump` and `mysqldump` write. */
export function dumpedTables(dump: string, dialect: DialectName): DumpedTable[] {
  const { table, column } = FORMS[dialect];
  return [...dump.matchAll(table)].map(([, written = '', body = '']) => ({
    name: bareName(written.split('.').at(-1) ?? ''),
    body,
    columns: [...body.matchAll(column)]
      .map(([line, name = '', definition = '']) => ({
        name: bareName(name),
        line: line.replace(/,$/, ''),
        definition,
      }))
      .filter(({ definition }) => closes(definition)),
  }));
}
