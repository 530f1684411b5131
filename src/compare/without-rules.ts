import { type Element, objectIdentity, tableElements } from '../schema/elements.ts';
import type { SchemaObject, Snapshot, Table } from '../schema/snapshot.ts';
import { COMPARE_RULES } from './rules.ts';

/*
 * Rules can be switched off. A manifest holds canonical forms only, and which rules made them when it was recorded is not known, so a rule is
 * switched off on the side of the database: what it has as it reads without the rule is held against what the manifest says (ADR 6).
 */

const COMPARING: ReadonlySet<string> = new Set(Object.values(COMPARE_RULES));

/**
 * The sets of rules without which a catalog has to be made canonical, so that {@link withoutRules} can tell which rule a thing rests on: all
 * of them at once, then, of several, each alone. None where nothing is switched off, or only rules of comparing.
 */
export function readingsWithout(off: readonly string[]): readonly ReadonlySet<string>[] {
  const rules = off.filter((rule) => !COMPARING.has(rule));
  if (rules.length === 0) return [];
  return rules.length === 1 ? [new Set(rules)] : [new Set(rules), ...rules.map((rule) => new Set([rule]))];
}

/** The items as another reading of the same catalog has them, in the places they have here. */
function inPlace<T extends { readonly name: string }>(
  items: readonly T[],
  other: readonly T[],
): readonly T[] {
  const byName = new Map(other.map((item) => [item.name, item]));
  return items.map((item) => byName.get(item.name) ?? item);
}

/** Words have no name: what the two readings share is itself, and the rest are paired in order. */
function wordsInPlace(words: readonly string[], other: readonly string[]): readonly string[] {
  const left = other.filter((text) => !words.includes(text));
  return words.map((text) => (other.includes(text) ? text : (left.shift() ?? text)));
}

/** A table as another reading of the same catalog has it, each list with the items of this one in the same places. */
function asReadBy(other: Table | undefined, table: Table): Table {
  if (other === undefined) return table;
  return {
    ...other,
    columns: inPlace(table.columns, other.columns),
    uniques: inPlace(table.uniques, other.uniques),
    foreignKeys: inPlace(table.foreignKeys, other.foreignKeys),
    checks: inPlace(table.checks, other.checks),
    indexes: inPlace(table.indexes, other.indexes),
    unmodelled: wordsInPlace(table.unmodelled, other.unmodelled),
  };
}

const placeOf = ({ kind, position }: Element) => `${kind} ${position}`;

/** The places whose elements are not as they are in the other reading. */
function placesApart(table: Table, other: Table): ReadonlySet<string> {
  const values = new Map(tableElements(other).map((element) => [placeOf(element), element.value]));
  return new Set(
    tableElements(table).flatMap((element) =>
      values.get(placeOf(element)) === element.value ? [] : [placeOf(element)],
    ),
  );
}

interface RuleReading {
  readonly rule: string;
  readonly snapshot: Snapshot;
}

function strictTable(
  table: Table,
  off: readonly string[],
  all: Table | undefined,
  alone: readonly { readonly rule: string; readonly table: Table | undefined }[],
): Table {
  const strict = asReadBy(all, table);
  const apart = alone.map(({ rule, table: other }) => ({
    rule,
    places: placesApart(table, asReadBy(other, table)),
  }));
  const rules = new Map(
    [...placesApart(table, strict)].map((place) => {
      const own = apart.filter(({ places }) => places.has(place));
      // Two rules that make up for each other change nothing alone.
      return [place, (own.length > 0 ? own : apart).map(({ rule }) => rule)];
    }),
  );
  return { ...strict, strict: { off, canonical: table, rules } };
}

function strictObject(
  object: SchemaObject,
  all: SchemaObject | undefined,
  alone: readonly { readonly rule: string; readonly object: SchemaObject | undefined }[],
): SchemaObject {
  if (all === undefined || all.definition === object.definition) return object;
  const own = alone.filter(({ object: other }) => other?.definition !== object.definition);
  const rules = (own.length > 0 ? own : alone).map(({ rule }) => rule);
  return { ...all, strict: { canonical: object.definition, rules } };
}

const tablesOf = (snapshot: Snapshot | undefined) =>
  new Map(snapshot?.tables.map((table) => [table.key, table]) ?? []);
const objectsOf = (snapshot: Snapshot | undefined) =>
  new Map(snapshot?.objects.map((object) => [objectIdentity(object), object]) ?? []);

/**
 * A snapshot that is held to expectations without some of the rules: what reads otherwise without them is as it reads without them, each such
 * thing with the rules it rests on.
 *
 * @param off names of rules; none gives the snapshot itself.
 * @param readings of the same catalog, for {@link readingsWithout} of these rules, in that order.
 */
export function withoutRules(
  snapshot: Snapshot,
  off: readonly string[],
  readings: readonly Snapshot[],
): Snapshot {
  if (off.length === 0) return snapshot;
  const [all, ...each] = readings;
  const rules = off.filter((rule) => !COMPARING.has(rule));
  const alone = (rules.length === 1 && all !== undefined ? [all] : each).map(
    (reading, at): RuleReading => ({ rule: rules[at] ?? '', snapshot: reading }),
  );
  const [allTables, allObjects] = [tablesOf(all), objectsOf(all)];
  const aloneTables = alone.map((one) => ({ rule: one.rule, tables: tablesOf(one.snapshot) }));
  const aloneObjects = alone.map((one) => ({ rule: one.rule, objects: objectsOf(one.snapshot) }));
  return {
    ...snapshot,
    tables: snapshot.tables.map((table) =>
      strictTable(
        table,
        off,
        allTables.get(table.key),
        aloneTables.map(({ rule, tables }) => ({ rule, table: tables.get(table.key) })),
      ),
    ),
    objects: snapshot.objects.map((object) =>
      strictObject(
        object,
        allObjects.get(objectIdentity(object)),
        aloneObjects.map(({ rule, objects }) => ({ rule, object: objects.get(objectIdentity(object)) })),
      ),
    ),
    rules: snapshot.rules.filter((rule) => !off.includes(rule)),
  };
}

/** The rules, of those switched off, that an element of a strict table rests on. */
export function rulesOfElement(table: Table, element: Element): readonly string[] {
  return table.strict?.rules.get(placeOf(element)) ?? [];
}
