import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'vitest';
import { downgrade } from '../../../src/downgrade.ts';
import { planAdoption } from '../../../src/library.ts';
import { repairHistory } from '../../../src/repair-history.ts';
import { unadopt } from '../../../src/unadopt.ts';
import { runInProcess } from '../../cli/in-process.ts';
import { createReader } from '../../support/database.ts';
import { rawMigration } from '../../support/project.ts';
import {
  type Attempt,
  BIRDS,
  CATS,
  DOGS,
  NAMES,
  type RefusalCode,
  ROWS,
  type Scene,
  type Situations,
} from '../../support/refusals.ts';
import { firstFailed } from './adopting.ts';
import { AT_004 } from './commands.ts';

/** A reviewed plan in a file, for a legacy database. */
async function plannedFile({ database, migrations, run, project }: Scene): Promise<string> {
  const { directory } = await project({ '001_cats.js': rawMigration([CATS]) });
  await run(...AT_004);
  const file = join(directory, 'plan.json');
  const args = ['handle-legacy', '--plan', file, '--migrations', migrations, '--url', database.url];
  expect(await runInProcess(args)).toMatchObject({ exitCode: 0 });
  return file;
}

/** Has a migration recorded by somebody else while the question is open, and unrecorded when all is over. */
function recordedMeanwhile(
  { meanwhile }: Scene,
  name: string | undefined,
  attempt: (confirm: () => Promise<void>) => Promise<unknown>,
): Attempt {
  return () =>
    attempt(() => meanwhile(`insert into knex_migrations (name, batch) values ('${name}', 9)`)).finally(() =>
      meanwhile(`delete from knex_migrations where batch = 9`),
    );
}

/** Plans that cannot be carried out, or written down. */
export const PLANS = {
  'PLAN.STALE': [
    {
      when: 'the schema is another one than the reviewed plan was made for',
      make: async ({ knex, migrations, run, adopting }) => {
        await run(...AT_004);
        const { plan } = await planAdoption({ knex, migrations });
        await run('create table fish (id int)');
        return adopting({ plan: plan ?? undefined });
      },
    },
    {
      when: 'the schema changes while the question is open',
      make: async ({ knex, migrations, meanwhile, run, adopting }) => {
        await run(...AT_004);
        const { plan } = await planAdoption({ knex, migrations });
        const confirm = async () => {
          await meanwhile('create table fish (id int)');
          return true;
        };
        const attempt = adopting({ plan: plan ?? undefined, confirm });
        return () => attempt().finally(() => meanwhile('drop table fish'));
      },
    },
    {
      when: 'the history goes on while a downgrade asks',
      make: async (scene) => {
        await scene.managed(2, () => scene.run(ROWS));
        return recordedMeanwhile(scene, NAMES[2], (confirm) =>
          scene.asking((workspace) => downgrade(workspace, '001_cats', { belowAdoption: false, confirm }))(),
        );
      },
    },
    {
      when: 'the history goes on while an adoption is to be taken back',
      make: async (scene) => {
        await scene.run(...AT_004);
        await scene.adopting({ to: '004_birds' })();
        return recordedMeanwhile(scene, NAMES[4], (confirm) =>
          scene.asking((workspace) => unadopt(workspace, { confirm }))(),
        );
      },
    },
    {
      when: 'the history goes on while a repair asks',
      make: async (scene) => {
        const { knex, migrations } = scene;
        await scene.managed(2, (rows) => rows.insert({ name: NAMES[0], batch: 3 }));
        return recordedMeanwhile(scene, NAMES[2], (confirm) =>
          repairHistory({ knex, migrations, confirm: () => confirm().then(() => true) }),
        );
      },
    },
  ],
  'PLAN.READ_ONLY': [
    {
      // On the MySQL family it is a setting of the whole server: see `hazards-mysql.test.ts`, which has one of its own.
      when: 'sessions may only read',
      only: 'postgres',
      make: async ({ database, run, adopting }) => {
        await run(...AT_004, `alter database ${database.name} set default_transaction_read_only = on`);
        return adopting({ knex: database.knex() });
      },
    },
  ],
  'PLAN.FORBIDDEN': [
    {
      when: 'the role may only read',
      // It is refused by the server.
      sends: /^create table \S*knex_migrations\W /,
      make: async ({ database, run, adopting }) => {
        await run(...AT_004);
        return adopting({ knex: database.knex({ connection: await createReader(database) }) });
      },
    },
  ],
  'PLAN.UNMET': [
    {
      when: 'the migrations make another schema than the manifests say, in a rebuild',
      // All of it is rolled back, or put back.
      sends: /./,
      make: async ({ project, run, adopting }) => {
        const { migrations: manifests } = await project({ '001_cats.js': rawMigration([CATS]) });
        const { migrations } = await project({
          '001_cats.js': rawMigration([CATS.replace(', lives int', '')]),
        });
        await run(...AT_004, 'alter table cats drop column lives');
        return adopting({ migrations, manifests: `${manifests}/manifests`, onPartial: 'rebuild' });
      },
    },
    {
      when: 'a migration that fills a gap makes another schema than the manifests say',
      // What Knex ran is there, where it cannot be rolled back; nothing is recorded, and nothing that was there is touched.
      sends: /./,
      make: async ({ project, run, adopting }) => {
        const { migrations: manifests } = await project({
          '001_cats.js': rawMigration([CATS]),
          '002_dogs.js': rawMigration([DOGS.replace(')', ', age int)')]),
          '003_birds.js': rawMigration([BIRDS]),
        });
        const { migrations } = await project({
          '001_cats.js': rawMigration([CATS]),
          '002_dogs.js': rawMigration([DOGS]),
          '003_birds.js': rawMigration([BIRDS]),
        });
        await run(CATS, ROWS, BIRDS);
        return adopting({ migrations, manifests: `${manifests}/manifests`, onPartial: 'complete' });
      },
      left: (before, after, { family }) => {
        if (family === 'postgres') return expect(after).toEqual(before);
        const { dogs, knex_adoption: journal, ...rest } = after.checksums;
        expect([dogs, journal].every((one) => one !== undefined)).toBe(true);
        expect(rest).toEqual(before.checksums);
      },
    },
  ],
  'PLAN.INVALID': [
    {
      when: 'the file is no plan',
      make: async (scene) => {
        const file = await plannedFile(scene);
        const plan = JSON.parse(await readFile(file, 'utf8'));
        plan.steps[1].revisions = 'all';
        await writeFile(file, JSON.stringify(plan));
        return scene.typing('handle-legacy', '--yes', '--apply', file, '--migrations', scene.migrations);
      },
    },
    {
      when: 'what an interrupted plan has left to do was changed by hand',
      make: async (scene) => {
        const attempt = await firstFailed(scene);
        await scene.run("update knex_adoption set journal = '{}'");
        return attempt;
      },
    },
  ],
  'PLAN.NOT_SCRIPTABLE': [
    {
      when: 'a migration reads rows',
      make: async ({ project, run, typing }) => {
        const { migrations } = await project({
          '001_cats.js': rawMigration([CATS]),
          '002_names.js': `exports.up = async (knex) => {
            for (const { id, name } of await knex('cats')) await knex('cats').where({ id }).update({ name: name.trim() });
          };
          exports.down = async () => {};`,
        });
        await run('create table fish (id int)');
        return typing('handle-legacy', '--shared', '--sql', '-', '--migrations', migrations);
      },
    },
  ],
} satisfies Partial<Situations<RefusalCode>>;
