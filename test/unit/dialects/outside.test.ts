import { describe, expect, test } from 'vitest';
import { mayReachOutside as mysql } from '../../../src/dialects/mysql/outside.ts';
import { mayReachOutside as postgres } from '../../../src/dialects/postgres/outside.ts';

describe('on PostgreSQL a statement reaches outside of its database', () => {
  test.each([
    'create role reader',
    'ALTER  USER app SET search_path = app',
    "do $$ begin if not exists (select 1 from pg_roles) then create role reader login password 'x'; end if; end $$",
    'alter database app set timezone = utc',
    'alter system set work_mem = 1',
    'grant reader to app',
    'create table t (a int); drop owned by app',
    "select dblink_exec('dbname=other', 'drop table t')",
  ])('by %s', (sql) => {
    expect(postgres(sql)).toBe(true);
  });

  test.each([
    'create table "role" (a int)',
    'grant select on t to reader',
    'grant usage\n on schema app to reader',
    "insert into permissions values ('create role'), ('alter system')",
    'alter table t drop column x -- create role',
    'create user mapping for app server s',
    'alter table t alter column role type text',
    'alter table "user" add a int',
    'create function f() returns void language sql as $$ drop role reader $$',
  ])('and not by %s', (sql) => {
    expect(postgres(sql)).toBe(false);
  });
});

describe('on the MySQL family a statement reaches outside of its database', () => {
  const others = ['app', 'we`ird'];

  test.each([
    'update app.users set a = 1',
    'alter table `app` . `users` add b int',
    'insert into t select 1; delete from APP.users',
    'drop table `we``ird`.t',
    'create user u',
    'grant select on t to u',
    'set global sql_mode = ""',
    'set @@global.sql_mode = ""',
    'use other',
    'create database if not exists other',
    'drop schema `other`',
  ])('by %s', (sql) => {
    expect(mysql(sql, others)).toBe(true);
  });

  test.each([
    'update users set app = 1',
    'select * from app.users',
    "insert into t values ('app.users', 'grant')",
    'alter table t add grant_ int /* app.users */',
    'create table my_app.t (a int)',
    'create database if not exists `knex_adopt_scratch_00_aside_1`',
    'alter table t comment = "create user"',
  ])('and not by %s', (sql) => {
    expect(mysql(sql, others)).toBe(false);
  });
});
