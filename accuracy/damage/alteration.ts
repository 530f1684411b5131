import type { Grade, Outcome } from '../../src/compare/difference.ts';
import type { Chain } from '../../src/manifest/chain.ts';
import { type Element, type ElementKind, tableElements } from '../../src/schema/elements.ts';
import type { Column, Snapshot, Table } from '../../src/schema/snapshot.ts';
import type { Random } from '../random.ts';
import type { SqlWriter } from './sql-writer.ts';

/** A difference that must be answered. */
export interface Expectation {
  /** As `portable` writes it; where it ends in `.*`, anything may stand for the star. */
  readonly path: string;
  readonly outcome: Outcome;
  readonly grade: Grade;
}

/** One thing done to a database, and what has to be said of it. */
export interface Alteration {
  /** One message to the server. Only said, not run, where `dump` is given. */
  readonly sql: string;
  /** What is loaded in place of the database's own dump. */
  readonly dump?: string;
  readonly expects: readonly Expectation[];
  /** Whether nothing else may be said that is more than harmless. */
  readonly alone: boolean;
}

/** What an alteration is chosen from. */
export interface Scene {
  readonly random: Random;
  /** The database as it was read; every table of it belongs to the chain. */
  readonly snapshot: Snapshot;
  readonly chain: Chain;
  /** Its SQL text. */
  readonly dump: string;
  readonly sql: SqlWriter;
}

/** Chooses one alteration of a kind; null where the database offers nothing to it, or where what was drawn does not. */
export type Proposer = (scene: Scene) => Alteration | null;

const SEGMENTS: Readonly<Record<ElementKind, string>> = {
  column: 'columns',
  'primary-key': 'primaryKey',
  unique: 'uniques',
  'foreign-key': 'foreignKeys',
  check: 'checks',
  index: 'indexes',
  unmodelled: 'unmodelled',
};

/** The path of something in a table. */
export function pathIn(table: Table, kind: ElementKind, name: string): string {
  return `tables.${table.key}.${SEGMENTS[kind]}.${name}`;
}

/** A name that no chain knows: another one each time. */
export function strangerName(random: Random, what: string): string {
  return `zz_${what}_${random.below(1_000_000)}`;
}

/** A table, and something in it. */
export interface Place<T> {
  readonly table: Table;
  readonly item: T;
}

/** One of all the things that the tables offer. */
export function pickIn<T>(
  { random, snapshot }: Scene,
  offer: (table: Table) => readonly T[],
): Place<T> | undefined {
  return random.pick(snapshot.tables.flatMap((table) => offer(table).map((item) => ({ table, item }))));
}

/** A column that nothing but its own definition fills. */
export function isPlain(column: Column): boolean {
  return column.generated === null && column.identity === null;
}

/** Elements of a kind that no other one in the table has the structure of, so that it is clear which one is missed. */
export function distinctElements(table: Table, kind: ElementKind): Element[] {
  const all = tableElements(table).filter((element) => element.kind === kind);
  return all.filter(
    (element) =>
      all.filter(({ identity, name }) => identity === element.identity || name === element.name).length === 1,
  );
}

/** Whether some revision knows, in this table, a thing of this structure. */
export function isKnown(chain: Chain, table: Table, kind: ElementKind, identity: string): boolean {
  return (chain.tables.get(table.key) ?? []).some(
    ({ value }) => value !== null && hasElement(value, kind, identity),
  );
}

export function hasElement(table: Table, kind: ElementKind, identity: string): boolean {
  return tableElements(table).some((element) => element.kind === kind && element.identity === identity);
}

/**
 * The grade of something that was added, as `docs/formats.md` has it: what some revision knows is its forerunner or leftover; the rest is
 * graded by its kind.
 */
export function gradeOfAddition(known: boolean, otherwise: 'risky' | 'harmless'): Grade {
  return known ? 'blocking' : otherwise;
}
