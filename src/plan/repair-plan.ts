import { findRenamed, lockProblem } from '../classify/history-problem.ts';
import { historyProblems } from '../classify/standing.ts';
import type { Verdict } from '../classify/verdict.ts';
import type { IdTrouble } from '../database/tracker.ts';
import type { ErrorCode } from '../errors.ts';
import type { History } from '../history/history.ts';
import type { MendingSql, TrackerContents } from '../history/mend-history.ts';
import { revisionOf } from '../migrations/migration.ts';
import { readOnly, takenIds } from './build-plan.ts';
import type { Refusal } from './plan.ts';

/** One trouble of a history, and what mends it. */
export interface RepairStep {
  /** What it is chosen by. */
  readonly name: string;
  /** The trouble's code, and the trouble in a sentence. */
  readonly code: ErrorCode;
  readonly trouble: string;
  /** Why this mends it and nothing else, in a sentence. */
  readonly proof: string;
  /** Run in this order, as they stand. */
  readonly statements: readonly string[];
  /** What undoes them, in the order in which it is to be run. */
  readonly undo: readonly string[];
}

/** What will be done about a history. Plain data. */
export interface RepairPlan {
  readonly format: 1;
  /** Of the schema that the proofs rest on. */
  readonly fingerprint: string;
  /** The names of all steps that could be chosen. */
  readonly available: readonly string[];
  readonly steps: readonly RepairStep[];
  /** Troubles that cannot be mended on proof alone. With any here nothing is done, unless steps were chosen by name. */
  readonly refused: readonly Refusal[];
  readonly notices: readonly string[];
}

/** What the user decided beforehand. */
export interface RepairChoices {
  /** Names of steps; every one that is proved where it is empty. */
  readonly only: readonly string[];
  /** Free a lock of which it is not proved that nobody holds it. */
  readonly forceUnlock: boolean;
}

export interface RepairFacts {
  readonly verdict: Verdict;
  readonly history: History;
  readonly contents: TrackerContents;
  readonly idTrouble: IdTrouble | null;
  /** Of migrations that leave no trace: how it is known that one has run, by revision. */
  readonly knownToHaveRun: ReadonlyMap<string, string>;
  /** Why nothing can be written; null when it can. */
  readonly readOnlyReason: string | null;
  readonly sql: MendingSql;
}

interface Row {
  readonly id: string;
  readonly name: string;
  readonly values: readonly (string | null)[];
}

interface Findings {
  readonly steps: readonly RepairStep[];
  readonly refused: readonly Refusal[];
  /** Steps that are carried out only when they are chosen by name; until then each is a refusal. */
  readonly offered?: readonly { readonly step: RepairStep; readonly refusal: Refusal }[];
}

const NONE: Findings = { steps: [], refused: [] };

const quoted = (names: readonly string[]) => names.map((name) => `"${name}"`).join(', ');

function rowsOf({ history }: TrackerContents): Row[] {
  if (history === null) return [];
  const [id, name] = [history.columns.indexOf('id'), history.columns.indexOf('name')];
  return history.rows.map((values) => ({ id: values[id] ?? '', name: values[name] ?? '', values }));
}

/** Every row whose name an earlier one has. */
function repeatedRows(rows: readonly Row[]): Row[] {
  const seen = new Set<string>();
  return rows.filter(({ name }) => seen.size === seen.add(name).size);
}

function messageOf(facts: RepairFacts, code: ErrorCode): string {
  const problems = historyProblems(facts.history, facts.verdict.migrations);
  return problems.find((problem) => problem.code === code)?.message ?? '';
}

