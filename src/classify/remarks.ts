import { rulesBetween } from '../compare/compare-table.ts';
import { type Chain, knowsObject, knowsTable, type Variant } from '../manifest/chain.ts';
import { objectIdentity } from '../schema/elements.ts';
import type { Snapshot, Table } from '../schema/snapshot.ts';
import { uniqueSorted } from '../util/order.ts';
import type { Matcher } from './matcher.ts';
import type { Namer } from './paths.ts';
import { visitTables } from './score-revisions.ts';

/*
 * What a verdict says beside the differences: what it took to call the rest equal, what could not be looked into, and what is nobody's.
 */

/** The equivalences that a verdict rests on: those of reading, and those of comparing with a revision (by index), or with a variant of it. */
export function rulesUsed(
  snapshot: Snapshot,
  matcher: Matcher,
  index: number,
  variant: Variant | null,
): string[] {
  const rules = new Set(snapshot.rules);
  visitTables(matcher, index, variant, ({ there }, expected) => {
    if (expected === null || there === null) return;
    for (const rule of rulesBetween(expected, there.table)) rules.add(rule);
  });
  return uniqueSorted(rules);
}

const hasUnmodelled = (table: Table) => table.unmodelled.length > 0 || table.unread !== undefined;

/**
 * Of what is expected at a revision (by index), or at a variant of it, or the database holds in its place: what was seen and is compared only as
 * words.
 */
export function unmodelled(
  { chain, snapshot }: { readonly chain: Chain; readonly snapshot: Snapshot },
  matcher: Matcher,
  namer: Namer,
  index: number,
  variant: Variant | null,
): string[] {
  const found = new Set<string>();
  const add = (key: string, table: Table | null) => {
    if (table === null || !hasUnmodelled(table)) return;
    for (const words of table.unmodelled) found.add(`${namer.table(key)}: ${words}`);
    for (const text of table.unread ?? []) found.add(`${namer.table(key)}: text beyond our grammar: ${text}`);
  };
  visitTables(matcher, index, variant, ({ key }, expected) => add(key, expected));
  for (const table of snapshot.tables)
    if (hasUnmodelled(table) && knowsTable(chain, table.key)) add(table.key, table);
  for (const object of snapshot.objects) {
    if (object.unread === true && knowsObject(chain, objectIdentity(object)))
      found.add(`${object.schema}.${object.name}: ${object.kind} beyond our grammar`);
  }
  return uniqueSorted(found);
}

/** What is there and no revision knows, nor a variant of one. */
export function unmanaged(chain: Chain, matcher: Matcher, namer: Namer): string[] {
  return uniqueSorted(
    matcher.strangers.flatMap((difference) => {
      const { kind, owner, kinds } = difference;
      if (kinds !== undefined) return [];
      const stranger =
        kind === 'table' ? !knowsTable(chain, owner) : kind === 'object' && !knowsObject(chain, owner);
      return stranger ? [namer.path(difference)[1] ?? ''] : [];
    }),
  );
}
