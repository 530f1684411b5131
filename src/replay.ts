import type { ScratchDatabase } from './database/dialect.ts';
import { migrateEach } from './migrations/knex-migrator.ts';
import type { MigrationsSource } from './migrations/source.ts';
import type { Snapshot } from './schema/snapshot.ts';
import type { Workspace } from './workspace.ts';

/** Called after each migration, with a way to read what is there now; the next one is run when it is done. */
export type Look = (index: number, read: () => Promise<Snapshot>) => Promise<void>;

/** Runs the chain; what is read is of the schemas given (the connection's default one first), without the history tables. */
export async function replay(
  workspace: Workspace,
  source: MigrationsSource,
  scratch: ScratchDatabase,
  look: Look,
): Promise<void> {
  const { dialect, tableName } = workspace;
  const counter = { queries: 0 };
  const facts = await dialect.read(scratch.knex, counter, (session) => dialect.readServer(session));
  const schema = facts.defaultSchema;
  const follower = dialect.follow(facts, {
    schemas: [schema, ...workspace.schemas.slice(1)],
    exclude: [tableName, `${tableName}_lock`].map((name) => ({ schema, name })),
  });
  const { translateError } = dialect;
  const historyTable = { schema, name: tableName };
  await dialect.observe(scratch.knex, counter, facts, (observe) =>
    migrateEach(scratch.knex, { source, historyTable, translateError }, async (done, knex) => {
      if (done > 0) await look(done - 1, () => observe(knex, (session) => follower.read(session)));
    }),
  );
}
