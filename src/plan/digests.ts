import { createHash } from 'node:crypto';
import type { Verdict } from '../classify/verdict.ts';
import type { History } from '../history/history.ts';

/** A digest of everything in the history that a plan depends on. */
export function historyDigest(history: History): string {
  const { table, present, lockPresent, lock, rows } = history;
  // A lock that another holder takes and frees between two looks changes nothing about what has run.
  const lockFact = lock === 'held' || lock === 'stale' ? 'free' : lock;
  const text = JSON.stringify([
    table.schema,
    table.name,
    present,
    lockPresent,
    lockFact,
    rows,
    history.receipts.journal,
  ]);
  return `sha256:${createHash('sha256').update(text).digest('hex')}`;
}

/** A digest of what data says of where a database stands: probes, and the histories of other tools. */
export function evidenceDigest(said: Pick<Verdict, 'probes' | 'foreignHistories'>): string {
  const text = JSON.stringify([
    said.probes.map(({ revision, happened }) => [revision, happened]),
    said.foreignHistories.map(({ tool, table, versions }) => [tool, table, versions]),
  ]);
  return `sha256:${createHash('sha256').update(text).digest('hex')}`;
}
