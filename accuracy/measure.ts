import { differencesFrom } from '../src/classify/classify.ts';
import type { Difference, Verdict } from '../src/classify/verdict.ts';
import { indexOfRevision } from '../src/manifest/chain.ts';
import { type ChainFolder, type KnownDatabase, readDump } from './chain-folder.ts';
import { type DumpDifference, dumpDifference } from './dump-difference.ts';
import { observeScratch, type Sighting } from './observe.ts';
import { portable } from './paths.ts';
import { errorText, type RecordedChain, withDump } from './record.ts';
import type { Server } from './scratch.ts';

/** A true revision that was not among the candidates, or a database that could not be judged at all. */
export interface Exclusion {
  readonly revision: string;
  /** What was answered instead. */
  readonly answer: string;
  readonly differences: readonly PrintedDifference[];
}

/** A difference as the report of this tool shows it: a scratch database's own name is left out of its path. */
export interface PrintedDifference extends Pick<Difference, 'outcome' | 'grade' | 'expected' | 'actual'> {
  readonly path: string;
}

/** A candidate whose dump is another one. */
export interface Inclusion extends DumpDifference {
  readonly revision: string;
}

/** What was said of one database. */
export interface DatabaseResult {
  readonly dump: string;
  /** Its true revisions; empty for the database before the first migration. */
  readonly revisions: readonly string[];
  readonly candidates: readonly string[];
  readonly excluded: readonly Exclusion[];
  /** Candidates whose dumps say that they are other schemas. */
  readonly included: readonly Inclusion[];
  /** Candidates whose dumps differ only in what makes no other schema. */
  readonly alike: readonly Inclusion[];
}

/** A database that was judged, with what a further look at it needs. */
export interface Measured {
  readonly result: DatabaseResult;
  readonly sql: string;
  readonly sighting: Sighting;
}

export function printed(differences: readonly Difference[], defaultSchema: string): PrintedDifference[] {
  return differences.map(({ path, outcome, grade, expected, actual }) => ({
    path: portable(path, defaultSchema),
    outcome,
    grade,
    expected,
    actual,
  }));
}

/** What a verdict says in one word or two. */
export function answerOf(verdict: Verdict): string {
  return verdict.candidates.length === 0
    ? `${verdict.state}, nearest ${verdict.nearest[0]?.revision ?? 'none'}`
    : `${verdict.state} at ${verdict.candidates.join(' or ')}`;
}

function exclusions(
  verdict: Verdict,
  truth: KnownDatabase,
  { chain }: RecordedChain,
  { observation: { snapshot, facts } }: Sighting,
): Exclusion[] {
  const answer = answerOf(verdict);
  const empty = snapshot.tables.length === 0 && snapshot.objects.length === 0;
  if (truth.before && empty) {
    const right =
      verdict.state === 'fresh' || truth.revisions.some((one) => verdict.candidates.includes(one));
    return right ? [] : [{ revision: 'before the first', answer, differences: [] }];
  }
  return truth.revisions
    .filter((revision) => !verdict.candidates.includes(revision))
    .map((revision) => {
      const all = differencesFrom(chain, snapshot, indexOfRevision(chain, revision));
      const blocking = all.filter(({ grade }) => grade === 'blocking');
      return { revision, answer, differences: printed(blocking, facts.defaultSchema) };
    });
}

/** Of a database that could not be read or judged. */
function failure({ dump, revisions }: KnownDatabase, answer: string): DatabaseResult {
  const names = revisions.length > 0 ? revisions : ['before the first'];
  const excluded = names.map((revision) => ({ revision, answer, differences: [] }));
  return { dump, revisions, candidates: [], excluded, included: [], alike: [] };
}

/** Loads a database again, has it judged, and holds the verdict against the truth. */
export async function measureDatabase(
  folder: ChainFolder,
  truth: KnownDatabase,
  recorded: RecordedChain,
  server: Server,
): Promise<{ readonly refused: string } | Measured | { readonly failed: DatabaseResult }> {
  const sql = await readDump(folder, truth.dump);
  const unreadable = recorded.unreadable.get(truth.dump);
  if (unreadable !== undefined) return { failed: failure(truth, unreadable) };
  const outcome = await withDump(server, sql, (scratch) =>
    observeScratch(scratch, server, recorded.chain).catch(errorText),
  );
  if ('refused' in outcome) return outcome;
  const sighting = outcome.result;
  if (typeof sighting === 'string') return { failed: failure(truth, sighting) };
  let verdict: Verdict;
  try {
    verdict = sighting.judge(recorded.chain, recorded.revisions);
  } catch (error) {
    return { failed: failure(truth, errorText(error)) };
  }
  const others: Inclusion[] = [];
  for (const { revision, dump } of recorded.revisions) {
    if (dump === truth.dump || !verdict.candidates.includes(revision)) continue;
    others.push({ revision, ...dumpDifference(sql, await readDump(folder, dump)) });
  }
  return {
    sql,
    sighting,
    result: {
      dump: truth.dump,
      revisions: truth.revisions,
      candidates: verdict.candidates,
      excluded: exclusions(verdict, truth, recorded, sighting),
      included: others.filter(({ rest }) => rest.length > 0),
      alike: others.filter(({ rest }) => rest.length === 0),
    },
  };
}
