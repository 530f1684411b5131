/** The equivalences of this dialect, by the names that reports list; each is measured (`versions.md` part A). */
export const POSTGRES_RULES = [
  'array-cast',
  'at-time-zone',
  'call-argument-cast',
  'current-timestamp',
  'date-part',
  'literal-cast',
  'null-default',
  'numeric-literal',
  'random-uuid',
  'similar-to',
  'sql-call',
  'view-prefix',
] as const;
export type PostgresRule = (typeof POSTGRES_RULES)[number];

/** Collects the rules that changed some text, and the texts that could not be read; a plain `Set` where only the former is asked for. */
export interface RuleSet {
  add(rule: PostgresRule): unknown;
  /** Rules that are not to be applied. */
  readonly off?: ReadonlySet<string>;
  /** Canonical texts that could not be taken apart. */
  readonly unread?: Set<string>;
  /** The schema of the extension `pgcrypto`, where there is one. */
  readonly cryptoSchema?: string | null;
}

/** Whether a rule is to be applied. */
export function applies(rules: RuleSet, rule: PostgresRule): boolean {
  return rules.off?.has(rule) !== true;
}
