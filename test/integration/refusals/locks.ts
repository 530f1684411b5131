import createKnex, { type Knex } from 'knex';
import { expect } from 'vitest';
import { lockName } from '../../../src/dialects/mysql/lock.ts';
import { downgrade } from '../../../src/downgrade.ts';
import { openWorkspace } from '../../../src/workspace.ts';
import { holdLock } from '../../support/hold-lock.ts';
import { rawMigration } from '../../support/project.ts';
import {
  BIRDS,
  BY_NAME,
  CATS,
  NAMES,
  type RefusalCode,
  ROWS,
  type Scene,
  type Situations,
} from '../../support/refusals.ts';
import { startTransactionPooler } from '../../support/transaction-pooler.ts';
import { repairing, upgrading } from './history.ts';

/** Ends the connection that holds our lock. */
async function killHolder({ family, database, knex, meanwhile }: Scene): Promise<void> {
  if (family === 'postgres') {
    await meanwhile(`select pg_terminate_backend(pid) from pg_locks where locktype = 'advisory' and pid <> pg_backend_pid()
      and database = (select oid from pg_database where datname = current_database())`);
    // Told to end, it ends a moment later.
    const held = () =>
      knex('pg_locks').where({
        locktype: 'advisory',
        database: knex.raw('(select oid from pg_database where datname = current_database())'),
      });
    await expect.poll(async () => (await held()).length).toBe(0);
    return;
  }
  const [[{ holder }]] = await knex.raw('select is_used_lock(?) as holder', [
    lockName(`${database.name}.knex_migrations`, database.name),
  ]);
  await meanwhile(`kill ${holder}`);
}

const UNTRANSACTIONAL = {
  '001_cats.js': rawMigration([CATS, BY_NAME]),
  '002_birds.js': rawMigration([BIRDS], [], 'exports.config = { transaction: false };'),
};

