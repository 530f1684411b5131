import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { Diff } from '../../src/diff.ts';
import { createDatabase, runSql, type TestDatabase } from '../support/database.ts';
import { rawMigration } from '../support/project.ts';
import { createProject, failureOf, type Project } from './command-line.ts';
import { runInProcess } from './in-process.ts';

interface Created {
  readonly file: string | null;
  readonly unwritten: readonly { readonly direction: string; readonly name: string }[];
  readonly dropped: readonly string[];
}

const FAMILIES = ['postgres', 'mysql'] as const;
type Family = (typeof FAMILIES)[number];

/** What somebody did by hand to a database at head: something of every kind, made, altered, replaced and dropped. */
const BY_HAND: Readonly<Record<Family, string>> = {
  postgres: `
    create type mood as enum ('it''s fine?', 'back\\slash');
    create table owners (id serial primary key, name varchar(80) not null unique, mood mood default 'it''s fine?');
    create table letters (id bigint generated always as identity primary key, owner_id integer references owners on delete cascade,
      reply_to bigint references letters, body text check (body <> 'what?'));
    alter table cat_profiles add column owner_id integer references owners, add column "odd ?" text default '\${x} \`y\` // ?';
    create unique index one_odd on cat_profiles ("odd ?") where "odd ?" <> '?';
    alter table cat_profiles alter column name type text;
    create function touch() returns trigger language plpgsql as $$ begin
      new.body := 'touched? \`it\` \\n'; return new; end $$;
    create trigger touch_letters before insert on letters for each row execute function touch();
    create view owned as select p.name, o.name as owner from cat_profiles p join owners o on o.id = p.owner_id;
    drop table activity_features cascade;
    alter table detection_results drop column recognized_at;`,
  mysql: `
    create table owners (id int auto_increment primary key, name varchar(80) not null unique, mood enum('it''s fine?', 'back\\\\slash'));
    create table letters (id bigint auto_increment primary key, owner_id int, reply_to bigint, body varchar(200) check (body <> 'what?'),
      foreign key (owner_id) references owners (id) on delete cascade, foreign key (reply_to) references letters (id));
    alter table cat_profiles add column owner_id int, add constraint owned_by foreign key (owner_id) references owners (id),
      add column \`odd ?\` varchar(100) default '\${x} // ?';
    create unique index one_odd on cat_profiles (\`odd ?\`);
    alter table cat_profiles modify column name varchar(255) not null;
    create trigger touch_letters before insert on letters for each row set new.body = 'touched? \\\\n';
    create view owned as select p.name, o.name as owner from cat_profiles p join owners o on o.id = p.owner_id;
    drop table activity_features;
    alter table detection_results drop column recognized_at;`,
};

/** Keys that stand in each other's way, for a chain of one migration; and what somebody made of them. */
const KEYS: Readonly<Record<Family, { readonly chain: readonly string[]; readonly byHand: string }>> = {
  postgres: {
    chain: [
      'create table users (id serial primary key, mail text unique)',
      'create table logs (id serial primary key, happened timestamptz)',
      `create table items (id serial primary key, user_id integer references users, at timestamptz, kind varchar(10),
         doubled integer generated always as (length(kind) * 2) stored)`,
      'create index by_user on items (user_id)',
      'create index by_kind on items (kind)',
      'create table hens (id integer primary key, egg_id integer)',
      'create table eggs (id integer primary key, hen_id integer references hens)',
      'alter table hens add foreign key (egg_id) references eggs',
      `create table visits (id int not null, year int not null, user_id int references users, note text, primary key (id, year))
         partition by range (year)`,
      'create index visits_note on visits (note)',
      'create table visits_old partition of visits for values from (1) to (2000)',
      'create table visits_rest partition of visits default',
      "create table pets (id int primary key, name text, age int, constraint pets_named check (name <> ''))",
      'create table cats (lives int, primary key (id)) inherits (pets)',
    ],
    byHand: `
      alter table logs drop column id, add column uid varchar(36) primary key;
      drop index by_user; create index by_user_at on items (user_id, at);
      drop index by_kind; create index by_kind on items (kind desc, at);
      alter table items drop column doubled;
      alter table items drop constraint items_user_id_fkey, add foreign key (user_id) references users on delete cascade;
      alter table users drop constraint users_mail_key; create index users_mail_key on users (mail);
      alter table hens drop constraint hens_egg_id_fkey; drop table eggs; drop table hens;
      alter table visits drop constraint visits_user_id_fkey, drop column note, add column mood text default 'calm', add check (id > 0);
      alter table visits add unique (year, id); create index visits_mood on visits (mood);
      alter table pets drop constraint pets_named, drop column age, add column toy varchar(20), alter column name set default 'nobody';`,
  },
  mysql: {
    chain: [
      'create table users (id int auto_increment primary key, mail varchar(80) unique)',
      'create table logs (id int auto_increment primary key, happened datetime)',
      `create table items (id int auto_increment primary key, user_id int, at datetime, kind varchar(10),
         doubled int as (char_length(kind) * 2) stored, key by_user (user_id), key by_kind (kind),
         constraint of_user foreign key (user_id) references users (id))`,
      'create table hens (id int primary key, egg_id int)',
      'create table eggs (id int primary key, hen_id int, foreign key (hen_id) references hens (id))',
      'alter table hens add constraint of_egg foreign key (egg_id) references eggs (id)',
    ],
    byHand: `
      alter table logs modify id int not null, drop primary key; alter table logs drop column id, add column uid varchar(36) primary key;
      alter table items add key by_user_at (user_id, at); alter table items drop key by_user;
      alter table items drop key by_kind, add key by_kind (kind, at), drop column doubled;
      alter table users drop key mail, add key mail (mail);
      alter table hens drop foreign key of_egg; drop table eggs; drop table hens;`,
  },
};

