import type { IdTrouble } from '../database/tracker.ts';
import type { History } from '../history/history.ts';
import { type Migration, revisionOf } from '../migrations/migration.ts';
import type { SchemaEvidence } from './migration-evidence.ts';
import { historyProblems } from './standing.ts';

/** A migration that is recorded by a name that it no longer has. */
export interface RenamedMigration {
  readonly recordedName: string;
  readonly migration: Migration;
}

/**
 * The migration that was renamed after it had been recorded; null where that is not proved.
 *
 * Proved is: one recorded name alone is unknown, also but for its extension; every other row is where the chain has its migration; the
 * migration that the chain has at this row's place is recorded nowhere, and the schema shows all that it makes.
 *
 * @param names as recorded, by id, each once.
 */
export function findRenamed(
  names: readonly string[],
  migrations: readonly Migration[],
  evidence: readonly Pick<SchemaEvidence, 'evidence'>[],
): RenamedMigration | null {
  const revisions = names.map(revisionOf);
  const known = new Set(migrations.map((migration) => migration.revision));
  const unknown = revisions.flatMap((revision, place) => (known.has(revision) ? [] : [place]));
  const [place, ...others] = unknown;
  if (place === undefined || others.length > 0) return null;
  const migration = migrations[place];
  const inPlace = revisions.every((revision, at) => at === place || migrations[at]?.revision === revision);
  if (migration === undefined || !inPlace || evidence[place]?.evidence !== 'applied') return null;
  return { recordedName: names[place] ?? '', migration };
}

/** What is wrong with Knex's lock, as a sentence; null where nothing is. That somebody holds it is nothing wrong. */
export function lockProblem({ lock, lockTable, lockPresent, lockRows }: History): string | null {
  switch (lock) {
    case 'stale':
      return `Knex's lock (${lockTable.name}) is taken, and nobody is connected who could hold it: a migration that was killed, or a dump, left it.`;
    case 'broken':
      return `The lock table ${lockTable.name} holds ${lockRows.map((value) => value ?? 'NULL').join(', ')} and not exactly one row with 0 or 1: Knex takes it for locked for ever.`;
    case 'absent':
      return lockPresent
        ? `The lock table ${lockTable.name} has no row: Knex makes it, and two processes that start at once make two.`
        : null;
    default:
      return null;
  }
}

/** All that is wrong with Knex's history and lock, in sentences, the worst first; null where nothing is. */
export function describeProblems(
  history: History,
  migrations: readonly Migration[],
  evidence: readonly SchemaEvidence[],
  idTrouble: IdTrouble | null,
): string | null {
  const names = [...new Set(history.rows.map((row) => row.name))];
  const renamed = findRenamed(names, migrations, evidence);
  const sentences = [
    ...historyProblems(history, migrations)
      // A place that is taken by another name is no gap.
      .filter(({ code }) => renamed === null || code !== 'HISTORY.GAP')
      .map(({ message }) => message),
    ...(renamed === null
      ? []
      : [
          `In place of "${renamed.recordedName}" the chain has ${renamed.migration.revision}, which is not recorded and which the schema shows applied: it was renamed.`,
        ]),
    lockProblem(history),
    idTrouble?.problem ?? null,
  ].filter((sentence) => sentence !== null);
  return sentences.length === 0 ? null : sentences.join(' ');
}
