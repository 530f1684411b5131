import { COMPARE_RULES } from './compare/rules.ts';
import { MYSQL_RULES } from './dialects/mysql/context.ts';
import { POSTGRES_RULES } from './dialects/postgres/rules.ts';
import { AdoptError } from './errors.ts';
import { uniqueSorted } from './util/order.ts';

/** Every equivalence by its name, of all families: one configuration may serve several. Each is explained in `docs/formats.md`. */
export const EQUIVALENCE_RULES: readonly string[] = uniqueSorted([
  ...Object.values(COMPARE_RULES),
  ...POSTGRES_RULES,
  ...MYSQL_RULES,
]);

/** The rules given, each once, sorted. @throws AdoptError `USAGE.INVALID` when there is none of such a name. */
export function requireRules(rules: readonly string[]): readonly string[] {
  const unknown = rules.find((rule) => !EQUIVALENCE_RULES.includes(rule));
  if (unknown === undefined) return uniqueSorted(rules);
  throw new AdoptError('USAGE.INVALID', `There is no equivalence rule "${unknown}".`, {
    hint: `The rules are: ${EQUIVALENCE_RULES.join(', ')}.`,
  });
}