/** Something that is altered and cannot be written, beside a column that can. */
const UNWRITABLE: Readonly<
  Record<Family, { readonly chain: readonly string[]; readonly byHand: string; readonly name: string }>
> = {
  postgres: {
    chain: ["create type mood as enum ('calm')", 'create table cats (id integer primary key, mood mood)'],
    byHand: "alter type mood add value 'wild'; alter table cats add column age integer;",
    name: 'mood',
  },
  mysql: {
    chain: ['create table cats (id int primary key, twice int as (id * 2) virtual)'],
    byHand:
      'alter table cats drop column twice, add column twice int as (id * 2) stored, add column age int;',
    name: 'cats.columns.twice',
  },
};

describe.each(FAMILIES)('create --autogenerate on %s', (family) => {
  type Run = (...args: readonly string[]) => Promise<string>;

  /** Two databases at the head of a chain: the reference chain, or one of a single migration with these statements. */
  async function withProject(
    chain: readonly string[] | null,
    work: (
      run: Run,
      databases: { readonly plain: TestDatabase; readonly other: TestDatabase },
      project: Project,
    ) => Promise<void>,
  ): Promise<void> {
    const files = chain === null ? {} : { 'migrations/001_first.js': rawMigration(chain) };
    const project = await createProject(files, { chain: chain === null });
    const [plain, other] = await Promise.all([createDatabase(family), createDatabase(family)]);
    const run: Run = async (...args) => {
      const { exitCode, stdout, stderr } = await runInProcess([...args], project.folder);
      expect(exitCode, `${args.join(' ')}: ${stderr}`).toBe(0);
      return stdout;
    };
    try {
      if (chain !== null) await run('manifest', 'build', '--url', plain.url);
      for (const { url } of [plain, other]) await run('upgrade', '--url', url);
      await work(run, { plain, other }, project);
    } finally {
      await Promise.all([plain.dispose(), other.dispose()]);
    }
  }

  /** That the migration that was written makes one database as the other, and that its down takes that back. */
  async function expectThereAndBack(
    run: Run,
    { plain, other }: { readonly plain: TestDatabase; readonly other: TestDatabase },
    before: string,
  ): Promise<void> {
    const at = ['--url', plain.url];
    await run('manifest', 'build', ...at);
    await run('upgrade', ...at);
    expect(await run('diff', 'live', other.url, '--check', ...at)).toMatch(/^equal/);
    expect(await run('diff', 'head', 'live', '--check', ...at)).toMatch(/^equal/);
    await run('downgrade', '-1', '--yes', ...at);
    expect(await run('diff', before, 'live', '--check', ...at)).toMatch(/^equal/);
  }

  test('a database at head becomes as the other one, by Knex, and goes back', () =>
    withProject(null, async (run, databases, project) => {
      const { plain, other } = databases;
      await runSql(other, BY_HAND[family]);
      const ended = await runInProcess(
        ['create', 'catch_up', '--autogenerate', '--from', other.url, '--url', plain.url, '--json'],
        project.folder,
      );
      expect(ended.exitCode, ended.stderr).toBe(0);
      const { file, unwritten, dropped } = JSON.parse(ended.stdout) as Created;
      expect(file).toBe(join(project.folder, 'migrations/004_catch_up.ts'));
      expect(unwritten).toEqual([]);
      expect([...dropped].sort()).toEqual(['activity_features', 'detection_results.recognized_at']);
      expect(ended.stderr).toContain('its up drops activity_features');

      await expectThereAndBack(run, databases, '003_activity_features');
    }));

  test('keys and columns that stand in the way of each other are replaced in an order that the server takes', () =>
    withProject(KEYS[family].chain, async (run, databases) => {
      await runSql(databases.other, KEYS[family].byHand);
      await run('create', 'keys', '--autogenerate', '--from', 'live', '--url', databases.other.url);
      await expectThereAndBack(run, databases, '001_first');
    }));

  test('what cannot be written is a comment and a warning, and the rest is written', () =>
    withProject(UNWRITABLE[family].chain, async (run, { plain, other }, project) => {
      const { byHand, name } = UNWRITABLE[family];
      await runSql(other, byHand);
      const ended = await runInProcess(
        ['create', 'moods', '--autogenerate', '--url', other.url, '--json'],
        project.folder,
      );
      expect(ended.exitCode, ended.stderr).toBe(0);
      expect(ended.stderr).toMatch(new RegExp(`could be written: ${name};`));
      const { file, unwritten } = JSON.parse(ended.stdout) as Created;
      expect(unwritten).toMatchObject([
        { direction: 'up', name },
        { direction: 'down', name },
      ]);
      expect((await readFile(file ?? '', 'utf8')).split(`  // Not written, ${name}: `)).toHaveLength(3);
      await run('manifest', 'build', '--url', plain.url);
      await run('upgrade', '--url', plain.url);
      const left = JSON.parse(await run('diff', other.url, 'live', '--url', plain.url, '--json')) as Diff;
      expect(left.differences.map(({ path }) => path.slice(1).join('.'))).toEqual([name]);
    }));

  test('where nothing differs nothing is written', () =>
    withProject(null, async (run, { other }, project) => {
      const said = await run('create', 'nothing', '--autogenerate', '--from', other.url);
      expect(said).toMatch(/^nothing to do/);
      expect(await readdir(join(project.folder, 'migrations'))).not.toContain('004_nothing.ts');
    }));

  test('the first migration of a project is written from a database that was never migrated', async () => {
    const project = await createProject({ 'package.json': '{"type":"module"}' });
    const [old, fresh] = await Promise.all([createDatabase(family), createDatabase(family)]);
    try {
      await runSql(old, KEYS[family].chain.join(';\n'));
      const run = (...args: readonly string[]) => runInProcess(args, project.folder);
      const created = await run('create', 'first', '--autogenerate', '--from', old.url, '--ext', 'js');
      expect(created.exitCode, created.stderr).toBe(0);
      expect(created.stdout).toMatch(/^migrations\/\d{14}_first\.js\n$/);
      for (const command of [['manifest', 'build'], ['upgrade'], ['diff', 'live', old.url, '--check']]) {
        const ended = await run(...command, '--url', fresh.url);
        expect(ended.exitCode, `${command.join(' ')}: ${ended.stdout}${ended.stderr}`).toBe(0);
      }
      const verdict = await run('detect-state', '--url', old.url, '--json');
      expect(JSON.parse(verdict.stdout)).toMatchObject({ state: 'legacy', pending: [] });
    } finally {
      await Promise.all([old.dispose(), fresh.dispose()]);
    }
  });
});

test.each([
  [['--from', 'live'], '--from is for --autogenerate.'],
  [['--autogenerate', '--from', '001_initial_schema'], '--from does not take "001_initial_schema".'],
])('create with %j makes no sense', async (args, message) => {
  const project = await createProject({}, { chain: true });
  const ended = await runInProcess(['create', 'one', ...args], project.folder);
  expect([ended.exitCode, failureOf(ended)]).toMatchObject([2, { code: 'USAGE.INVALID', message }]);
});
