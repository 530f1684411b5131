import type { ChainFolder } from './chain-folder.ts';
import { damageDatabase, type KindCount, type Miss } from './damage/apply-damage.ts';
import { type DatabaseResult, type Measured, measureDatabase } from './measure.ts';
import { type NotLoadable, type RecordedChain, recordChain } from './record.ts';
import type { Server } from './scratch.ts';

/** Manifests are recorded on one and met on the other, which may be the same. */
export interface ServerPair {
  readonly record: Server;
  readonly detect: Server;
}

/** What was found out about one chain. */
export interface ChainResult {
  readonly name: string;
  readonly dialect: ChainFolder['dialect'];
  readonly databases: readonly DatabaseResult[];
  readonly notLoadable: readonly NotLoadable[];
  readonly damage: readonly KindCount[];
  readonly misses: readonly Miss[];
  readonly seconds: number;
}

export interface DamageOptions {
  readonly times: number;
  readonly seed: number;
}

/** Only a database whose truth is a revision, and that has something to damage. */
function isDamageable({ result, sighting }: Measured): boolean {
  return result.revisions.length > 0 && sighting.observation.snapshot.tables.length > 0;
}

function addCounts(into: Map<string, KindCount>, counts: readonly KindCount[]): void {
  for (const { kind, applied, right } of counts) {
    const sum = into.get(kind) ?? { kind, applied: 0, right: 0 };
    into.set(kind, { kind, applied: sum.applied + applied, right: sum.right + right });
  }
}

/** A dump that the recording server did not take leaves nothing to hold the database against. */
function isRecorded(recorded: RecordedChain, dump: string): boolean {
  return recorded.notLoadable.every((one) => one.dump !== dump);
}

/** Records a chain, judges each of its databases, and damages them if asked to. */
export async function runChain(
  folder: ChainFolder,
  { record, detect }: ServerPair,
  { times, seed }: DamageOptions,
  signal: AbortSignal,
): Promise<ChainResult> {
  const start = performance.now();
  const recorded = await recordChain(folder, record, signal);
  const databases: DatabaseResult[] = [];
  const notLoadable = [...recorded.notLoadable];
  const damage = new Map<string, KindCount>();
  const misses: Miss[] = [];
  for (const truth of folder.databases.filter(({ dump }) => isRecorded(recorded, dump))) {
    signal.throwIfAborted();
    const outcome = await measureDatabase(folder, truth, recorded, detect);
    if ('refused' in outcome) {
      notLoadable.push({ dump: truth.dump, server: 'detecting', message: outcome.refused });
    } else if ('failed' in outcome) {
      databases.push(outcome.failed);
    } else {
      databases.push(outcome.result);
      if (times === 0 || !isDamageable(outcome)) continue;
      const subject = { folder, measured: outcome, recorded, server: detect };
      const done = await damageDatabase(subject, { times, seed, signal });
      addCounts(damage, done.kinds);
      misses.push(...done.misses);
    }
  }
  return {
    name: folder.name,
    dialect: folder.dialect,
    databases,
    notLoadable,
    damage: [...damage.values()].sort((a, b) => (a.kind < b.kind ? -1 : 1)),
    misses,
    seconds: Math.round((performance.now() - start) / 100) / 10,
  };
}
