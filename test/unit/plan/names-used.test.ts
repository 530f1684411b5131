import { describe, expect, test } from 'vitest';
import type { Dialect } from '../../../src/database/dialect.ts';
import { mysqlDialect } from '../../../src/dialects/mysql/mysql-dialect.ts';
import { postgresDialect } from '../../../src/dialects/postgres/postgres-dialect.ts';
import { namesUsed } from '../../../src/plan/names-used.ts';

/** Each use as `table: kinds name`. */
function usesOf({ syntaxes: [syntax], pieceNames }: Dialect, sql: string): readonly string[] {
  if (syntax === undefined) throw new Error('There is no syntax.');
  return namesUsed(sql, { syntax, ...pieceNames }).map(({ table, kinds, name }) => {
    const where = table === null ? '' : `${table.schema === null ? '' : `${table.schema}.`}${table.name}: `;
    return `${where}${kinds.length > 2 ? 'constraint' : kinds.join(' or ')} ${name}`;
  });
}

const LONG = 'a'.repeat(70);

describe('on PostgreSQL', () => {
  test.each([
    ['alter table "cats" drop constraint "cats_name_unique"', ['cats: constraint cats_name_unique']],
    [
      'alter table only app."Cats" drop constraint if exists X cascade, add column a int',
      ['app.Cats: constraint x'],
    ],
    ['ALTER TABLE cats DROP CONSTRAINT a, DROP CONSTRAINT "B"', ['cats: constraint a', 'cats: constraint B']],
    ['alter table cats rename constraint a to b', ['cats: constraint a']],
    ['alter table cats validate constraint a', ['cats: constraint a']],
    ['drop index concurrently if exists "app"."a", b', ['index a', 'index b']],
    ['alter index a rename to b', ['index a']],
    ['select 1; alter table cats drop constraint "we""ird"', ['cats: constraint we"ird']],
    [`drop index ${LONG}`, [`index ${LONG.slice(0, 63)}`]],
    ['drop /* why */ index -- which\n a', ['index a']],
  ])('%s', (sql, uses) => {
    expect(usesOf(postgresDialect, sql)).toEqual(uses);
  });

  test.each([
    'alter table cats drop column index_no, add constraint a unique (b)',
    "comment on table cats is 'drop index a; alter table t drop constraint b'",
    'do $$ begin alter table cats drop constraint a; end $$',
    'create index drop_index on cats (a)',
    'drop table cats',
  ])('none in %s', (sql) => {
    expect(usesOf(postgresDialect, sql)).toEqual([]);
  });
});

describe('on the MySQL family', () => {
  test.each([
    ['alter table `cats` drop foreign key `cats_owner_foreign`', ['cats: foreign-key cats_owner_foreign']],
    ['alter table `app`.`cats` drop index `A`', ['app.cats: index or unique a']],
    ['alter table cats drop key a, drop check b', ['cats: index or unique a', 'cats: check b']],
    ['alter table cats rename index a to b', ['cats: index or unique a']],
    ['drop index `a``b` on `cats`', ['cats: index or unique a`b']],
    ['alter table cats drop constraint a', ['cats: constraint a']],
  ])('%s', (sql, uses) => {
    expect(usesOf(mysqlDialect, sql)).toEqual(uses);
  });

  test.each(['alter table cats drop primary key', 'alter table cats drop `index`, drop column `key`'])(
    'none in %s',
    (sql) => {
      expect(usesOf(mysqlDialect, sql)).toEqual([]);
    },
  );
});
