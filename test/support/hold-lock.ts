import type { Knex } from 'knex';
import { dialectOf } from '../../src/dialects/dialect-of.ts';

/** Something that is waited for, and given once. */
export function signal(): { readonly given: Promise<void>; give: () => void } {
  let give = () => {};
  const given = new Promise<void>((resolve) => {
    give = resolve;
  });
  return { given, give };
}

/** Holds the lock of this database's history as another process would, until told to leave. */
export async function holdLock(knex: Knex): Promise<{ release: () => Promise<void> }> {
  const dialect = dialectOf(knex);
  const facts = await dialect.glance(knex, { queries: 0 }, (session) => dialect.readServer(session));
  const name = `${facts.defaultSchema}.knex_migrations`;
  const [leave, held] = [signal(), signal()];
  const holding = dialect.withLock(knex, facts, { name, mode: 'session', waitMs: 0 }, async () => {
    held.give();
    await leave.given;
  });
  await Promise.race([held.given, holding]);
  return {
    release: async () => {
      leave.give();
      await holding;
    },
  };
}
