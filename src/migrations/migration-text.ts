import { UNSAFE_CHARACTERS } from '../util/unsafe-characters.ts';

/** How a migration is written: as its extension and its project want it. */
export type ModuleKind = 'typescript' | 'esm' | 'commonjs';

/** A line of a migration: a statement that is sent as it is, or something that only readers see. */
export type MigrationLine =
  | { readonly kind: 'statement'; readonly sql: string }
  | { readonly kind: 'comment'; readonly text: string };

/** What a migration does. */
export interface MigrationBody {
  readonly up: readonly MigrationLine[];
  readonly down: readonly MigrationLine[];
}

const hexadecimal = (character: string) =>
  `\\u${(character.codePointAt(0) ?? 0).toString(16).padStart(4, '0')}`;

/** A text as JavaScript: in the quotes that take the fewest escapes; over several lines where it has them. */
function stringLiteral(text: string): string {
  const escaped = text.replaceAll('\\', '\\\\');
  if (text.includes('\n')) {
    const safe = escaped.replace(/`|\$\{/g, '\\$&');
    return `\`${safe.replace(UNSAFE_CHARACTERS, (one) => (one === '\n' ? one : hexadecimal(one)))}\``;
  }
  const times = (quote: string) => text.split(quote).length;
  const quote = times("'") <= times('"') ? "'" : '"';
  return quote + escaped.replaceAll(quote, `\\${quote}`).replace(UNSAFE_CHARACTERS, hexadecimal) + quote;
}

function lineText(line: MigrationLine): string {
  return line.kind === 'statement'
    ? `  await knex.raw(${stringLiteral(line.sql)});\n`
    : `  // ${line.text.replace(UNSAFE_CHARACTERS, hexadecimal)}\n`;
}

const FRAMES: Readonly<Record<ModuleKind, (up: string, down: string) => string>> = {
  typescript: (up, down) => `import type { Knex } from 'knex';

export async function up(knex: Knex): Promise<void> {
${up}}

export async function down(knex: Knex): Promise<void> {
${down}}
`,
  esm: (up, down) => `/** @param {import('knex').Knex} knex */
export async function up(knex) {
${up}}

/** @param {import('knex').Knex} knex */
export async function down(knex) {
${down}}
`,
  commonjs: (up, down) => `/** @param {import('knex').Knex} knex */
exports.up = async function up(knex) {
${up}};

/** @param {import('knex').Knex} knex */
exports.down = async function down(knex) {
${down}};
`,
};

/** The text of a migration. Whatever is in a name or a statement, it is one that runs, and shows itself for what it is. */
export function migrationText(kind: ModuleKind, { up, down }: MigrationBody): string {
  return FRAMES[kind](up.map(lineText).join(''), down.map(lineText).join(''));
}

/**
 * A statement as `knex.raw` is given it, so that the server gets it as it is; null where there is no way. Where Knex numbers values it takes
 * every `?` for one but `\?`, and keeps no backslash that stands before it (`positionBindings` of its PostgreSQL client, 3.3.0).
 */
export function rawStatement(sql: string, placeholders: 'numbered' | 'question-marks'): string | null {
  if (placeholders === 'question-marks') return sql;
  return sql.includes('\\?') ? null : sql.replaceAll('?', '\\?');
}
