import { dropSetAside } from '../../../src/drop-set-aside.ts';
import { placesBeside } from '../../support/partial.ts';
import { rawMigration } from '../../support/project.ts';
import { rebuildAndDie } from '../../support/rebuild-and-die.ts';
import {
  type Attempt,
  BIRDS,
  BY_NAME,
  CATS,
  DOGS,
  type RefusalCode,
  ROWS,
  type Scene,
  type Situations,
} from '../../support/refusals.ts';

/** A database that is nearly `001_cats`: it lacks a column. */
const LESS = [CATS, BY_NAME, ROWS, 'alter table cats drop column lives'] as const;

/** A mapping that is right but for these tables. */
const mapped = (tables: Readonly<Record<string, { readonly to: string }>>) =>
  ({ onPartial: 'rebuild', mapping: { tables } }) as const;

/** Rebuilds a database, has something done to what it set aside, and gives the attempt to drop that. */
async function droppingAside(scene: Scene, spoil: (place: string) => string): Promise<Attempt> {
  const { family, database, knex, run, adopting, asking } = scene;
  await run(...LESS);
  await adopting({ onPartial: 'rebuild', at: '001_cats' })();
  const [place = ''] = await placesBeside(database, knex);
  await run(spoil(family === 'mysql' ? `\`${place}\`` : `"${place}"`));
  return asking((workspace) => dropSetAside(workspace, place, { confirm: async () => {} }));
}

/** A chain with a piece that is not made from what a manifest says of it. */
const UNWRITABLE = {
  postgres: [
    'create extension file_fdw; create server files foreign data wrapper file_fdw',
    "create foreign table csv (id integer) server files options (filename '/dev/null')",
  ],
  mysql: ['create table far (id int) engine=MRG_MyISAM'],
} as const;

