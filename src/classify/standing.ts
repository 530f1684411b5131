import type { History } from '../history/history.ts';
import type { Migration } from '../migrations/migration.ts';
import { revisionOf } from '../migrations/migration.ts';

/** How Knex's history stands to the chain. */
export interface Standing {
  readonly kind: 'upToDate' | 'behind' | 'ahead' | 'inconsistent';
  /** Index of the last recorded revision of the chain; -1 when none is. */
  readonly lastRecorded: number;
  /** What is wrong with the history; null when nothing is. */
  readonly problem: HistoryProblem | null;
}

/** What may be wrong with a history, with a sentence for people. */
export interface HistoryProblem {
  readonly code: 'HISTORY.UNKNOWN_NAMES' | 'HISTORY.EXTENSION' | 'HISTORY.DUPLICATES' | 'HISTORY.GAP';
  readonly message: string;
}

const quoted = (names: readonly string[]) => names.map((name) => `"${name}"`).join(', ');

function duplicates(names: readonly string[]): string[] {
  const seen = new Set<string>();
  return names.filter((name) => seen.size === seen.add(name).size);
}

/** Names that no migration of the chain has; those that differ from one only in their extension say so. */
function unknownNames(history: History, migrations: readonly Migration[]): HistoryProblem | null {
  const known = new Set(migrations.map((migration) => migration.recordedName));
  const unknown = history.rows.map((row) => row.name).filter((name) => !known.has(name));
  if (unknown.length === 0) return null;
  const revisions = new Set(migrations.map((migration) => migration.revision));
  const renamed = unknown.filter((name) => revisions.has(revisionOf(name)));
  if (renamed.length > 0) {
    return {
      code: 'HISTORY.EXTENSION',
      message: `The history records ${quoted(renamed)}, and the migrations have other extensions: Knex takes them for other migrations.`,
    };
  }
  return {
    code: 'HISTORY.UNKNOWN_NAMES',
    message: `The history records ${quoted(unknown)}, which the migrations do not have: the database is newer than this code, or another project's.`,
  };
}

/**
 * Judges the history alone, without the schema: rows must be the first n migrations of the chain, each once, in order.
 *
 * Knex itself accepts gaps and runs them late (`hazards.md` §1.2), and refuses unknown names as a corrupt directory.
 */
export function judgeHistory(history: History, migrations: readonly Migration[]): Standing {
  const names = history.rows.map((row) => row.name);
  const recorded = new Set(names);
  const lastRecorded = migrations.findLastIndex((migration) => recorded.has(migration.recordedName));
  const unknown = unknownNames(history, migrations);
  if (unknown !== null) {
    return {
      kind: unknown.code === 'HISTORY.UNKNOWN_NAMES' ? 'ahead' : 'inconsistent',
      lastRecorded,
      problem: unknown,
    };
  }
  const twice = duplicates(names);
  if (twice.length > 0) {
    return {
      kind: 'inconsistent',
      lastRecorded,
      problem: {
        code: 'HISTORY.DUPLICATES',
        message: `The history records ${quoted(twice)} more than once.`,
      },
    };
  }
  const gap = migrations
    .slice(0, lastRecorded + 1)
    .filter((migration) => !recorded.has(migration.recordedName));
  if (gap.length > 0) {
    return {
      kind: 'inconsistent',
      lastRecorded,
      problem: {
        code: 'HISTORY.GAP',
        message: `The history has a gap: ${quoted(gap.map((migration) => migration.revision))} is not recorded, though later migrations are.`,
      },
    };
  }
  return {
    kind: lastRecorded === migrations.length - 1 ? 'upToDate' : 'behind',
    lastRecorded,
    problem: null,
  };
}
