import { createNamer } from './classify/paths.ts';
import type { Difference } from './classify/verdict.ts';
import { changesFor } from './compare/changes.ts';
import {
  compareStructures,
  type OtherName,
  otherNames,
  rulesBetweenStructures,
  type Structure,
} from './compare/compare-structures.ts';
import { inDatabaseCollation } from './compare/database-collation.ts';
import { mendingSql } from './compare/mending-sql.ts';
import type { Ddl } from './database/ddl.ts';
import { type Chain, expectedAt } from './manifest/chain.ts';
import { liveSnapshot } from './record-live.ts';
import type { ServerInfo, Snapshot } from './schema/snapshot.ts';
import { uniqueSorted } from './util/order.ts';
import type { Workspace } from './workspace.ts';

/** One of two structures that are held against each other. */
export interface Side {
  readonly kind: 'revision' | 'database';
  /** The revision, or what the database was called by; without a password. */
  readonly name: string;
  /** Of a database. */
  readonly server: ServerInfo | null;
}

/** A side with all that is in it. */
export interface SideStructure extends Structure, Pick<Snapshot, 'defaultCollation'> {
  readonly side: Side;
  /** Names of the equivalence rules that changed some text while it was read. */
  readonly rules: readonly string[];
}

/** One difference, as in a report, with the SQL that would make the actual side as the expected one. */
export type DiffEntry = Pick<Difference, 'path' | 'outcome' | 'expected' | 'actual' | 'sql'>;

/** Two structures held against each other. Plain data: `diff --json`. */
export interface Diff {
  readonly format: 1;
  readonly expected: Side;
  readonly actual: Side;
  readonly equal: boolean;
  readonly differences: readonly DiffEntry[];
  /** What is equal but for its name, which is no difference. */
  readonly otherNames: readonly OtherName[];
  readonly rulesUsed: readonly string[];
}

/** What a revision of the chain, by index, expects; -1 is the empty database. */
export function revisionSide(chain: Chain, index: number): SideStructure {
  const side = { kind: 'revision', name: chain.revisions[index]?.name ?? 'base', server: null } as const;
  return { side, rules: [], ...expectedAt(chain, index) };
}

/**
 * What is in the database of a workspace.
 *
 * @param name what it is called in what is said of it.
 * @param chain in whose spelling names are; an empty one where it is held against no revision.
 * @throws AdoptError `DETECT.BLIND`, `DETECT.UNSTABLE`, `CONNECT.*`
 */
export async function databaseSide(workspace: Workspace, name: string, chain: Chain): Promise<SideStructure> {
  const { server, tables, objects, rules, defaultCollation } = await liveSnapshot(workspace, chain);
  return { side: { kind: 'database', name, server }, rules, tables, objects, defaultCollation };
}

/** Where they stand without the default schema, whose name differs from database to database. */
const namer = createNamer({ schemas: [] });

/** The differences between two structures of one family, seen from the expected one. Pure. */
export function diffBetween(expected: SideStructure, actual: SideStructure, ddl: Ddl): Diff {
  const inCollation = inDatabaseCollation(actual);
  const differences = compareStructures(expected, actual).map(({ difference, sides }): DiffEntry => {
    const changes = changesFor(difference, sides)?.map(inCollation) ?? null;
    return {
      path: namer.bare(difference),
      outcome: difference.outcome,
      expected: difference.expected ?? null,
      actual: difference.actual ?? null,
      sql: mendingSql(changes, ddl),
    };
  });
  return {
    format: 1,
    expected: expected.side,
    actual: actual.side,
    equal: differences.length === 0,
    differences,
    otherNames: otherNames(expected, actual),
    rulesUsed: uniqueSorted([
      ...expected.rules,
      ...actual.rules,
      ...rulesBetweenStructures(expected, actual),
    ]),
  };
}
