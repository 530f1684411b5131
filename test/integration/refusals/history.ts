import { downgrade } from '../../../src/downgrade.ts';
import { repairHistory } from '../../../src/repair-history.ts';
import { stampRevision } from '../../../src/stamp.ts';
import { upgrade } from '../../../src/upgrade.ts';
import type { Workspace } from '../../../src/workspace.ts';
import { createInserter } from '../../support/database.ts';
import {
  BY_NAME,
  CATS,
  NAMES,
  type RefusalCode,
  ROWS,
  type Scene,
  type Situations,
} from '../../support/refusals.ts';

export const repairing =
  ({ knex, migrations }: Scene) =>
  () =>
    repairHistory({ knex, migrations });
export const upgrading = ({ asking }: Scene) =>
  asking((workspace: Workspace) => upgrade(workspace, 'head', { knex: workspace.knex }));

/** Histories in trouble. */
export const HISTORY = {
  'HISTORY.UNREADABLE': [
    {
      when: 'the role may not read it',
      make: async ({ database, run, managed, adopting }) => {
        await managed(2, () => run(ROWS));
        const connection = await createInserter(database, ['knex_migrations', 'knex_migrations_lock']);
        return adopting({ knex: database.knex({ connection }) });
      },
    },
  ],
  'HISTORY.SEVERAL': [
    {
      // On the MySQL family Knex looks in the one database that is connected to.
      when: 'there is one in another schema',
      only: 'postgres',
      make: async ({ database, run, adopting }) => {
        await run('create schema app');
        await adopting({ knex: database.knex({ searchPath: ['app'] }), schemas: ['app'] })();
        return adopting();
      },
    },
  ],
  'HISTORY.INVALID': [
    {
      when: 'a table of its name is something else',
      make: async ({ run, adopting }) => {
        await run(CATS, ROWS, 'create table knex_migrations (id int primary key)');
        return adopting();
      },
    },
    {
      when: 'a table with the name of the receipts is something else',
      make: async ({ run, adopting }) => {
        await run(CATS, ROWS, 'create table knex_adoption (id int primary key)');
        return adopting();
      },
    },
    {
      when: 'it is to have a name that Knex writes otherwise',
      make: async ({ run, adopting }) => {
        await run(CATS, BY_NAME, ROWS);
        return adopting({ tableName: 'our.migrations' });
      },
    },
  ],
  'HISTORY.UNKNOWN_NAMES': [
    {
      when: 'a migration is recorded that the code does not have',
      make: async ({ managed, adopting }) => {
        await managed(2, (rows) => rows.insert({ name: '009_later.js', batch: 3 }));
        return adopting();
      },
    },
    {
      when: 'such a database is upgraded',
      make: async (scene) => {
        await scene.managed(2, (rows) => rows.insert({ name: '009_later.js', batch: 3 }));
        return upgrading(scene);
      },
    },
    {
      when: 'such a history is repaired',
      make: async (scene) => {
        await scene.managed(2, (rows) => rows.insert({ name: '009_later.js', batch: 3 }));
        return repairing(scene);
      },
    },
  ],
  'HISTORY.GAP': [
    {
      when: 'one in the middle is not recorded',
      make: async ({ managed, adopting }) => {
        await managed(2, (rows) => rows.where({ name: NAMES[0] }).delete());
        return adopting();
      },
    },
    {
      when: 'such a database is upgraded',
      make: async (scene) => {
        await scene.managed(2, (rows) => rows.where({ name: NAMES[0] }).delete());
        return upgrading(scene);
      },
    },
    {
      when: 'that such a migration has run is not proved to a repair',
      make: async (scene) => {
        await scene.managed(4, async (rows) => {
          await rows.where({ name: NAMES[1] }).delete();
          await scene.run('drop table dogs');
        });
        return repairing(scene);
      },
    },
    {
      when: 'a downgrade would have Knex undo another migration than the last',
      make: async ({ managed, asking }) => {
        await managed(2, async (rows) => {
          await rows.clone().where({ name: NAMES[0] }).update({ id: 9 });
        });
        return asking((workspace) =>
          downgrade(workspace, '001_cats', { belowAdoption: false, confirm: async () => {} }),
        );
      },
    },
  ],
  'HISTORY.EXTENSION': [
    {
      when: 'one is recorded with another extension',
      make: async ({ managed, adopting }) => {
        await managed(2, (rows) => rows.where({ name: NAMES[1] }).update({ name: '002_dogs.ts' }));
        return adopting();
      },
    },
  ],
  'HISTORY.DUPLICATES': [
    {
      when: 'one is recorded twice',
      make: async ({ managed, adopting }) => {
        await managed(2, (rows) => rows.insert({ name: NAMES[0], batch: 3 }));
        return adopting();
      },
    },
  ],
  'HISTORY.SEQUENCE': [
    {
      when: 'what Knex records next would get an id that is taken, or none',
      make: async ({ family, run, managed, adopting }) => {
        await managed(2, () =>
          run(
            ROWS,
            family === 'mysql'
              ? 'alter table knex_migrations modify id int unsigned not null'
              : "select setval('knex_migrations_id_seq', 1, false)",
          ),
        );
        return adopting();
      },
    },
    {
      when: 'such a database is upgraded',
      make: async (scene) => {
        const { family, run, managed } = scene;
        await managed(2, () =>
          run(
            family === 'mysql'
              ? 'alter table knex_migrations modify id int unsigned not null'
              : "select setval('knex_migrations_id_seq', 1, false)",
          ),
        );
        return upgrading(scene);
      },
    },
    {
      when: 'nothing makes ids any more, and a repair cannot know what did',
      make: async (scene) => {
        const { family, run, managed } = scene;
        await managed(2, () =>
          run(
            family === 'mysql'
              ? 'alter table knex_migrations modify id int unsigned not null'
              : 'alter table knex_migrations alter column id drop default',
          ),
        );
        return repairing(scene);
      },
    },
  ],
  'HISTORY.CONFLICT': [
    {
      when: 'another revision is recorded than is to be stamped',
      make: async ({ run, managed, asking }) => {
        await managed(2, () => run(ROWS));
        return asking((workspace) => stampRevision(workspace, '001_cats', { accept: [], unverified: false }));
      },
    },
    {
      when: 'it is to be stamped unverified',
      make: async ({ run, managed, asking }) => {
        await managed(2, () => run(ROWS));
        return asking((workspace) => stampRevision(workspace, '001_cats', { accept: [], unverified: true }));
      },
    },
  ],
} satisfies Partial<Situations<RefusalCode>>;
