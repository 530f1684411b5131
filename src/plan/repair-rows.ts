import { findRenamed } from '../classify/history-problem.ts';
import { historyProblems } from '../classify/standing.ts';
import type { Verdict } from '../classify/verdict.ts';
import type { ErrorCode } from '../errors.ts';
import type { TrackerContents } from '../history/mend-history.ts';
import { revisionOf } from '../migrations/migration.ts';
import { NOTHING_FOUND, type RepairFacts, type RepairFindings } from './repair.ts';

/** One row of the history, with everything in it. */
export interface RecordedRow {
  readonly id: string;
  readonly name: string;
  readonly values: readonly (string | null)[];
}

const quoted = (names: readonly string[]) => names.map((name) => `"${name}"`).join(', ');

/** The rows of the history, by id. */
export function recordedRows({ history }: TrackerContents): RecordedRow[] {
  if (history === null) return [];
  const [id, name] = [history.columns.indexOf('id'), history.columns.indexOf('name')];
  return history.rows.map((values) => ({ id: values[id] ?? '', name: values[name] ?? '', values }));
}

/** Every row whose name an earlier one has. */
export function repeatedRows(rows: readonly RecordedRow[]): RecordedRow[] {
  const seen = new Set<string>();
  return rows.filter(({ name }) => seen.size === seen.add(name).size);
}

function messageOf(facts: RepairFacts, code: ErrorCode): string {
  const problems = historyProblems(facts.history, facts.verdict.migrations);
  return problems.find((problem) => problem.code === code)?.message ?? '';
}

/** Rows whose name an earlier one has. */
export function mendDuplicates(facts: RepairFacts, rows: readonly RecordedRow[]): RepairFindings {
  const { contents, sql } = facts;
  const repeated = repeatedRows(rows);
  if (repeated.length === 0 || contents.history === null) return NOTHING_FOUND;
  const which = repeated.map(({ id, name }) => `${name} (id ${id})`).join(', ');
  return {
    steps: [
      {
        name: 'duplicates',
        code: 'HISTORY.DUPLICATES',
        trouble: messageOf(facts, 'HISTORY.DUPLICATES'),
        proof: `The same name is recorded by an earlier row, which stays; what goes is ${which}.`,
        statements: repeated.map(({ id, name }) => sql.deleteRow(id, name)),
        undo: sql.insertRows(
          contents.history,
          repeated.map(({ values }) => values),
          'history',
        ),
      },
    ],
    refused: [],
  };
}

/** Rows that differ from a migration in nothing but the extension. */
export function mendExtensions(facts: RepairFacts, rows: readonly RecordedRow[]): RepairFindings {
  const { migrations } = facts.verdict;
  const byRevision = new Map(migrations.map((migration) => [migration.revision, migration.recordedName]));
  const known = new Set(byRevision.values());
  const otherwise = rows.filter(({ name }) => !known.has(name) && byRevision.has(revisionOf(name)));
  if (otherwise.length === 0) return NOTHING_FOUND;
  const times = (revision: string) => rows.filter(({ name }) => revisionOf(name) === revision).length;
  const twice = otherwise.filter(({ name }) => times(revisionOf(name)) > 1);
  if (twice.length > 0) {
    return {
      steps: [],
      refused: [
        {
          code: 'HISTORY.EXTENSION',
          message: `The history records ${quoted(twice.map(({ name }) => name))} beside the same migration with another extension, so it may have run twice.`,
          hint: 'Look whether what it does was done twice, then delete the row that is too many by hand.',
        },
      ],
    };
  }
  const becomes = (name: string) => byRevision.get(revisionOf(name)) ?? name;
  return {
    steps: [
      {
        name: 'extensions',
        code: 'HISTORY.EXTENSION',
        trouble: messageOf(facts, 'HISTORY.EXTENSION'),
        proof:
          'Each name is that of a migration but for its extension, and that migration is not recorded otherwise.',
        statements: otherwise.map(({ id, name }) => facts.sql.rename(id, name, becomes(name))),
        undo: otherwise.map(({ id, name }) => facts.sql.rename(id, becomes(name), name)),
      },
    ],
    refused: [],
  };
}

/** Rows that no migration of the chain has. */
export function mendUnknown(facts: RepairFacts, rows: readonly RecordedRow[]): RepairFindings {
  const { migrations } = facts.verdict;
  const revisions = new Set(migrations.map(({ revision }) => revision));
  const unknown = rows.filter(({ name }) => !revisions.has(revisionOf(name)));
  const [first] = unknown;
  if (first === undefined) return NOTHING_FOUND;
  const renamed = findRenamed(
    rows.map(({ name }) => name),
    migrations,
    migrations,
  );
  const trouble = messageOf(facts, 'HISTORY.UNKNOWN_NAMES');
  if (renamed !== null) {
    const { recordedName, revision } = renamed.migration as Verdict['migrations'][number];
    return {
      steps: [
        {
          name: `renamed:${revision}`,
          code: 'HISTORY.UNKNOWN_NAMES',
          trouble,
          proof: `At its place the chain has ${recordedName}, which alone is not recorded, and all that it makes is there: it was renamed.`,
          statements: [facts.sql.rename(first.id, first.name, recordedName)],
          undo: [facts.sql.rename(first.id, recordedName, first.name)],
        },
      ],
      refused: [],
    };
  }
  return {
    steps: [],
    refused: [
      {
        code: 'HISTORY.UNKNOWN_NAMES',
        message: trouble,
        hint: `Deploy the code that has ${unknown.length === 1 ? 'it' : 'them'}; or put the file back under its recorded name; or, if these rows are another project's, give this one a history table of its own with --table NAME.`,
      },
    ],
  };
}
