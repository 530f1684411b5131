import type { Knex } from 'knex';
import type { Dialect } from '../database/dialect.ts';
import { AdoptError, isAdoptError } from '../errors.ts';
import { isTransactional, loadRunnable } from '../migrations/knex-migrator.ts';
import type { MigrationsSource } from '../migrations/source.ts';
import type { Plan, Refusal, Step } from '../plan/plan.ts';
import { shellWord } from '../util/shell-word.ts';

/** What decides whether migrations can be run in one transaction. */
export interface Runner {
  readonly knex: Knex;
  readonly dialect: Dialect;
  readonly source: MigrationsSource;
}

/** Whether the host has Knex run migrations without transactions. */
export function disablesTransactions(knex: Knex): boolean {
  const host = knex.client.config.migrations as Knex.MigratorConfig | undefined;
  return host?.disableTransactions === true;
}

/** Recorded names of the migrations that a step has Knex run upon the rows that are there. */
export function namesToRun(step: Step): readonly string[] {
  if (step.kind === 'migrate') return step.recordedNames;
  return step.kind === 'run-missing' ? [step.recordedName] : [];
}

/** Recorded names of the migrations that are run into a cleared place, where there are no rows. */
export function namesToReplay(step: Step): readonly string[] {
  return step.kind === 'replay' ? step.recordedNames : [];
}

/**
 * Refuses to rebuild where DDL can be rolled back, and so all of it is one transaction or none, if a migration that would be run upon the rows opts
 * out of transactions. Those that are run into the cleared place are tried in it: see {@link replayFailure}.
 *
 * @throws AdoptError `MIGRATIONS.LOAD`, `MIGRATIONS.INVALID` for a migration that cannot be run.
 */
export async function transactionRefusal(
  { knex, dialect, source }: Runner,
  plan: Plan,
): Promise<Refusal | null> {
  if (!dialect.capabilities.transactionalDdl || !plan.steps.some(({ kind }) => kind === 'replay'))
    return null;
  const names = plan.steps.flatMap(namesToRun);
  const modules = await loadRunnable(source, names);
  const name = disablesTransactions(knex)
    ? names[0]
    : names[modules.findIndex((module) => !isTransactional(module))];
  if (name === undefined) return null;
  const index = source.migrations.findIndex(({ recordedName }) => recordedName === name);
  const before = source.migrations[index - 1]?.revision ?? '';
  return {
    code: 'REFUSED.NOT_TRANSACTIONAL',
    message: `${name} is to be run after the rebuild and does not run in a transaction; a rebuild is one transaction here, with all that follows it.`,
    hint: `Rebuild up to the revision before it (--to ${shellWord(before)}), then run "knex-adopt upgrade".`,
  };
}

/** Why a migration failed in the cleared place: one that opts out of transactions mostly because it was in one. */
export async function replayFailure(source: MigrationsSource, error: unknown): Promise<unknown> {
  if (!isAdoptError(error) || error.code !== 'MIGRATIONS.FAILED') return error;
  const name = error.details?.migration;
  if (typeof name !== 'string' || isTransactional(await source.load(name))) return error;
  return new AdoptError(
    'REFUSED.NOT_TRANSACTIONAL',
    `${name} does not run in a transaction, and a rebuild is one transaction here. ${error.message}`,
    { hint: 'Complete the database instead (--on-partial complete).', cause: error.cause },
  );
}