/** A partial database that is to be completed or rebuilt, and what a rebuild set aside. */
export const PARTIAL = {
  'REFUSED.LEFTOVER': [
    {
      when: 'a table has another primary key',
      make: async ({ run, adopting }) => {
        await run('create table cats (id int not null, name varchar(20) primary key, lives int)', ROWS);
        return adopting({ onPartial: 'complete' });
      },
    },
    {
      when: 'a column that is missing may be there under another name',
      make: async ({ run, adopting }) => {
        await run(CATS, BY_NAME, ROWS, 'alter table cats rename column lives to nine');
        return adopting({ onPartial: 'complete' });
      },
      says: /cats\.columns\.nine is part of no revision, .* what \S+cats\.columns\.lives is to be: .*--accept \S+cats\.columns\.nine$/,
    },
  ],
  'REFUSED.NARROWING': [
    {
      when: 'a column to be completed is wider than expected',
      make: async ({ run, adopting }) => {
        await run(
          'create table cats (id int primary key, name varchar(60) not null, lives int)',
          BY_NAME,
          ROWS,
        );
        return adopting({ onPartial: 'complete' });
      },
    },
    {
      when: 'a column to be copied has a type of which nobody can tell what is lost',
      make: async ({ family, project, run, adopting }) => {
        const [is, becomes] = family === 'mysql' ? ['double', 'decimal(8, 3)'] : ['text', 'jsonb'];
        const { migrations } = await project({
          '001_log.js': rawMigration([`create table log (id int primary key, data ${becomes})`]),
        });
        await run(`create table log (id int primary key, data ${is})`, "insert into log values (1, '7.25')");
        return adopting({ migrations, onPartial: 'rebuild' });
      },
    },
  ],
  'REFUSED.UNWRITABLE': [
    {
      when: 'a table is missing that no manifest describes in full',
      make: async ({ family, project, run, adopting }) => {
        const { migrations } = await project({ '001_cats.js': rawMigration([CATS, ...UNWRITABLE[family]]) });
        await run(CATS, ROWS);
        return adopting({ migrations, onPartial: 'complete' });
      },
    },
  ],
  'REFUSED.ROWS': [
    {
      when: 'there are rows and nothing to put into a column that needs a value',
      make: async ({ run, adopting }) => {
        await run(
          'create table cats (id int primary key, lives int)',
          'insert into cats values (1, 7), (2, 9)',
        );
        return adopting({ onPartial: 'complete', at: '001_cats' });
      },
    },
    {
      when: 'rows to be copied have no value for a column that needs one',
      make: async ({ run, adopting }) => {
        await run(
          'create table cats (id int primary key, name varchar(20))',
          'insert into cats (id) values (1)',
        );
        return adopting({ onPartial: 'rebuild', at: '001_cats' });
      },
    },
  ],
  'REFUSED.NO_HOME': [
    {
      when: 'a column that would stay behind may be one that is to be there under another name',
      make: async ({ run, adopting }) => {
        await run(CATS, BY_NAME, ROWS, 'alter table cats rename column lives to nine');
        return adopting({ onPartial: 'rebuild' });
      },
      says: /cats\.columns\.nine has no home, .* what \S+cats\.columns\.lives is to be: .*--accept \S+cats\.columns\.nine$/,
    },
    {
      when: 'rows would stay behind whose table a pending migration makes anew',
      make: async ({ run, adopting }) => {
        await run(...LESS, DOGS);
        return adopting({ onPartial: 'rebuild', at: '001_cats' });
      },
      says: /dogs has no home at 001_cats, and 002_dogs would make it anew, empty: .*--at 002_dogs\).*--accept \S+dogs$/,
    },
    {
      when: 'the mapping names a table that is not there',
      make: async ({ run, adopting }) => {
        await run(...LESS);
        return adopting(mapped({ horses: { to: 'cats' } }));
      },
    },
    {
      when: 'two tables would go into one',
      make: async ({ run, adopting }) => {
        await run(...LESS, 'create table kitties (id int primary key, name varchar(20) not null)');
        return adopting(mapped({ kitties: { to: 'cats' } }));
      },
    },
  ],
  'REFUSED.DEPENDENT': [
    {
      when: "a stranger's view reads what would be set aside",
      make: async ({ run, adopting }) => {
        await run(...LESS, 'create view seen as select name from cats');
        return adopting({ onPartial: 'rebuild' });
      },
    },
    {
      when: "a stranger's view reads what was set aside",
      make: (scene) => droppingAside(scene, (place) => `create view old_cats as select * from ${place}.cats`),
    },
    {
      when: 'somebody has put a table beside what was set aside',
      make: (scene) => droppingAside(scene, (place) => `create table ${place}.diary (id int primary key)`),
    },
  ],
  'REFUSED.UNMOVABLE': [
    {
      when: 'a table has a trigger',
      only: 'mysql',
      make: async ({ run, adopting }) => {
        await run(
          ...LESS,
          'create trigger trimmed before insert on cats for each row set new.name = trim(new.name)',
        );
        return adopting({ onPartial: 'rebuild' });
      },
    },
  ],
  'REFUSED.NOT_TRANSACTIONAL': [
    {
      when: 'a migration of a rebuild opts out of transactions',
      only: 'postgres',
      make: async ({ project, run, adopting }) => {
        const { migrations } = await project({
          '001_cats.js': rawMigration([CATS]),
          '002_birds.js': rawMigration([BIRDS], [], 'exports.config = { transaction: false };'),
        });
        await run(...LESS);
        return adopting({ migrations, onPartial: 'rebuild' });
      },
    },
  ],
  'REFUSED.UNFINISHED': [
    {
      // Elsewhere a rebuild that dies is rolled back, and there is nothing to finish.
      when: 'a process died in the middle of a rebuild',
      only: 'mysql',
      make: async ({ database, project, run, adopting }) => {
        const { migrations } = await project({
          '001_cats.js': `exports.up = async (knex) => {
            await knex.raw('${CATS}');
            if (process.env.DIE_HERE) process.exit(9);
          };
          exports.down = async () => {};`,
          '002_dogs.js': rawMigration([DOGS]),
        });
        await run(...LESS);
        await rebuildAndDie(database.url, migrations);
        return adopting({ migrations });
      },
    },
  ],
} satisfies Partial<Situations<RefusalCode>>;
