import type { Session, TextRow } from '../../database/session.ts';
import { quoteName } from './expression-tree.ts';
import type { ForeignKeyRow, RuleRow } from './rows.ts';

/** Statements per compound statement: its text stays far below the default max_allowed_packet (16 MB), its results below the client's memory. */
const CHUNK = 500;

const CONSTRAINT = /^ {2}CONSTRAINT (`(?:[^`]|``)*`|"(?:[^"]|"")*"|\S+) FOREIGN KEY (.*?),?$/gm;
const RULE = (what: 'DELETE' | 'UPDATE') =>
  new RegExp(` ON ${what} (CASCADE|SET NULL|SET DEFAULT|NO ACTION|RESTRICT)(?= ON (?:UPDATE|DELETE) |$)`);

function unquote(name: string): string {
  const quote = name.charAt(0);
  return quote === '`' || quote === '"' ? name.slice(1, -1).replaceAll(quote + quote, quote) : name;
}

/** The rules of every foreign key in the text of SHOW CREATE TABLE; one that is not printed is RESTRICT, as REFERENTIAL_CONSTRAINTS says. */
export function rulesOfCreateTable(table: string, text: string): RuleRow[] {
  return [...text.matchAll(CONSTRAINT)].map(([, name = '', rest = '']) => ({
    table,
    name: unquote(name),
    onUpdate: RULE('UPDATE').exec(rest)?.[1] ?? 'RESTRICT',
    onDelete: RULE('DELETE').exec(rest)?.[1] ?? 'RESTRICT',
  }));
}

/**
 * The rules that REFERENTIAL_CONSTRAINTS kept from this role: MariaDB shows a row there only to who has another privilege than SELECT on the
 * table, while SHOW CREATE TABLE takes SELECT alone (measured on 10.11.19, 11.8.6).
 *
 * Hundreds of tables are asked in one round trip, as a compound statement (KB, BEGIN END, Using outside of stored programs, 10.1.1).
 */
export async function readHiddenRules(
  session: Session,
  schema: string,
  foreignKeys: readonly ForeignKeyRow[],
  known: readonly RuleRow[],
): Promise<readonly RuleRow[]> {
  const seen = new Set(known.map((rule) => `${rule.table}\0${rule.name}`));
  const tables = new Set(
    foreignKeys.filter((row) => !seen.has(`${row.table}\0${row.name}`)).map((row) => row.table),
  );
  const names = [...tables];
  const found: RuleRow[] = [];
  for (let from = 0; from < names.length; from += CHUNK) {
    const statements = names
      .slice(from, from + CHUNK)
      .map((name) => `show create table ${quoteName(schema)}.${quoteName(name)};`);
    // One result set per statement, which is one level more than a row; the last is the statement's own end.
    const results = (await session.query(
      `begin not atomic ${statements.join(' ')} end`,
    )) as readonly unknown[];
    for (const result of results) {
      if (!Array.isArray(result)) continue;
      for (const row of result as readonly TextRow[])
        found.push(...rulesOfCreateTable(row[0] ?? '', row[1] ?? ''));
    }
  }
  return found;
}