/** Locks that somebody has: ours, and Knex's own. */
export const LOCKS = {
  'LOCK.TIMEOUT': [
    {
      when: 'another adoption is at work',
      make: async ({ database, run, adopting, defer }) => {
        await run(CATS, BY_NAME, ROWS);
        const other = await holdLock(database.knex());
        defer(() => other.release());
        return adopting({ lockWaitMs: 300 });
      },
    },
  ],
  'LOCK.KNEX_HELD': [
    {
      when: 'somebody is connected who may have it',
      make: async ({ database, managed, adopting, defer }) => {
        await managed(2, (_rows, locks) => locks.update({ is_locked: 1 }));
        const other = await database.connect();
        defer(() => other.close());
        return adopting({ lockWaitMs: 300 });
      },
    },
    {
      when: 'a repair would free it',
      make: async (scene) => {
        const { database, managed, defer } = scene;
        await managed(2, (_rows, locks) => locks.update({ is_locked: 1 }));
        const other = await database.connect();
        defer(() => other.close());
        return repairing(scene);
      },
    },
    {
      when: 'a plain Knex is writing while a repair begins',
      make: async (scene) => {
        const { database, managed, defer } = scene;
        await managed(2, (rows) => rows.insert({ name: NAMES[0], batch: 3 }));
        const trx = await database.knex().transaction();
        defer(() => trx.rollback());
        await trx('knex_migrations_lock').where({ is_locked: 0 }).update({ is_locked: 1 });
        return repairing(scene);
      },
    },
  ],
  'LOCK.KNEX_STALE': [
    {
      when: 'it is taken, and nobody is connected who could have it',
      make: async ({ managed, adopting }) => {
        await managed(2, (_rows, locks) => locks.update({ is_locked: 1 }));
        // Not waited for: it ends as soon as it has been seen so for a while.
        return adopting({ lockWaitMs: 120_000 });
      },
    },
  ],
  'LOCK.KNEX_BROKEN': [
    {
      when: 'its table has two rows',
      make: async ({ managed, adopting }) => {
        await managed(2, (_rows, locks) => locks.insert({ is_locked: 0 }));
        return adopting();
      },
    },
    {
      when: 'such a database is upgraded',
      make: async (scene) => {
        await scene.managed(2, (_rows, locks) => locks.insert({ is_locked: 0 }));
        return upgrading(scene);
      },
    },
  ],
  'LOCK.LOST': [
    {
      when: 'the connection that holds ours ends before the first step',
      make: async (scene) => {
        const { database, meanwhile, project, run, adopting, defer } = scene;
        const { migrations } = await project(UNTRANSACTIONAL);
        await adopting({ migrations, to: '001_cats' })();
        await run(ROWS, 'update knex_migrations_lock set is_locked = 1');
        const other = await database.connect();
        defer(() => other.close());
        let happened: Promise<void> | undefined;
        const silent = () => {};
        const logger = {
          ...{ debug: silent, warn: silent, error: silent },
          // Under our lock it waits for Knex's, which is free only when ours is lost.
          info: (fields: unknown) => {
            if ((fields as { readonly for?: unknown }).for !== 'knex-lock') return;
            happened = killHolder(scene).then(() =>
              meanwhile('update knex_migrations_lock set is_locked = 0'),
            );
          },
        };
        const attempt = adopting({ migrations, logger, lockWaitMs: 120_000 });
        return () =>
          attempt().finally(async () => {
            await happened;
            await meanwhile('update knex_migrations_lock set is_locked = 1');
          });
      },
    },
    {
      when: 'it ends between two migrations, of which one is undone then and the other is not',
      sends:
        /^(?:drop table birds|delete from \S*knex_migrations\W where|update \S*knex_migrations_lock\W set)/,
      make: async (scene) => {
        const { database } = scene;
        const untransactional = { transaction: false };
        const chain: Readonly<Record<string, Knex.Migration & { readonly config: object }>> = {
          '001_cats': {
            up: async (knex) => {
              await knex.raw(CATS);
              await knex.raw(ROWS);
            },
            down: (knex) => knex.raw('drop table cats'),
            config: untransactional,
          },
          '002_birds': {
            up: (knex) => knex.raw(BIRDS),
            down: async (knex) => {
              await knex.raw('drop table birds');
              await killHolder(scene);
            },
            config: untransactional,
          },
        };
        const migrationSource: Knex.MigrationSource<string> = {
          getMigrations: async () => Object.keys(chain),
          getMigrationName: (name) => name,
          getMigration: async (name) => chain[name] ?? expect.unreachable(),
        };
        const own = database.knex({ migrations: { migrationSource } });
        await own.migrate.latest();
        const workspace = await openWorkspace({ knex: own });
        return () => downgrade(workspace, 'base', { belowAdoption: false, confirm: async () => {} });
      },
      left: async (before, after, { knex }) => {
        expect(after.checksums.cats).toBe(before.checksums.cats);
        expect(Object.keys(after.checksums).sort()).toEqual([
          'cats',
          'knex_migrations',
          'knex_migrations_lock',
        ]);
        expect(await knex('knex_migrations').pluck('name')).toEqual(['001_cats']);
        expect(await knex('knex_migrations_lock').pluck('is_locked')).toEqual([0]);
      },
    },
  ],
  'LOCK.POOLED': [
    {
      when: 'a migration opts out of transactions behind a pooler',
      only: 'postgres',
      make: async ({ database, project, run, adopting, defer }) => {
        const { migrations } = await project(UNTRANSACTIONAL);
        await run(CATS, BY_NAME, ROWS);
        const pooler = await startTransactionPooler(database.url, 3);
        const through = createKnex({ client: 'pg', connection: pooler.url, pool: { min: 0, max: 3 } });
        defer(async () => {
          await through.destroy();
          await pooler.close();
        });
        return adopting({ knex: through, migrations });
      },
    },
  ],
} satisfies Partial<Situations<RefusalCode>>;
