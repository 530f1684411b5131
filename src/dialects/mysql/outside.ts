import { codeOnly } from '../../util/code-only.ts';
import { MYSQL_SYNTAXES } from './ask.ts';
import { SCRATCH_PREFIX } from './scratch.ts';

/** What is the server's and not a database's. */
const SHARED =
  /\b(?:create|alter|drop|rename)\s+(?:or\s+replace\s+)?(?:user|role)\b|^\s*(?:grant|revoke|flush|use|install|uninstall)\b|\bset\s+(?:global|persist|password)\b|@@(?:global|persist)\.\w+\s*:?=/i;

const DATABASE =
  /\b(?:create|alter|drop)\s+(?:or\s+replace\s+)?(?:database|schema)\s+(?:if\s+(?:not\s+)?exists\s+)?`?(\w*)/gi;

const READS = /^\s*(?:select|show|explain|describe|desc)\b/i;

const pattern = (text: string) => text.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&');

/**
 * Whether a statement may change something outside of the scratch database that it is sent to: one of these databases, another one that is no
 * scratch database, or what is the server's.
 *
 * @param others databases that are not to be touched.
 */
export function mayReachOutside(sql: string, others: readonly string[]): boolean {
  const named = others.map(
    (name) =>
      new RegExp(`(?:\`${pattern(name.replaceAll('`', '``'))}\`|(?<![\\w$\`])${pattern(name)})\\s*\\.`, 'i'),
  );
  return MYSQL_SYNTAXES.map((syntax) => codeOnly(sql, syntax)).some((code) =>
    code.split(';').some((statement) => {
      if (READS.test(statement)) return false;
      if (SHARED.test(statement) || named.some((name) => name.test(statement))) return true;
      return [...statement.matchAll(DATABASE)].some(([, name = '']) => !name.startsWith(SCRATCH_PREFIX));
    }),
  );
}
