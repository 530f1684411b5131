import type { Knex } from 'knex';
import type { History } from '../history/history.ts';
import { finishSeeding, holdSeeding } from '../history/seeding.ts';
import { openSeeds, runSeeds } from '../migrations/seeds.ts';
import type { Plan, Step } from '../plan/plan.ts';
import type { ApplyContext } from './context.ts';

/**
 * Loads the seeds of a plan, so that one that cannot be is found before anything has been written.
 *
 * @throws AdoptError `SEEDS.MISSING`, `SEEDS.LOAD`
 */
export async function requireSeeds({ knex }: ApplyContext, { steps }: Plan): Promise<void> {
  const names = steps.flatMap((step) => (step.kind === 'seed' ? step.seeds : []));
  if (names.length === 0) return;
  const seeds = await openSeeds(knex);
  for (const name of names) await seeds.load(name);
}

/**
 * Has Knex run the seeds, where they are still due, in one transaction with the row that says that they have run.
 *
 * That row is written last: a statement that commits by itself (TRUNCATE, on the MySQL family) must not say that seeds have run of which the
 * rest is still to come.
 *
 * @returns the names of the seeds that ran.
 * @throws AdoptError `SEEDS.FAILED`, `SEEDS.MISSING`, `SEEDS.LOAD`
 */
export async function seed(
  context: ApplyContext,
  knex: Knex,
  history: History,
  { seeds }: Extract<Step, { kind: 'seed' }>,
): Promise<readonly string[]> {
  const source = await openSeeds(context.knex);
  const ran = await knex.transaction(async (transaction) => {
    if (!(await holdSeeding(transaction, history))) return [];
    await runSeeds(transaction, source, seeds);
    const author = { ...context.author, server: context.facts.server, now: context.now() };
    await finishSeeding(transaction, history, seeds, author);
    return seeds;
  });
  if (ran.length > 0) context.logger.info({ event: 'seeded', seeds: ran }, `seeded ${ran.join(', ')}`);
  return ran;
}
