import type { Verdict } from './classify/verdict.ts';
import type { Observation } from './gather.ts';
import { readRecordedTimes } from './history/read-times.ts';
import { readReceipts } from './history/receipts.ts';
import { intendSeedsSql, readSeeding, type Seeding } from './history/seeding.ts';
import { openSeeds } from './migrations/seeds.ts';
import type { SeedFacts } from './plan/seed-steps.ts';
import type { Workspace } from './workspace.ts';

/** How far the clocks of two replicas may be apart. A dump that was loaded over an interrupted install is older than that. */
const MOST_CLOCK_SKEW_MS = 3_600_000;

/** Every seed's name, after each has been loaded: nothing is begun that ends at a seed with a mistake in it. */
async function loadedSeeds({ knex }: Workspace): Promise<readonly string[]> {
  const seeds = await openSeeds(knex);
  for (const name of seeds.names) await seeds.load(name);
  return seeds.names;
}

/**
 * Whether a history is what Knex has written since that install was begun, and nothing else: no row from before, as a dump that was loaded
 * over it would bring, and no adoption, which stands for a schema that something else made.
 */
async function isOfInstall(
  { knex }: Workspace,
  { history }: Pick<Observation, 'history'>,
  { id, intendedAt }: Seeding,
): Promise<boolean> {
  const earliest = Date.parse(intendedAt) - MOST_CLOCK_SKEW_MS;
  const times = await readRecordedTimes(knex, history);
  if ([...times.values()].some((time) => time === null || Date.parse(time) < earliest)) return false;
  const receipts = await readReceipts(knex, history);
  return !receipts.some((receipt) => receipt.id > id && receipt.undoneAt === null);
}

/**
 * What a plan has to know of seeds that were asked for: of a fresh database which ones there are; of any other whether they are still due,
 * because its install was interrupted. Null where neither is so. Writes nothing.
 *
 * @throws AdoptError `SEEDS.MISSING`, `SEEDS.LOAD`
 */
export async function seedFacts(
  workspace: Workspace,
  { verdict, observation }: { readonly verdict: Verdict; readonly observation: Observation },
  now: Date,
): Promise<SeedFacts | null> {
  const { knex, dialect } = workspace;
  const { history } = observation;
  if (verdict.state === 'fresh') {
    const names = await loadedSeeds(workspace);
    return { kind: 'install', names, intendSql: intendSeedsSql(knex, history, names, now) };
  }
  const seeding = await dialect.glance(knex, { queries: 0 }, (session) =>
    readSeeding(session, dialect, history),
  );
  if (seeding === null) return null;
  if (verdict.state !== 'managed' || !(await isOfInstall(workspace, observation, seeding)))
    return { kind: 'abandoned' };
  return { kind: 'due', names: await loadedSeeds(workspace) };
}
