import type { MigrationEvidence } from './classify/verdict.ts';
import { AdoptError, isAdoptError } from './errors.ts';
import type { Findings } from './gather.ts';
import { isTransactional, readOwnCount } from './migrations/knex-migrator.ts';
import { historyDigest } from './plan/digests.ts';
import type { Plan, PlanOptions, Refusal } from './plan/plan.ts';
import { parsePlan } from './plan/plan-format.ts';
import { schemaFingerprint } from './schema/fingerprint.ts';
import { shellWord } from './util/shell-word.ts';
import type { Workspace } from './workspace.ts';

type Asked = { readonly [Name in 'onPartial' | 'accept']?: PlanOptions[Name] | undefined };

const piecesOf = ({ revision, met, expected }: MigrationEvidence) =>
  ` ${met} of the ${expected} things that ${revision} makes are there, and rows that it writes may be missing.`;

/** @throws AdoptError `PLAN.INVALID` when it was written by another version, or by hand. */
function parseJournal(journal: string, table: string): Plan {
  try {
    return parsePlan(journal, table);
  } catch (cause) {
    if (!isAdoptError(cause)) throw cause;
    throw new AdoptError(
      'PLAN.INVALID',
      `A plan was interrupted here, and what is left of it, in the column journal of ${table}, cannot be read.`,
      {
        hint: 'Run the same command with the version of knex-adopt that began it; a row that was changed by hand has to be put back.',
        cause,
      },
    );
  }
}

/**
 * What an interrupted plan has left to do, where the schema would not show it: a rebuild is gone on with where rebuilding is asked for, and
 * otherwise refused; a completion or an install begins anew, but not over a migration of which nobody can say how far it came. Null where a new
 * plan is to be made.
 */
export async function planUnfinished(
  workspace: Workspace,
  { observation: { history, snapshot }, verdict }: Findings,
  { onPartial, accept = [] }: Asked,
): Promise<Plan | null> {
  const { journal, table } = history.receipts;
  if (journal === null) return null;
  const left = parseJournal(journal, table.name);
  const plan = { ...left, fingerprint: schemaFingerprint(snapshot), historyDigest: historyDigest(history) };
  const refuse = (refusal: Refusal): Plan => ({
    ...plan,
    strategy: 'refuse',
    target: null,
    steps: [],
    notices: [],
    refused: [refusal],
  });
  const [step] = left.steps;
  if (step?.kind === 'migrate') {
    const [first] = verdict.migrations;
    if (first === undefined || verdict.state === 'fresh') return null;
    const word = `interrupted:${first.revision}`;
    if (accept?.includes(word)) return null;
    return refuse({
      code: 'REFUSED.INTERRUPTED',
      message: `The first migrations failed or were interrupted, and nothing is recorded:${piecesOf(first)}`,
      hint: `Undo by hand what was done, or do by hand what was not; then say so: knex-adopt handle-legacy --accept ${shellWord(word)}`,
    });
  }
  if (step?.kind !== 'run-missing') {
    if (onPartial === 'rebuild') return plan;
    return refuse({
      code: 'REFUSED.UNFINISHED',
      message: 'A rebuild of this database was interrupted: rows of its tables are where it set them aside.',
      hint: 'Go on with it: knex-adopt handle-legacy --on-partial rebuild',
    });
  }
  const { revision, recordedName } = step;
  const word = `interrupted:${revision}`;
  if (accept?.includes(word)) return null;
  const ran = await readOwnCount(workspace.knex, history.table);
  if (ran?.includes(recordedName)) return null;
  const migration = verdict.migrations.find((one) => one.revision === revision);
  // In a transaction nothing can have been committed that left nothing to see: where DDL commits by itself, it commits the rows before it too.
  const nothingThere = migration === undefined || migration.evidence === 'absent';
  if (nothingThere && isTransactional(await workspace.source.load(recordedName))) return null;
  const pieces = migration === undefined ? '' : piecesOf(migration);
  return refuse({
    code: 'REFUSED.INTERRUPTED',
    message: `Migration ${revision} was interrupted when it was run to fill a gap, without a transaction.${pieces}`,
    hint: `Undo by hand what it did, or do by hand what it did not; then say so: knex-adopt handle-legacy --on-partial complete --accept ${shellWord(word)}`,
  });
}
