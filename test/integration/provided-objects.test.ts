/** `hazards.md` (k): what providers and services put into an application's schema is not the application's, unless its chain makes it. */
import type { Knex } from 'knex';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { adopt, detectState } from '../../src/library.ts';
import { createDatabase, runSql, type TestDatabase } from '../support/database.ts';
import { createProject, type Project, rawMigration } from '../support/project.ts';

const CATS = 'create table cats (id int primary key)';

const PROVIDED = {
  postgres: [
    'create table spatial_ref_sys (srid int primary key, auth_name varchar(256))',
    'create view geometry_columns as select srid from spatial_ref_sys',
    'create materialized view raster_columns as select srid from spatial_ref_sys',
    'create table awsdms_ddl_audit (c_key bigserial primary key, c_ddlqry text)',
    'create function awsdms_intercept_ddl() returns int language sql as $$select 1$$',
    'create view pg_stat_statements as select 1 as calls',
    'create table pghero_query_stats (id bigserial primary key, database text not null)',
  ],
  mysql: [
    'create table awsdms_apply_exceptions (task_name varchar(128) not null, error_time timestamp not null)',
    'create table awsdms_validation_failures_v1 (task_name varchar(128) not null)',
  ],
} as const;

describe.each(['postgres', 'mysql'] as const)('on %s', (family) => {
  let database: TestDatabase;
  let knex: Knex;
  const projects: Project[] = [];

  beforeEach(async () => {
    database = await createDatabase(family);
    knex = database.knex();
  });
  afterEach(async () => {
    await Promise.all(projects.splice(0).map((one) => one.remove()));
    await database?.dispose();
  });
  const chain = async (...statements: string[]) => {
    const project = await createProject({ '001_cats.js': rawMigration(statements) });
    projects.push(project);
    await project.record(knex);
    return project.migrations;
  };

  test('a database with nothing else is fresh and nobody shares it', async () => {
    const migrations = await chain(CATS);
    await runSql(database, PROVIDED[family].join(';\n'));
    expect(await detectState({ knex, migrations })).toMatchObject({ state: 'fresh', unmanaged: [] });
    expect(await adopt({ knex, migrations })).toMatchObject({ outcome: 'installed', ran: ['001_cats.js'] });
    const after = await detectState({ knex, migrations });
    expect(after).toMatchObject({ state: 'managed', drift: false, differences: [], unmanaged: [] });
  });

  test('what only resembles it is a stranger (hazard k)', async () => {
    const migrations = await chain(CATS);
    await runSql(database, 'create table awsdms_history2 (id int); create view awsdms as select 1 as id');
    const { unmanaged } = await detectState({ knex, migrations });
    expect(unmanaged.map((name) => name.split('.')[1])).toEqual(['awsdms', 'awsdms_history2']);
  });

  test('a chain that makes a table of such a name itself is held to it', async () => {
    const own = 'create table awsdms_status (id int primary key, mine varchar(10))';
    const migrations = await chain(own);
    expect(await detectState({ knex, migrations })).toMatchObject({ state: 'fresh' });
    await runSql(database, own);
    expect(await detectState({ knex, migrations })).toMatchObject({ state: 'legacy', revision: '001_cats' });
    await runSql(database, 'alter table awsdms_status drop column mine');
    const report = await detectState({ knex, migrations });
    expect(report).toMatchObject({ state: 'partial' });
    expect(report.differences.map(({ path, outcome }) => [path.at(-1), outcome])).toEqual([
      ['mine', 'missing'],
    ]);
  });
});