function mendDuplicates(facts: RepairFacts, rows: readonly Row[]): Findings {
  const { contents, sql } = facts;
  const repeated = repeatedRows(rows);
  if (repeated.length === 0 || contents.history === null) return NONE;
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
function mendExtensions(facts: RepairFacts, rows: readonly Row[]): Findings {
  const { migrations } = facts.verdict;
  const byRevision = new Map(migrations.map((migration) => [migration.revision, migration.recordedName]));
  const known = new Set(byRevision.values());
  const otherwise = rows.filter(({ name }) => !known.has(name) && byRevision.has(revisionOf(name)));
  if (otherwise.length === 0) return NONE;
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
function mendUnknown(facts: RepairFacts, rows: readonly Row[]): Findings {
  const { migrations } = facts.verdict;
  const revisions = new Set(migrations.map(({ revision }) => revision));
  const unknown = rows.filter(({ name }) => !revisions.has(revisionOf(name)));
  const [first] = unknown;
  if (first === undefined) return NONE;
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

/** How it is known that a migration has run that is not recorded; null where it is not. */
function proofOfRun(facts: RepairFacts, index: number): string | null {
  const { migrations, candidates } = facts.verdict;
  const migration = migrations[index];
  if (migration === undefined) return null;
  if (migration.evidence === 'applied') return 'The schema shows all that it makes.';
  const known = facts.knownToHaveRun.get(migration.revision);
  if (migration.evidence === 'traceless') return known ?? null;
  const later = migrations.slice(index).find(({ revision }) => candidates.includes(revision));
  if (migration.evidence === 'superseded' && later !== undefined)
    return `All that it makes was changed again by later migrations, and the schema meets ${later.revision}.`;
  return null;
}

const GAP_HINTS = {
  absent: 'Nothing that it makes is there. Have Knex run it: npx knex migrate:up NAME',
  partly: 'Look at what is there with "knex-adopt detect-state", and finish or undo it by hand.',
  traceless:
    'It leaves no trace in a schema. If it has run, say so with a probe or the policy "skip" in decisions.json; if not: npx knex migrate:up NAME',
  superseded: 'Mend the schema until it meets a later revision: see "knex-adopt detect-state".',
} as const;

function mendGaps(facts: RepairFacts, rows: readonly Row[]): Findings {
  const { migrations } = facts.verdict;
  const places = rows.map(({ name }) => revisionOf(name));
  const renamed = findRenamed(
    rows.map(({ name }) => name),
    migrations,
    migrations,
  );
  const recorded = new Set([...places, ...(renamed === null ? [] : [renamed.migration.revision])]);
  const last = migrations.findLastIndex(({ revision }) => recorded.has(revision));
  const steps: RepairStep[] = [];
  const refused: Refusal[] = [];
  for (const [index, migration] of migrations.entries()) {
    if (index > last || recorded.has(migration.revision)) continue;
    const { revision, recordedName, evidence } = migration;
    const trouble = `${revision} is not recorded, though later migrations are.`;
    const proof = proofOfRun(facts, index);
    if (proof === null) {
      const hint = evidence === 'applied' ? '' : GAP_HINTS[evidence].replace('NAME', recordedName);
      refused.push({ code: 'HISTORY.GAP', message: `${trouble} That it has run is not proved.`, hint });
    } else {
      steps.push({
        name: `gap:${revision}`,
        code: 'HISTORY.GAP',
        trouble,
        proof: `It has run: ${proof}`,
        statements: [facts.sql.record([recordedName])],
        undo: [facts.sql.unrecord(recordedName)],
      });
    }
  }
  return { steps, refused };
}

/** A migration after the last recorded one of which the schema shows all: it ran, and was interrupted before it was recorded. */
function mendInterrupted(facts: RepairFacts): Findings {
  const { verdict, history } = facts;
  if (historyProblems(history, verdict.migrations).length > 0) return NONE;
  const last = verdict.migrations.findLastIndex(({ recorded }) => recorded);
  const next = verdict.migrations[last + 1];
  const met = verdict.migrations.findIndex(({ revision }) => verdict.candidates.includes(revision));
  // Where the recorded revision is met too, nothing of the next one is there too early.
  if (history.rows.length === 0 || next?.evidence !== 'applied' || met <= last) return NONE;
  const { revision, recordedName } = next;
  const trouble = `${revision} has run as far as a schema shows, and is not recorded: it was interrupted, or run by hand.`;
  const name = `unrecorded:${revision}`;
  const step: RepairStep = {
    name,
    code: 'REFUSED.INTERRUPTED',
    trouble,
    proof: 'The schema shows all that it makes; that rows which it writes are there, you say.',
    statements: [facts.sql.record([recordedName])],
    undo: [facts.sql.unrecord(recordedName)],
  };
  const hint = `If it writes rows, look whether they are there; then record it: knex-adopt repair-history --only ${name}`;
  return {
    steps: [],
    refused: [],
    offered: [{ step, refusal: { code: 'REFUSED.INTERRUPTED', message: trouble, hint } }],
  };
}

/** Who may hold a lock, in a sentence for each. */
function heldLock({ lockTable, lockDoubts }: History): Refusal {
  return {
    code: 'LOCK.KNEX_HELD',
    message: `Knex's own migration lock (${lockTable.name}) is taken, and that nobody holds it is not proved: ${lockDoubts.join('; ')}.`,
    hint: 'Let a migration that is running finish. If none is, close those sessions and run this again, or free it whoever is there with --force-unlock.',
  };
}

function mendLock(facts: RepairFacts, { forceUnlock }: RepairChoices): Findings {
  const { history, contents, sql } = facts;
  const forced = history.lockDoubts.length > 0;
  if (forced && !forceUnlock) return { steps: [], refused: [heldLock(history)] };
  const proof = forced ? 'You say that nobody holds it.' : 'It is proved that nobody holds it.';
  const trouble = lockProblem(history) ?? `Knex's lock (${history.lockTable.name}) is taken.`;
  if (history.lock === 'held' || history.lock === 'stale') {
    const code = history.lock === 'held' ? 'LOCK.KNEX_HELD' : 'LOCK.KNEX_STALE';
    const step = {
      name: 'lock',
      code,
      trouble,
      proof,
      statements: [sql.setLock(0)],
      undo: [sql.setLock(1)],
    } as const;
    return { steps: [step], refused: [] };
  }
  if (contents.lock === null || history.lock === 'free') return NONE;
  return {
    steps: [
      {
        name: 'lock',
        code: 'LOCK.KNEX_BROKEN',
        trouble,
        proof: history.lockRows.some((value) => value !== '0')
          ? proof
          : 'No row of it says that somebody holds it.',
        statements: [...(contents.lock.rows.length === 0 ? [] : [sql.clearLock()]), sql.insertLock()],
        undo: [sql.clearLock(), ...sql.insertRows(contents.lock, contents.lock.rows, 'lock')],
      },
    ],
    refused: [],
  };
}

function mendIds({ idTrouble }: RepairFacts): Findings {
  if (idTrouble === null) return NONE;
  const { problem, mend } = idTrouble;
  if (mend === null) return { steps: [], refused: [takenIds(idTrouble)] };
  const step = {
    name: 'ids',
    code: 'HISTORY.SEQUENCE',
    trouble: problem,
    proof: 'Ids go on after the highest that is taken.',
    statements: [mend.sql],
    undo: [mend.undo],
  } as const;
  return { steps: [step], refused: [] };
}

/** What nobody may choose to pass over: somebody may be at work, or nothing can be written. */
const STOPS: readonly ErrorCode[] = ['LOCK.KNEX_HELD', 'PLAN.READ_ONLY'];

/**
 * Decides what to do about a history in trouble. Pure. A step is planned only where it is proved, or was asked for by name; what cannot be
 * proved is a refusal with what to do instead.
 */
export function planRepair(facts: RepairFacts, choices: RepairChoices): RepairPlan {
  const all = rowsOf(facts.contents);
  const repeated = new Set(repeatedRows(all));
  const rows = all.filter((row) => !repeated.has(row));
  const found: readonly Findings[] = [
    mendDuplicates(facts, all),
    mendExtensions(facts, rows),
    mendUnknown(facts, rows),
    mendGaps(facts, rows),
    mendInterrupted(facts),
    mendLock(facts, choices),
    mendIds(facts),
  ];
  const { only } = choices;
  const chosen = (step: RepairStep) => only.length === 0 || only.includes(step.name);
  const offered = found.flatMap((one) => one.offered ?? []);
  const asked = offered.filter(({ step }) => only.includes(step.name));
  const proved = found.flatMap((one) => one.steps);
  const steps = [...proved, ...asked.map(({ step }) => step)].filter(chosen);
  const troubles = [
    ...found.flatMap((one) => one.refused),
    ...offered.filter((one) => !asked.includes(one)).map(({ refusal }) => refusal),
    ...(steps.length > 0 && facts.readOnlyReason !== null ? [readOnly(facts.readOnlyReason)] : []),
  ];
  const refused = only.length === 0 ? troubles : troubles.filter(({ code }) => STOPS.includes(code));
  return {
    format: 1,
    fingerprint: facts.verdict.fingerprint,
    available: [...proved, ...offered.map(({ step }) => step)].map(({ name }) => name),
    steps: refused.length > 0 ? [] : steps,
    refused,
    notices: noticesOf(
      steps,
      troubles.filter((one) => !refused.includes(one)),
    ),
  };
}

function noticesOf(steps: readonly RepairStep[], left: readonly Refusal[]): string[] {
  const names = new Set(steps.map(({ code }) => code));
  return [
    ...(names.has('HISTORY.EXTENSION')
      ? [
          'A process that still runs the migrations with the other extension will take this history for corrupt.',
        ]
      : []),
    ...left.map(({ message }) => `Left as it is: ${message}`),
  ];
}
