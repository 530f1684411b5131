import type { CanonicalText, Collation, ColumnDefault } from '../../schema/snapshot.ts';
import { canonicalExpression, type ExpressionContext } from './expression.ts';
import type { Flavor } from './flavor.ts';

/** Named equivalences of this family. A rule is recorded on a snapshot when it changed some text in it. */
export const MYSQL_RULES = [
  'binary-literal',
  'checked-json-text',
  'column-name-case',
  'current-timestamp',
  'expression-form',
  'geometry-collection-name',
  'integer-display-width',
  'mariadb-json',
  'no-action-restrict',
  'numeric-literal',
  'table-name-case',
  'utf8mb3-name',
] as const;
export type RuleName = (typeof MYSQL_RULES)[number];

/** What making a catalog canonical depends on beside the catalog: the server, the session, the database; and the record of rules used. */
export interface CatalogContext {
  readonly flavor: Flavor;
  /** The schema being read, and the one whose objects have unqualified keys. */
  readonly schema: string;
  readonly defaultSchema: string;
  readonly ansiQuotes: boolean;
  /** `lower_case_table_names` is not 0: names of tables differing in case are one table. */
  readonly foldCase: boolean;
  /** `partial_revokes` is on: databases in grants are names, without wildcards. */
  readonly literalGrants: boolean;
  readonly databaseCollation: string;
  /** The default collation of each character set. */
  readonly charsetCollations: ReadonlySet<string>;
  /** Collects the rules that changed something. */
  readonly rules: Set<RuleName>;
  /** Rules that are not to be applied. */
  readonly off: ReadonlySet<string>;
  /** Collects the texts that could not be taken apart. */
  readonly unread: Set<string>;
  readonly memory: Memory;
}

/** What was made canonical already: a schema says the same few things in thousands of columns. */
export interface Memory {
  readonly types: Map<string, CanonicalText>;
  readonly defaults: Map<string, ColumnDefault>;
  readonly collations: Map<string, Collation>;
}

export function emptyMemory(): Memory {
  return { types: new Map(), defaults: new Map(), collations: new Map() };
}

/** What is remembered of `key`, or made now. */
export function remembered<T>(memory: Map<string, T>, key: string, make: () => T): T {
  const known = memory.get(key);
  if (known !== undefined) return known;
  const made = make();
  memory.set(key, made);
  return made;
}

/** Rules that are applied to a whole snapshot: whether one is to be, and who is told of each that made a difference. */
export interface RuleUse {
  applies(rule: RuleName): boolean;
  use(rule: RuleName): void;
}

/** Whether a rule is to be applied. */
export function applies(context: Pick<CatalogContext, 'off'>, rule: RuleName): boolean {
  return !context.off.has(rule);
}

/** The text after a rule, recorded when it is another one than before; the text before where the rule is switched off. */
export function withRule(context: CatalogContext, rule: RuleName, before: string, after: string): string {
  if (before === after || !applies(context, rule)) return before;
  context.rules.add(rule);
  return after;
}

/** How this context reads expressions. */
export function expressionContext(context: CatalogContext): ExpressionContext {
  return {
    ansiQuotes: context.ansiQuotes,
    schema: context.schema,
    escaped: context.flavor.escapesExpressions(),
  };
}

/** An expression's one form, by the rule `expression-form`; its own text where it is not understood, which is recorded too. */
export function expressionText(raw: string, context: CatalogContext): CanonicalText {
  const form = canonicalExpression(raw, expressionContext(context));
  if (form === null) context.unread.add(raw);
  return { raw, canonical: withRule(context, 'expression-form', raw, form ?? raw) };
}

/** `utf8` was the name of `utf8mb3` until MySQL 8.0.28 and MariaDB 10.6 (manuals, utf8mb3): rule `utf8mb3-name`. */
export function collationName(name: string, context: CatalogContext): string {
  return withRule(context, 'utf8mb3-name', name, name.replace(/^utf8_/, 'utf8mb3_'));
}
