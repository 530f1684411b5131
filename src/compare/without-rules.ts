import { type Element, tableElements } from '../schema/elements.ts';
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

/**
 * The items as another reading of the same catalog has them, in the places they have here: those that are told by the same text, then what is
 * left of both, in order; several of one text pair in order too.
 */
function inPlace<T>(items: readonly T[], other: readonly T[], textOf: (item: T) => string): readonly T[] {
  const byText = new Map<string, T[]>();
  for (const item of other) byText.set(textOf(item), [...(byText.get(textOf(item)) ?? []), item]);
  const known = new Set(items.map(textOf));
  const left = other.filter((item) => !known.has(textOf(item)));
  return items.map((item) => byText.get(textOf(item))?.shift() ?? left.shift() ?? item);
}

const nameOf = ({ name }: { readonly name: string }) => name;

/** A table as another reading of the same catalog has it, each list with the items of this one in the same places. */
function asReadBy(other: Table | undefined, table: Table): Table {
  if (other === undefined) return table;
  return {
    ...other,
    columns: inPlace(table.columns, other.columns, nameOf),
    uniques: inPlace(table.uniques, other.uniques, nameOf),
    foreignKeys: inPlace(table.foreignKeys, other.foreignKeys, nameOf),
    checks: inPlace(table.checks, other.checks, nameOf),
    indexes: inPlace(table.indexes, other.indexes, nameOf),
    unmodelled: inPlace(table.unmodelled, other.unmodelled, (words) => words),
  };
}

const placeOf = ({ kind, position }: Element) => `${kind} ${position}`;

/** What of an element a rule may change: of a column its name too, which is no part of its value. */
const readingOf = ({ kind, name, value }: Element) => (kind === 'column' ? `${name}\n${value}` : value);

/** The places whose elements are not as they are in the other reading, and `table` where its key is not. */
function placesApart(table: Table, other: Table): ReadonlySet<string> {
  const readings = new Map(tableElements(other).map((element) => [placeOf(element), readingOf(element)]));
  const places = tableElements(table).flatMap((element) =>
    readings.get(placeOf(element)) === readingOf(element) ? [] : [placeOf(element)],
  );
  return new Set(table.key === other.key ? places : ['table', ...places]);
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
  const isApart = (other: SchemaObject | undefined) =>
    other !== undefined && (other.definition !== object.definition || other.key !== object.key);
  if (all === undefined || !isApart(all)) return object;
  const own = alone.filter(({ object: other }) => isApart(other));
  const rules = (own.length > 0 ? own : alone).map(({ rule }) => rule);
  return { ...all, strict: { canonical: object, rules } };
}

/** The names that a server keeps are the same in every reading; keys may be a rule's. */
const idOf = ({ schema, name }: Table | SchemaObject) => `${schema}\n${name}`;
const tablesOf = (snapshot: Snapshot | undefined) =>
  new Map(snapshot?.tables.map((table) => [idOf(table), table]) ?? []);
const objectId = (object: SchemaObject) => `${object.kind}\n${idOf(object)}\n${object.key.toLowerCase()}`;
const objectsOf = (snapshot: Snapshot | undefined) =>
  new Map(snapshot?.objects.map((object) => [objectId(object), object]) ?? []);

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
        allTables.get(idOf(table)),
        aloneTables.map(({ rule, tables }) => ({ rule, table: tables.get(idOf(table)) })),
      ),
    ),
    objects: snapshot.objects.map((object) =>
      strictObject(
        object,
        allObjects.get(objectId(object)),
        aloneObjects.map(({ rule, objects }) => ({ rule, object: objects.get(objectId(object)) })),
      ),
    ),
    rules: snapshot.rules.filter((rule) => !off.includes(rule)),
  };
}

/** The rules, of those switched off, that an element of a strict table rests on. */
export function rulesOfElement(table: Table, element: Element): readonly string[] {
  return table.strict?.rules.get(placeOf(element)) ?? [];
}
