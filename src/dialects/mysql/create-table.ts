import type { Session, TextRow } from '../../database/session.ts';
import type { CatalogContext } from './context.ts';
import { quoteName } from './expression-tree.ts';
import type { CheckRow, ForeignKeyRow, RuleRow } from './rows.ts';

/** What MariaDB's information_schema keeps back and SHOW CREATE TABLE tells; asked only of tables that may have such a thing. */

/** Statements per compound statement: its text stays far below the default max_allowed_packet (16 MB), its results below the client's memory. */
const CHUNK = 500;

const NAME = '(`(?:[^`]|``)*`|"(?:[^"]|"")*"|\\S+?)';
const CONSTRAINT = new RegExp(`^ {2}CONSTRAINT ${NAME} FOREIGN KEY (.*?),?$`, 'gm');
const PERIOD = new RegExp(`^ {2}PERIOD FOR ${NAME} \\((.*?)\\),?$`, 'gm');
const WITHOUT_OVERLAPS = /^ {2}(?:PRIMARY KEY|UNIQUE KEY) .* WITHOUT OVERLAPS\).*?,?$/gm;
const RULE = (what: 'DELETE' | 'UPDATE') =>
  new RegExp(` ON ${what} (CASCADE|SET NULL|SET DEFAULT|NO ACTION|RESTRICT)(?= ON (?:UPDATE|DELETE) |$)`);
/** What MariaDB shows of a period before 11.4: a check of its bounds. */
const BOUNDS = /^(?:`(?:[^`]|``)*`|"(?:[^"]|"")*") < (?:`(?:[^`]|``)*`|"(?:[^"]|"")*")$/;

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

/** Application-time periods and the keys that rest on them, in words (KB, Application-Time Periods). */
export function periodNotes(text: string): string[] {
  const spaced = (part: string) => part.trim().replace(/,$/, '').replaceAll('"', '`');
  return [...text.matchAll(PERIOD), ...text.matchAll(WITHOUT_OVERLAPS)].map(([line]) =>
    spaced(line).toLowerCase(),
  );
}

async function showCreateTables(
  session: Session,
  schema: string,
  names: readonly string[],
): Promise<readonly (readonly [string, string])[]> {
  const found: [string, string][] = [];
  for (let from = 0; from < names.length; from += CHUNK) {
    const statements = names
      .slice(from, from + CHUNK)
      .map((name) => `show create table ${quoteName(schema)}.${quoteName(name)};`);
    // Hundreds in one round trip (KB, BEGIN END, Using outside of stored programs, 10.1.1). One result set per statement, which is one level
    // more than a row; the last is the end of the compound statement itself.
    const results = (await session.query(
      `begin not atomic ${statements.join(' ')} end`,
    )) as readonly unknown[];
    for (const result of results) {
      if (!Array.isArray(result)) continue;
      for (const row of result as readonly TextRow[]) found.push([row[0] ?? '', row[1] ?? '']);
    }
  }
  return found;
}

export interface CreateTableFacts {
  readonly rules: readonly RuleRow[];
  /** By table. */
  readonly notes: ReadonlyMap<string, readonly string[]>;
}

/**
 * On MariaDB, the rules of foreign keys that REFERENTIAL_CONSTRAINTS kept from this role, for it shows a row there only to who has another
 * privilege than SELECT on the table, while SHOW CREATE TABLE takes SELECT alone (measured on 10.11.19, 11.8.6); and application-time periods,
 * of which the catalog shows but a check of their bounds.
 *
 * No query where nothing hints at either; one per 500 tables that have one.
 */
export async function readCreateTables(
  session: Session,
  context: Pick<CatalogContext, 'flavor' | 'schema'>,
  foreignKeys: readonly ForeignKeyRow[],
  known: readonly RuleRow[],
  checks: readonly CheckRow[],
): Promise<CreateTableFacts> {
  if (context.flavor.vendor !== 'mariadb') return { rules: [], notes: new Map() };
  const key = (table: string, name: string) => `${table}\0${name}`;
  const seen = new Set(known.map((rule) => key(rule.table, rule.name)));
  const ruleless = new Set(
    foreignKeys.filter((row) => !seen.has(key(row.table, row.name))).map((row) => row.table),
  );
  const bounded = checks.filter((check) => BOUNDS.test(check.clause)).map((check) => check.table);
  const texts = await showCreateTables(session, context.schema, [...new Set([...ruleless, ...bounded])]);
  return {
    rules: texts.flatMap(([table, text]) => (ruleless.has(table) ? rulesOfCreateTable(table, text) : [])),
    notes: new Map(texts.map(([table, text]) => [table, periodNotes(text)])),
  };
}
