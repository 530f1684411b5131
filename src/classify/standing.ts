import type { History } from '../history/history.ts';
import type { Migration } from '../migrations/migration.ts';
import { revisionOf } from '../migrations/migration.ts';

/** How Knex's history stands to the chain. */
export interface Standing {
  readonly kind: 'upToDate' | 'behind' | 'ahead' | 'inconsistent';
  /** Index of the last recorded revision of the chain; -1 when none is. */
  readonly lastRecorded: number;
  /** What is wrong with the history, the worst of it; null when nothing is. */
  readonly problem: HistoryProblem | null;
}

/** What may be wrong with a history, with a sentence for people. */
export interface HistoryProblem {
  readonly code: 'HISTORY.UNKNOWN_NAMES' | 'HISTORY.EXTENSION' | 'HISTORY.DUPLICATES' | 'HISTORY.GAP';
  readonly message: string;
}

const quoted = (names: readonly string[]) => names.map((name) => `"${name}"`).join(', ');

/** Every appearance of a name but its first. */
function duplicates(names: readonly string[]): string[] {
  const seen = new Set<string>();
  return names.filter((name) => seen.size === seen.add(name).size);
}

/** Names that no migration of the chain has, told apart by whether one differs in nothing but its extension. */
function unknownNames(names: readonly string[], migrations: readonly Migration[]): HistoryProblem[] {
  const known = new Set(migrations.map((migration) => migration.recordedName));
  const unknown = names.filter((name) => !known.has(name));
  const revisions = new Set(migrations.map((migration) => migration.revision));
  const otherwise = unknown.filter((name) => revisions.has(revisionOf(name)));
  const strange = unknown.filter((name) => !revisions.has(revisionOf(name)));
  return [
    ...(otherwise.length === 0
      ? []
      : [
          {
            code: 'HISTORY.EXTENSION' as const,
            message: `The history records ${quoted(otherwise)}, and the migrations have other extensions: Knex takes them for other migrations.`,
          },
        ]),
    ...(strange.length === 0
      ? []
      : [
          {
            code: 'HISTORY.UNKNOWN_NAMES' as const,
            message: `The history records ${quoted(strange)}, which the migrations do not have: the database is newer than this code, or another project's.`,
          },
        ]),
  ];
}

/**
 * All that is wrong with a history by itself, without the schema, the worst first: rows must be the first n migrations of the chain, each once.
 *
 * Knex itself accepts gaps and runs them late (`hazards.md` §1.2), and refuses unknown names as a corrupt directory.
 */
export function historyProblems(
  history: Pick<History, 'rows'>,
  migrations: readonly Migration[],
): readonly HistoryProblem[] {
  const names = history.rows.map((row) => row.name);
  const twice = duplicates(names);
  const recorded = new Set(names.map(revisionOf));
  const last = migrations.findLastIndex((migration) => recorded.has(migration.revision));
  const gap = migrations.slice(0, Math.max(last, 0)).filter((migration) => !recorded.has(migration.revision));
  return [
    ...unknownNames(names, migrations),
    ...(twice.length === 0
      ? []
      : [
          {
            code: 'HISTORY.DUPLICATES' as const,
            message: `The history records ${quoted(twice)} more than once.`,
          },
        ]),
    ...(gap.length === 0
      ? []
      : [
          {
            code: 'HISTORY.GAP' as const,
            message: `The history has a gap: ${quoted(gap.map((migration) => migration.revision))} is not recorded, though later migrations are.`,
          },
        ]),
  ];
}

/** Judges the history alone, without the schema; see {@link historyProblems}. */
export function judgeHistory(history: Pick<History, 'rows'>, migrations: readonly Migration[]): Standing {
  const [problem = null] = historyProblems(history, migrations);
  const recorded = new Set(history.rows.map((row) => row.name));
  const lastRecorded = migrations.findLastIndex((migration) => recorded.has(migration.recordedName));
  if (problem !== null) {
    const kind = problem.code === 'HISTORY.UNKNOWN_NAMES' ? 'ahead' : 'inconsistent';
    return { kind, lastRecorded, problem };
  }
  return {
    kind: lastRecorded === migrations.length - 1 ? 'upToDate' : 'behind',
    lastRecorded,
    problem: null,
  };
}
