import { differencesFrom } from '../../src/classify/classify.ts';
import { indexOfRevision } from '../../src/manifest/chain.ts';
import type { ChainFolder } from '../chain-folder.ts';
import { answerOf, type Measured, type PrintedDifference, printed } from '../measure.ts';
import { observeScratch, type Sighting } from '../observe.ts';
import { type Random, randomFor } from '../random.ts';
import { errorText, type RecordedChain } from '../record.ts';
import { type Server, withScratch } from '../scratch.ts';
import type { Alteration, Scene } from './alteration.ts';
import { faultIn, withoutRepeats } from './judge-damage.ts';
import { KINDS } from './kinds.ts';
import { sqlWriterFor } from './sql-writer.ts';

/** A damage that was not answered as it should have been. */
export interface Miss {
  readonly chain: string;
  readonly revision: string;
  readonly kind: string;
  readonly sql: string;
  /** What is wrong with the answer. */
  readonly fault: string;
  readonly answer: string;
  /** The first of what was said against the true revision. */
  readonly differences: readonly PrintedDifference[];
}

/** How many damages of a kind, and how many of them were answered right. */
export interface KindCount {
  readonly kind: string;
  readonly applied: number;
  readonly right: number;
}

/** Of one database. */
export interface DamageResult {
  readonly kinds: readonly KindCount[];
  readonly misses: readonly Miss[];
}

/** How many draws one damage may take: a kind may find nothing here, and a server refuses some statements. */
const MOST_DRAWS = 60;

interface Subject {
  readonly folder: ChainFolder;
  readonly measured: Measured;
  readonly recorded: RecordedChain;
  readonly server: Server;
}

interface Applied {
  readonly kind: string;
  readonly alteration: Alteration;
  /** How the damaged database is seen; a text where it could not be read. */
  readonly sighting: Sighting | string;
}

function sceneOf({ measured, recorded, server }: Subject, random: Random): Scene {
  return {
    random,
    snapshot: measured.sighting.observation.snapshot,
    chain: recorded.chain,
    dump: measured.sql,
    sql: sqlWriterFor(server.dialect),
  };
}

/**
 * Draws alterations until one can be made, and makes it on a fresh copy.
 *
 * A statement that fails leaves the copy as it was: each is one message, so one transaction on PostgreSQL and one statement on the MySQL family.
 */
async function applyOne(subject: Subject, random: Random): Promise<Applied | null> {
  const { server, measured } = subject;
  const scene = sceneOf(subject, random);
  for (let draws = 0; draws < MOST_DRAWS; ) {
    const applied = await withScratch(server, async (scratch): Promise<Applied | 'reload' | null> => {
      let loaded = false;
      for (; draws < MOST_DRAWS; draws += 1) {
        const kind = random.pick(KINDS);
        const alteration = kind?.propose(scene);
        if (kind === undefined || alteration === null || alteration === undefined) continue;
        const own = alteration.dump !== undefined;
        if (own && loaded) continue;
        try {
          if (!loaded) await scratch.load(alteration.dump ?? measured.sql);
          loaded = true;
          if (!own) await scratch.run(alteration.sql);
        } catch (error) {
          if (own) return 'reload';
          if (!loaded) throw error;
          continue;
        }
        const sighting = await observeScratch(scratch, server, subject.recorded.chain).catch(errorText);
        return { kind: kind.name, alteration, sighting };
      }
      return null;
    });
    if (applied !== 'reload') return applied;
    draws += 1;
  }
  return null;
}

function missOf(subject: Subject, { kind, alteration, sighting }: Applied): Miss | null {
  const { folder, measured, recorded } = subject;
  const truth = measured.result.revisions;
  const revision = truth[0] ?? '';
  const miss = { chain: folder.name, revision, kind, sql: alteration.sql };
  if (typeof sighting === 'string') {
    return { ...miss, fault: 'not read', answer: sighting, differences: [] };
  }
  const index = indexOfRevision(recorded.chain, revision);
  const against = ({ observation: { snapshot, facts } }: Sighting) =>
    printed(differencesFrom(recorded.chain, snapshot, index), facts.defaultSchema);
  const before = new Set(against(measured.sighting).map((one) => JSON.stringify(one)));
  const differences = withoutRepeats(
    against(sighting).filter((one) => !before.has(JSON.stringify(one))),
    sighting.observation.snapshot.tables,
  );
  try {
    const verdict = sighting.judge(recorded.chain, recorded.revisions);
    const fault = faultIn(alteration, truth, { candidates: verdict.candidates, differences });
    if (fault === null) return null;
    return { ...miss, fault, answer: answerOf(verdict), differences: differences.slice(0, 4) };
  } catch (error) {
    return { ...miss, fault: 'not judged', answer: errorText(error), differences: [] };
  }
}

/**
 * Damages one database a number of times, each time another copy of it, and checks each answer. The same seed, chain and dump are damaged in
 * the same way.
 */
export async function damageDatabase(
  subject: Subject,
  { times, seed, signal }: { readonly times: number; readonly seed: number; readonly signal: AbortSignal },
): Promise<DamageResult> {
  const counts = new Map<string, { applied: number; right: number }>();
  const misses: Miss[] = [];
  for (let time = 0; time < times; time += 1) {
    signal.throwIfAborted();
    const random = randomFor(seed, subject.folder.name, subject.measured.result.dump, time);
    const applied = await applyOne(subject, random);
    if (applied === null) continue;
    const miss = missOf(subject, applied);
    const count = counts.get(applied.kind) ?? { applied: 0, right: 0 };
    counts.set(applied.kind, {
      applied: count.applied + 1,
      right: count.right + (miss === null ? 1 : 0),
    });
    if (miss !== null) misses.push(miss);
  }
  return { kinds: [...counts].map(([kind, count]) => ({ kind, ...count })), misses };
}
