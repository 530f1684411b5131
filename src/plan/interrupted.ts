import { differencesFrom } from '../classify/classify.ts';
import { differenceName } from '../classify/paths.ts';
import type { Difference, MigrationEvidence, Verdict } from '../classify/verdict.ts';
import { shellWord } from '../util/shell-word.ts';
import type { CompletionFacts } from './complete.ts';
import type { Refusal } from './plan.ts';

/** How many pieces a refusal names. */
const MOST_NAMED = 5;

/**
 * The first pending migration of a managed database, where the schema shows part of it (`partly`); or all of it (`applied`) and meets it or
 * a later revision, and none up to the one that is recorded.
 */
export function interruptedMigration({ migrations, candidates }: Verdict): MigrationEvidence | null {
  const last = migrations.findLastIndex(({ recorded }) => recorded);
  const next = migrations[last + 1];
  if (last < 0 || next === undefined) return null;
  const met = migrations.findIndex(({ revision }) => candidates.includes(revision));
  return next.evidence === 'partly' || (next.evidence === 'applied' && met > last) ? next : null;
}

function namesOf(differences: readonly Difference[], of: (one: Difference) => boolean): string {
  const names = differences.filter(of).map(differenceName);
  const more = names.length > MOST_NAMED ? ` and ${names.length - MOST_NAMED} more` : '';
  return names.slice(0, MOST_NAMED).join(', ') + more;
}

/** What is there of a migration, and what is missing, in words; where neither can be named, how much of it. */
function piecesOf(
  verdict: Verdict,
  { revision, met, expected }: MigrationEvidence,
  facts: CompletionFacts,
): string {
  const { chain, snapshot, decisions } = facts.evidence;
  const index = verdict.migrations.findIndex((migration) => migration.revision === revision);
  const own = (one: Difference) => one.introducedBy === revision && one.accepted === null;
  const there = namesOf(verdict.differences, (one) => own(one) && one.outcome === 'unexpected');
  const missing = namesOf(
    differencesFrom(chain, snapshot, index, decisions),
    (one) => own(one) && one.outcome !== 'unexpected',
  );
  if (there === '' || missing === '') return `${met} of the ${expected} things that it makes are there`;
  return `of what it makes, there is ${there}; and there is not ${missing}`;
}

/**
 * Why nothing is run on top of a migration that was interrupted; null where none was. `upgrade` would run it from its beginning, and fail on what
 * is there.
 *
 * @param transactionalDdl whether a migration that is interrupted leaves nothing here, unless it opts out of transactions.
 */
export function interruptedRefusal(
  verdict: Verdict,
  facts: CompletionFacts,
  transactionalDdl: boolean,
): Refusal | null {
  const migration = interruptedMigration(verdict);
  if (migration === null) return null;
  const { revision } = migration;
  const { lock } = verdict.history;
  const locked = lock === 'held' || lock === 'stale';
  // Who holds Knex's lock may be in the middle of it.
  const happened =
    lock === 'held' ? 'is being run at this moment, or was interrupted' : 'was interrupted, or begun by hand';
  if (migration.evidence === 'applied') {
    return {
      code: 'REFUSED.INTERRUPTED',
      message: `Migration ${revision} has run as far as a schema shows, and is not recorded: it ${happened}.`,
      hint: `If it writes rows, look whether they are there; then record it: knex-adopt repair-history --only ${shellWord(`unrecorded:${revision}`)}${lock === 'stale' ? ' --only lock' : ''}`,
    };
  }
  const why = transactionalDdl
    ? 'What Knex ran of it ran without a transaction.'
    : 'On this server each of its statements commits by itself, so that it cannot be rolled back or resumed.';
  const unlock = locked ? ' Knex\'s lock is taken: free it with "knex-adopt repair-history".' : '';
  return {
    code: 'REFUSED.INTERRUPTED',
    message: `Migration ${revision} ${happened}: ${piecesOf(verdict, migration, facts)}. ${why}`,
    hint: `${lock === 'held' ? 'Let it finish if it is running. Otherwise undo' : 'Undo'} by hand what is there, so that it can be run again, or make by hand what is missing; then run the same command.${unlock}`,
  };
}
