import { equalElements } from '../compare/equal-elements.ts';
import type { Chain, Timeline } from '../manifest/chain.ts';
import { type Element, isGround, objectIdentity, tableElements } from '../schema/elements.ts';
import type { Snapshot, Table } from '../schema/snapshot.ts';

/** What one thing was, and from which revision (by index) on. */
interface Since<T> {
  readonly from: number;
  readonly value: T;
}

/** Every form that a thing had up to a revision, those of accepted variants too, the earliest first; without the times at which it was not there. */
function formsOf<T>(
  timeline: Timeline<T> | undefined,
  variants: readonly { readonly of: number; readonly value: T | null | undefined }[],
  upTo: number,
): readonly Since<T>[] {
  const versions = (timeline ?? []).map(({ from, value }) => ({ from, value }));
  const others = variants.map(({ of, value }) => ({ from: of, value: value ?? null }));
  return [...versions, ...others]
    .flatMap(({ from, value }) => (value === null || from > upTo ? [] : [{ from, value }]))
    .sort((a, b) => a.from - b.from);
}

const idOf = ({ kind, identity }: Element) => `${kind}\n${identity}`;

const elementsById = (table: Table): ReadonlyMap<string, Element> =>
  new Map(tableElements(table).map((element) => [idOf(element), element]));

/** The last revision at which the table, or something in it, was first as it is there; -1 where nothing ever was. */
function lastOfTable(table: Table, forms: readonly Since<Table>[]): number {
  const [first] = forms;
  if (first === undefined) return -1;
  const open = new Map(elementsById(table));
  let last = first.from;
  for (const { from, value } of forms) {
    if (open.size === 0) break;
    const expected = elementsById(value);
    for (const [id, element] of open) {
      const one = expected.get(id);
      if (one === undefined || !equalElements(value, one, table, element)) continue;
      open.delete(id);
      last = Math.max(last, from);
    }
  }
  return last;
}

/**
 * The last revision (by index) up to this one of which a database itself shows something: it holds a thing as that revision made it, and as no
 * earlier one did. Migrations below have had their turn, whether or not a schema tells of them. -1 where it holds nothing of any.
 *
 * What is *not* there shows nothing: a thing that a migration takes away may have been lost, or never made. Nor does what is again as it once was,
 * or a schema or an extension, which are often made ahead.
 */
export function lastShown(
  { chain, snapshot }: { readonly chain: Chain; readonly snapshot: Snapshot },
  upTo: number,
): number {
  const { variants } = chain;
  const tables = snapshot.tables.map((table) => {
    const others = variants.map((variant) => ({ of: variant.of, value: variant.tables.get(table.key) }));
    return lastOfTable(table, formsOf(chain.tables.get(table.key), others, upTo));
  });
  const objects = snapshot.objects.map((object) => {
    if (isGround(object)) return -1;
    const identity = objectIdentity(object);
    const others = variants.map((variant) => ({ of: variant.of, value: variant.objects.get(identity) }));
    const forms = formsOf(chain.objects.get(identity), others, upTo);
    return forms.find(({ value }) => value.definition === object.definition)?.from ?? -1;
  });
  return [...tables, ...objects].reduce((last, one) => Math.max(last, one), -1);
}
