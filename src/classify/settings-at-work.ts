import type { ServerSetting } from '../database/server-setting.ts';
import { type Chain, tableAt, type Variant } from '../manifest/chain.ts';
import type { GradedDifference, Matcher } from './matcher.ts';
import { differenceName, type Namer } from './paths.ts';
import type { Verdict } from './verdict.ts';

/**
 * The settings of the server that may be why a database differs from a revision (by index; or a variant of it), each with the differences that
 * it explains. They are differences all the same: whether a column was made under another setting, or changed by hand, its structure does
 * not tell.
 */
export function settingsAtWork(
  settings: readonly ServerSetting[],
  chain: Chain,
  matcher: Matcher,
  index: number,
  variant: Variant | null,
  found: readonly GradedDifference[],
  namer: Namer,
): Verdict['settings'] {
  const columns = found.filter(({ kind, outcome }) => kind === 'column' && outcome === 'different');
  return settings.flatMap(({ name, value, effect, explains }) => {
    const differences = columns
      .filter((difference) => {
        const named = (one: { readonly name: string }) => one.name === difference.name;
        const expected = tableAt(chain, difference.owner, index, variant)?.columns.find(named);
        const actual = matcher.tableOf(difference.owner).there?.actual.columns.find(named);
        return expected !== undefined && actual !== undefined && explains(expected, actual);
      })
      .map((difference) => differenceName({ path: namer.path(difference) }));
    return differences.length === 0 ? [] : [{ name, value, effect, differences }];
  });
}
