import type { Findings, Observation } from './gather.ts';
import { readRecordedTimes } from './history/read-times.ts';
import { readReceipts } from './history/receipts.ts';
import { intendSeedsSql, readSeeding, type Seeding } from './history/seeding.ts';
import { knowsTable } from './manifest/chain.ts';
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
  if (history.rows.length === 0) return false;
  const earliest = Date.parse(intendedAt) - MOST_CLOCK_SKEW_MS;
  const times = await readRecordedTimes(knex, history);
  if ([...times.values()].some((time) => time === null || Date.parse(time) < earliest)) return false;
  const receipts = await readReceipts(knex, history);
  return !receipts.some((receipt) => receipt.id > id && receipt.undoneAt === null);
}

/** Whether no table of the chain holds a row: what an install left that was killed before anything was recorded, and nothing of anybody's. */
function holdsNothing(
  { dialect, knex }: Workspace,
  { chain, observation }: Pick<Findings, 'chain' | 'observation'>,
): Promise<boolean> {
  return dialect.read(knex, { queries: 0 }, async (session) => {
    for (const table of observation.snapshot.tables) {
      if (!knowsTable(chain, table.key)) continue;
      const rows = await session.query(`select '1' as a from ${dialect.quoteTable(table)} limit 1`);
      if (rows.length > 0) return false;
    }
    return true;
  });
}

/**
 * What a plan has to know of seeds that were asked for: of a fresh database which ones there are; of any other whether they are still due,
 * because its install was interrupted, and it is what that left. Null where neither is so. Writes nothing.
 *
 * @throws AdoptError `SEEDS.MISSING`, `SEEDS.LOAD`; `DETECT.BLIND` where this role may not see whether tables are empty.
 */
export async function seedFacts(
  workspace: Workspace,
  findings: Findings,
  now: Date,
): Promise<SeedFacts | null> {
  const { knex, dialect } = workspace;
  const { verdict, observation } = findings;
  const { history } = observation;
  if (verdict.state === 'fresh') {
    const names = await loadedSeeds(workspace);
    return { kind: 'install', names, intendSql: intendSeedsSql(knex, history, names, now) };
  }
  const seeding = await dialect.glance(knex, { queries: 0 }, (session) =>
    readSeeding(session, dialect, history),
  );
  if (seeding === null) return null;
  const isItsOwn =
    (await isOfInstall(workspace, observation, seeding)) || (await holdsNothing(workspace, findings));
  return isItsOwn ? { kind: 'due', names: await loadedSeeds(workspace) } : { kind: 'abandoned' };
}
