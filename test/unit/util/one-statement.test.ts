import { describe, expect, test } from 'vitest';
import { MYSQL_SYNTAXES } from '../../../src/dialects/mysql/ask.ts';
import { POSTGRES_SYNTAX } from '../../../src/dialects/postgres/ask.ts';
import { oneStatement } from '../../../src/util/one-statement.ts';

const postgres = (text: string) => oneStatement(text, [POSTGRES_SYNTAX]);
const mysql = (text: string) => oneStatement(text, MYSQL_SYNTAXES);

describe.each([
  ['PostgreSQL', postgres],
  ['the MySQL family', mysql],
])('on %s', (_, read) => {
  test.each([
    ['select 1', 'select 1'],
    ['  select 1 ; \n', 'select 1'],
    ['-- why; because\n/* and; so */ select 1;;', 'select 1'],
    ['select \';\' from "a;b"', 'select \';\' from "a;b"'],
    ["select 'it''s; one'", "select 'it''s; one'"],
    ['WITH x AS (select 1) SELECT * FROM x; -- the end; of it', 'WITH x AS (select 1) SELECT * FROM x'],
  ])('%s is one statement', (text, sql) => {
    expect(read(text)).toMatchObject({
      kind: 'one',
      sql,
      firstWord: expect.stringMatching(/^(select|with)$/),
    });
  });

  test.each(['', ' \n', '-- nothing', '/* nothing', ';', ' ; -- nothing'])('%j is none', (text) => {
    expect(read(text)).toEqual({ kind: 'none' });
  });

  test.each(['select 1; select 2', 'select 1; drop table cats', "select ';'; commit", 'select 1;-- \n2'])(
    '%j is several',
    (text) => {
      expect(read(text)).toEqual({ kind: 'several' });
    },
  );
});

describe('what only PostgreSQL reads so', () => {
  test('dollar quotes, nested comments, escapes after E, and # as an operator', () => {
    expect(postgres('select $$a;b$$')).toMatchObject({ kind: 'one' });
    expect(postgres('select $q$a;$$;b$q$; ')).toMatchObject({ kind: 'one', sql: 'select $q$a;$$;b$q$' });
    expect(postgres('select a$b$c; select 2')).toEqual({ kind: 'several' });
    expect(postgres('/* a /* b */ ; */ select 1')).toMatchObject({ kind: 'one' });
    expect(postgres("select E'a\\';b'")).toMatchObject({ kind: 'one' });
    expect(postgres("select 'a\\'; select 'b'")).toEqual({ kind: 'several' });
    expect(postgres("select value #> '{a}' from t; select 2")).toEqual({ kind: 'several' });
  });
});

describe('what only the MySQL family reads so', () => {
  test('backticks, # comments, and dashes before white space', () => {
    expect(mysql('select `a;b`')).toMatchObject({ kind: 'one' });
    expect(mysql('# why; because\nselect 1')).toMatchObject({ kind: 'one', sql: 'select 1' });
    expect(mysql('select 1--1; drop table cats')).toEqual({ kind: 'several' });
  });

  test('a backslash that one setting reads otherwise than the other makes it several where either does', () => {
    expect(mysql("select 'a\\'; select 'b'")).toEqual({ kind: 'several' });
    expect(mysql("select 'a\\';b'")).toEqual({ kind: 'several' });
    expect(mysql("select 'C:\\\\dir'")).toMatchObject({ kind: 'one' });
  });

  test.each(['/*!50000 drop table cats */', 'select 1 /*! into outfile "x" */', '/*M!100100 select 2 */'])(
    'a comment that is carried out is none: %s',
    (text) => {
      expect(mysql(text)).toEqual({ kind: 'executable-comment' });
    },
  );
});
