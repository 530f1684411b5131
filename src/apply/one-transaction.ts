import type { Knex } from 'knex';
import type { Dialect } from '../database/dialect.ts';
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

/** Recorded names of the migrations that a step has Knex run. */
export function namesToRun(step: Step): readonly string[] {
  switch (step.kind) {
    case 'migrate':
    case 'replay':
      return step.recordedNames;
    case 'run-missing':
      return [step.recordedName];
    default:
      return [];
  }
}

/**
 * Refuses to rebuild where DDL can be rolled back, and so all of it is one transaction or none, if a migration opts out of transactions: it may do
 * what cannot be done in one, and it may end the one that it is in.
 *
 * @throws AdoptError `MIGRATIONS.LOAD`, `MIGRATIONS.INVALID` for a migration that cannot be run.
 */
export async function transactionRefusal(
  { knex, dialect, source }: Runner,
  { steps }: Plan,
): Promise<Refusal | null> {
  const replay = steps.find((step) => step.kind === 'replay');
  if (replay === undefined || !dialect.capabilities.transactionalDdl) return null;
  const names = steps.flatMap(namesToRun);
  const modules = await loadRunnable(source, names);
  const name = disablesTransactions(knex)
    ? names[0]
    : names[modules.findIndex((module) => !isTransactional(module))];
  if (name === undefined) return null;
  const index = source.migrations.findIndex(({ recordedName }) => recordedName === name);
  const before = source.migrations[index - 1]?.revision ?? '';
  const [when, hint] = replay.recordedNames.includes(name)
    ? [
        'is run by the rebuild',
        'Complete the database instead (--on-partial complete), or mend it by hand: "knex-adopt detect-state" has the SQL.',
      ]
    : [
        'is to be run after the rebuild',
        `Rebuild up to the revision before it (--to ${shellWord(before)}), then run "knex-adopt upgrade".`,
      ];
  return {
    code: 'REFUSED.NOT_TRANSACTIONAL',
    message: `${name} ${when} and does not run in a transaction; a rebuild is one transaction here, with all that follows it.`,
    hint,
  };
}
