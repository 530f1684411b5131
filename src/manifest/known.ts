import type { KnownStructure } from '../database/known.ts';
import type { Chain, Timeline } from './chain.ts';

function versions<T>(
  timelines: ReadonlyMap<string, Timeline<T>>,
  variants: readonly ReadonlyMap<string, T | null>[],
): ReadonlyMap<string, readonly T[]> {
  const all = new Map<string, T[]>();
  const add = (key: string, value: T | null) => {
    const list = all.get(key) ?? [];
    if (list.length === 0) all.set(key, list);
    if (value !== null) list.push(value);
  };
  for (const [key, timeline] of timelines) for (const { value } of timeline) add(key, value);
  for (const variant of variants) for (const [key, value] of variant) add(key, value);
  return all;
}

/** Every version of everything that a chain ever expects, in its order; those of variants last. */
export function knownStructure({ tables, objects, variants }: Chain): KnownStructure {
  return {
    tables: versions(
      tables,
      variants.map((variant) => variant.tables),
    ),
    objects: versions(
      objects,
      variants.map((variant) => variant.objects),
    ),
  };
}
