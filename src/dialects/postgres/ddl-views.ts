import type { ObjectKey } from '../../schema/snapshot.ts';
import { allKnown, executable } from './ddl-expressions.ts';
import { sqlName } from './ddl-names.ts';
import { sections } from './ddl-sections.ts';
import { unambiguousOrder } from './ddl-view-order.ts';
import { readWords } from './ddl-words.ts';
import { quoteIdentifier, quoteLiteral } from './quote.ts';

const LABELS = ['with (', 'default of "', 'trigger "', 'rule "', 'index using ', 'unique index using '];

/** The parts of a view's definition (`objects.ts`). */
interface ViewParts {
  readonly query: string;
  /** `WITH (…)` and a blank; empty where there is none. */
  readonly options: string;
  readonly attachments: readonly string[];
}

function viewParts(definition: string): ViewParts | null {
  const [query = '', ...rest] = sections(definition, LABELS);
  const options = rest[0]?.startsWith('with (') ? rest[0] : null;
  const text = executable(query);
  if (text === null) return null;
  return {
    query: unambiguousOrder(text),
    options: options === null ? '' : `${storageOptions(options)} `,
    attachments: options === null ? rest : rest.slice(1),
  };
}

/** `with (a=b, c=d)` with every value in quotes, which every option takes (manual, storage parameters). */
function storageOptions(text: string): string {
  const items = text.slice('with ('.length, -1).split(', ');
  const quoted = items.map((item) => {
    const at = item.indexOf('=');
    return `${quoteIdentifier(item.slice(0, at))} = ${quoteLiteral(item.slice(at + 1))}`;
  });
  return `WITH (${quoted.join(', ')})`;
}

/** What hangs on the view: defaults of its columns, rules, triggers, and indexes of a materialized one. */
function attachment(key: ObjectKey, text: string): readonly string[] | null {
  const view = sqlName(key);
  const [, column, value] = /^default of ("(?:[^"]|"")*"): (.*)$/s.exec(text) ?? [];
  if (column !== undefined) {
    const expression = executable(value ?? '');
    return expression === null
      ? null
      : [`ALTER VIEW ${view} ALTER COLUMN ${column} SET DEFAULT ${expression}`];
  }
  const [, index, rest] = /^((?:unique )?index) (using .*)$/s.exec(text) ?? [];
  if (index !== undefined && rest !== undefined) {
    const known = executable(rest);
    // The words of an index (`indexes.ts`) are SQL, but for that of one that nobody can ask for.
    return known === null || / invalid$/.test(known)
      ? null
      : [`CREATE ${index.toUpperCase()} ON ${view} ${known}`];
  }
  const words = readWords(key, text, true);
  if (words?.kind !== 'statements') return null;
  // Triggers and rules of views cannot be switched off (manual, ALTER TABLE).
  return words.create.some((statement) => statement.startsWith('ALTER TABLE')) ? null : words.create;
}

function withAttachments(
  key: ObjectKey,
  definition: string,
  create: (parts: ViewParts) => string,
): readonly string[] | null {
  const parts = viewParts(definition);
  const attachments = parts && allKnown(parts.attachments.map((text) => attachment(key, text)));
  return parts && attachments && [create(parts), ...attachments.flat()];
}

/** A view and what hangs on it; null where something of it does not say enough. */
export function createView(key: ObjectKey, definition: string): readonly string[] | null {
  return withAttachments(
    key,
    definition,
    ({ options, query }) => `CREATE VIEW ${sqlName(key)} ${options}AS\n${query}`,
  );
}

/** A materialized view, filled, and what hangs on it; likewise. */
export function createMaterializedView(key: ObjectKey, definition: string): readonly string[] | null {
  return withAttachments(
    key,
    definition,
    ({ options, query }) => `CREATE MATERIALIZED VIEW ${sqlName(key)} ${options}AS\n${query}`,
  );
}
