import type { Knex } from 'knex';
import { beforeAll, describe, expect, it } from 'vitest';
import type { Change } from '../../src/database/ddl.ts';
import { mysqlDialect } from '../../src/dialects/mysql/mysql-dialect.ts';
import type { Column, Table } from '../../src/schema/snapshot.ts';
import { FIXTURES, loadFixture } from '../support/fixtures.ts';
import {
  build,
  carryOut,
  differencesBetween,
  dropAndAddEach,
  readStructure,
  throughManifest,
} from '../support/mysql-round-trip.ts';
import { migrationSource } from '../support/reference-chain.ts';
import { createDatabase, runSql } from '../support/test-database.ts';
import { useDatabase } from '../support/use-database.ts';

const { ddl } = mysqlDialect;

/** Every kind of piece that MySQL 8 and later and MariaDB both have, each in its awkward spellings. */
const EVERY_KIND = [
  `create table plain (id bigint unsigned not null auto_increment primary key, small smallint default -5, flag boolean not null default false,
     filled int(5) zerofill default 5, money decimal(10,2) default 0.50, huge double default 1e200, word varchar(20) not null default 'it''s',
     back varchar(20) default 'a\\\\b', brk varchar(20) default 'a\\nb', named varchar(20) default 'NULL', call_ varchar(20) default 'now()',
     kind enum('a','b,c','d''e','x\\\\y') default 'b,c', marks set('x','y') not null default 'x,y', bytes varbinary(10) default 'abc',
     fixed binary(5) default 'ab', bits bit(8) default b'00000101', doc json not null default ('{}'), doc2 json default (json_object('a', 1)),
     note text default ('x''y'), blob_ blob default (x'00ff'), made timestamp not null default current_timestamp, bare timestamp not null,
     free_ timestamp null, changed datetime(3) default now(3) on update now(3), odd datetime(3) default (now()), day_ date default (curdate()),
     computed varchar(40) default (concat('a', upper('c'))), hidden int invisible default 1, \`we\`\`ird "na.me\` int default 3, g point, gc geometrycollection)`,
  `create table generated_ (a int, b varchar(10), d date, j json, sum_ int as (a + 1) virtual, upper_ varchar(10) as (ucase(b)) stored,
     yr int as (extract(year from d)) stored, tr varchar(10) as (trim(leading 'x' from b)) virtual, deep int as (sum_ * 2) virtual,
     cs varchar(30) character set latin1 as (case when a > 1 then 'x' else 'y' end) stored,
     jx varchar(20) as (json_unquote(json_extract(j, '$.a'))) stored, key (sum_))`,
  `create table collated (inherited varchar(10), explicit_ varchar(10) collate utf8mb4_unicode_ci, latin varchar(10) character set latin1,
     latin2_ varchar(10) character set latin1 collate latin1_bin, old_ varchar(10) character set utf8mb3,
     old2 varchar(10) character set utf8mb3 collate utf8_unicode_ci, e enum('a','b') collate utf8mb4_bin)`,
  `create table parent (id int primary key, code varchar(20), area int, unique key parent_code (code), unique key parent_pair (code(5), area))`,
  `create table child (id int primary key, parent_id int, code varchar(20), note text, size int, self_ int,
     constraint child_parent foreign key (parent_id) references parent (id) on delete cascade on update set null,
     constraint child_code foreign key (code) references parent (code), constraint child_self foreign key (self_) references child (id),
     constraint child_size check (size > 0 and (size < 10 or note is not null)), check (size <> 5),
     key child_note (note(20)), fulltext key child_words (note), key child_down (size desc, id))`,
  `create table composite (a int not null, b varchar(300) not null, c int, p point not null, primary key (a, b(20)), spatial key sp (p), key k (c))`,
  `create table chk (id int primary key, age int check (age > 0), state varchar(10) check (state in ('a','b''c')))`,
  `create table two_keys (n int not null auto_increment, m int not null, primary key (m, n), key (n))`,
  `create table pa (id int not null, d date not null, primary key (id, d)) partition by range (year(d)) subpartition by hash (id)
     (partition p0 values less than (2010) (subpartition s0, subpartition s1), partition p1 values less than maxvalue (subpartition s2, subpartition s3))`,
  `create table pb (id int not null, v varchar(20) not null) partition by list columns (id, v)
     (partition a values in ((1,'a;b'),(2,'c): ')), partition b values in ((3,NULL)))`,
  `create table pc (id int not null primary key) partition by linear key () partitions 3`,
  `create table mi (id int primary key, t text, fulltext (t)) engine=MyISAM`,
  `create table me (id int primary key, v varchar(10), key (v) using hash) engine=MEMORY`,
  `create table unused (id int primary key, v int, key kv (v) /*!80000 invisible *//*M!100600 ignored */)`,
  `create view seen as select id, code from parent where (code = 'x' or area > 1) and id > 0`,
  `create view seen2 as select s.code, count(distinct c.size, c.note) as n, extract(year_month from now()) as ym, trim(trailing 'q' from max(c.code)) as tq,
     group_concat(c.note order by c.id separator '|') as g from seen s left join child c on c.code = s.code and c.size > any (select id from parent)
     where s.id in (select parent_id from child) or not exists (select 2 from child) group by s.code having count(*) > 1 order by n desc limit 5`,
  `create sql security invoker view seen3 as select id from parent where area > 1 with local check option`,
  `create view seen4 as with recursive r as (select 1 as n union all select n + 1 from r where n < 5) select n, row_number() over (order by n desc) as rn from r`,
  `create trigger tr_b before insert on plain for each row begin set new.small = 1; set new.word = ';'; end`,
  `create trigger tr_a before insert on plain for each row set new.filled = 2`,
  `create trigger \`tr\`\`c: x\` after update on plain for each row delete from chk where id = old.id`,
  `create function f1(a int unsigned, b varchar(10)) returns varchar(20) deterministic reads sql data sql security invoker
     begin declare x int; set x = a; return concat(b, x); end`,
  "create procedure `p.1`(in a int, out b decimal(10,2), inout c enum('x','y')) modifies sql data begin select a; end",
];

async function execute(knex: Knex, statements: readonly string[]): Promise<void> {
  for (const statement of statements) await knex.raw(statement.replaceAll('?', '\\?'));
}

describe('a structure written into an empty database is the same one', () => {
  it('with every kind of piece', async () => {
    const [made, empty] = [await createDatabase('mysql'), await createDatabase('mysql')];
    try {
      await execute(made.knex(), EVERY_KIND);
      const structure = throughManifest(await readStructure(made.knex()));
      expect(await build(empty.knex(), structure)).toEqual({ notWritten: [], failed: [] });
      expect(differencesBetween(structure, await readStructure(empty.knex()))).toEqual([]);
    } finally {
      await Promise.all([made.dispose(), empty.dispose()]);
    }
  });

  it('as the reference chain leaves it', async () => {
    const [made, empty] = [await createDatabase('mysql'), await createDatabase('mysql')];
    try {
      await made.knex().migrate.latest({ migrationSource });
      const structure = throughManifest(await readStructure(made.knex()));
      expect(structure.tables.length).toBeGreaterThan(3);
      expect(await build(empty.knex(), structure)).toEqual({ notWritten: [], failed: [] });
      expect(differencesBetween(structure, await readStructure(empty.knex()))).toEqual([]);
    } finally {
      await Promise.all([made.dispose(), empty.dispose()]);
    }
  });

  it('as the largest fixtures are', async () => {
    const chosen = FIXTURES.filter((name) => /^(?:managed-head|legacy-002-with-strangers)$/.test(name));
    expect(chosen).toHaveLength(2);
    for (const name of chosen) {
      const [made, empty] = [await createDatabase('mysql'), await createDatabase('mysql')];
      try {
        await runSql(made, await loadFixture('mysql', name));
        const structure = throughManifest(await readStructure(made.knex()));
        expect(await build(empty.knex(), structure)).toEqual({ notWritten: [], failed: [] });
        expect(differencesBetween(structure, await readStructure(empty.knex()))).toEqual([]);
      } finally {
        await Promise.all([made.dispose(), empty.dispose()]);
      }
    }
  });
});

describe('a piece that is dropped and added again is the same one', () => {
  const database = useDatabase('mysql');

  it('whatever the piece', async () => {
    const knex = database.knex();
    const alone = /^create (?:table (?:parent|child|chk|two_keys|pa|unused)|view|function|procedure)\b/;
    await execute(
      knex,
      EVERY_KIND.filter((statement) => alone.test(statement)),
    );
    const outcomes = await dropAndAddEach(knex);
    expect(outcomes.filter(({ problem }) => problem !== null)).toEqual([]);
    expect(outcomes.length).toBeGreaterThan(70);
  });
});

/** A table of one database, as its model. */
async function tableOf(knex: Knex, key: string): Promise<Table> {
  const { tables } = throughManifest(await readStructure(knex));
  const found = tables.find((table) => table.key === key);
  if (found === undefined) throw new Error(`no table ${key}`);
  return found;
}

function columnOf(table: Table, name: string): Column {
  const found = table.columns.find((column) => column.name === name);
  if (found === undefined) throw new Error(`no column ${name}`);
  return found;
}

describe('rows that stand in the way', () => {
  const database = useDatabase('mysql');
  let knex: Knex;
  let wanted: Table;
  let filled: Table;

  /** The count that an obstacle comes to; null where the change has none. */
  async function count(change: Change): Promise<number | null> {
    const found = ddl.obstacle(change);
    if (found === null) return null;
    const [rows] = await knex.raw(found.sql);
    return Number(Object.values(rows[0] as object)[0]);
  }

  const column = (name: string) => columnOf(wanted, name);
  const altered = (expected: Partial<Column>, name: string): Change => ({
    kind: 'alter-column',
    table: 'filled',
    expected: { ...columnOf(filled, name), ...expected },
    actual: columnOf(filled, name),
  });

  beforeAll(async () => {
    knex = database.knex();
    await execute(knex, [
      'create table owner (id int primary key, code varchar(10), unique key (id, code))',
      `create table wanted (id int not null auto_increment primary key, none int not null, given int not null default 1, free int, code varchar(10) not null,
         note text, owner_id int, owner_code varchar(10), plus int as (free + 1) stored, unique key (code, owner_id), unique key (note(3)),
         constraint positive check (free > 0), constraint small check (free < 100),
         constraint to_owner foreign key (owner_id) references owner (id), constraint to_pair foreign key (owner_id, owner_code) references owner (id, code))`,
      'create table filled (id int, free int, code varchar(10), note text, owner_id int, owner_code varchar(10))',
      `insert into owner values (1, 'a'), (2, 'b')`,
      `insert into filled values (1, 5, 'x', 'abc1', 1, 'a'), (1, -5, 'X', 'ABC2', 1, 'a'), (2, -1, 'y', 'abd', 7, 'a'), (3, null, 'x', null, null, 'zz'),
         (null, 50, 'q', 'abc3', 2, 'zz'), (0, 50, null, 'r', 2, null), (9, 50, null, 's', null, null)`,
    ]);
    wanted = await tableOf(knex, 'wanted');
    filled = await tableOf(knex, 'filled');
  });

  it('of a new column are all, when it is NOT NULL and nothing fills it', async () => {
    const added = (name: string) => count({ kind: 'add-column', table: 'filled', column: column(name) });
    expect(await added('none')).toBe(7);
    expect(await added('code')).toBe(7);
    for (const name of ['given', 'free', 'plus', 'id']) expect(await added(name), name).toBeNull();
  });

  it('of a column that becomes NOT NULL are those with NULL; of one that is numbered, those with 0 too', async () => {
    expect(await count(altered({ nullable: false }, 'code'))).toBe(2);
    expect(await count(altered({ nullable: false, identity: 'auto-increment' }, 'id'))).toBe(2);
    expect(await count(altered({ default: { kind: 'none' } }, 'code'))).toBeNull();
  });

  it('of a primary key are those with NULL and those that share their values, by the collation of the column', async () => {
    const primaryKey = (...columns: string[]): Change => ({
      kind: 'add-primary-key',
      table: 'filled',
      primaryKey: { name: null, columns },
    });
    expect(await count(primaryKey('id'))).toBe(3);
    expect(await count(primaryKey('code'))).toBe(5);
    expect(await count(primaryKey('id', 'code'))).toBe(5);
  });

  it('of a unique key are those that share their values, or the beginning of them, and none with NULL', async () => {
    const unique = (...columns: string[]): Change => ({
      kind: 'add-unique',
      table: 'filled',
      unique: { name: 'u', columns, deferrable: 'no', nullsNotDistinct: false },
    });
    expect(await count(unique('code'))).toBe(3);
    expect(await count(unique('code', 'owner_id'))).toBe(2);
    expect(await count(unique('note(3)'))).toBe(3);
    expect(await count(unique('note(4)'))).toBe(0);
  });

  it('of a check are those for which it is false', async () => {
    const counts = wanted.checks.map((check) => count({ kind: 'add-check', table: 'filled', check }));
    expect(wanted.checks.map((check) => check.name)).toEqual(['positive', 'small']);
    expect(await Promise.all(counts)).toEqual([2, 0]);
  });

  it('of a foreign key are those that refer to nothing', async () => {
    const counts = wanted.foreignKeys.map((foreignKey) =>
      count({ kind: 'add-foreign-key', table: 'filled', foreignKey }),
    );
    expect(wanted.foreignKeys.map((key) => key.name)).toEqual(['to_owner', 'to_pair']);
    expect(await Promise.all(counts)).toEqual([1, 2]);
  });

  it('are what the server refuses: where there are none, the change is made', async () => {
    // Names of checks and foreign keys are unique in the whole schema on MySQL.
    const checks = wanted.checks.map(
      (check): Change => ({
        kind: 'add-check',
        table: 'filled',
        check: { ...check, name: `f_${check.name}` },
      }),
    );
    const foreignKeys = wanted.foreignKeys.map(
      (foreignKey): Change => ({
        kind: 'add-foreign-key',
        table: 'filled',
        foreignKey: { ...foreignKey, name: `f_${foreignKey.name}` },
      }),
    );
    const unique = (columns: string[]): Change => ({
      kind: 'add-unique',
      table: 'filled',
      unique: { name: `u_${columns.join('')}`, columns, deferrable: 'no', nullsNotDistinct: false },
    });
    const changes = [
      ...checks,
      ...foreignKeys,
      unique(['code']),
      unique(['note(3)']),
      unique(['note(4)']),
      altered({ nullable: false }, 'code'),
      { kind: 'add-primary-key', table: 'filled', primaryKey: { name: null, columns: ['id'] } },
    ] satisfies Change[];
    for (const change of changes) {
      const rows = await count(change);
      const outcome = await carryOut(knex, change).then(
        () => 'made',
        () => 'refused',
      );
      expect([JSON.stringify(change), outcome]).toEqual([
        JSON.stringify(change),
        rows === 0 ? 'made' : 'refused',
      ]);
    }
  });
});

describe('an alteration that is said to keep every value', () => {
  const database = useDatabase('mysql');

  const ALTERATIONS: readonly (readonly [from: string, to: string, ...values: string[]])[] = [
    ['tinyint', 'smallint', '-128', '127'],
    ['tinyint unsigned', 'smallint', '0', '255'],
    ['int unsigned', 'bigint', '4294967295'],
    ['int unsigned', 'bigint unsigned', '4294967295'],
    ['tinyint(1)', 'int', '1', '-5'],
    ['decimal(5,2)', 'decimal(8,3)', '-999.99', '0.01'],
    ['bit(3)', 'bit(20)', `b'101'`],
    ['datetime', 'datetime(3)', `'2020-01-02 03:04:05'`],
    ['time(1)', 'time(6)', `'-10:00:00.5'`],
    ['char(3)', 'char(9)', `'ab'`, `'日本語'`],
    ['char(3)', 'varchar(3)', `'ab'`],
    ['varchar(3)', 'varchar(300)', `'a  '`, `'日本語'`],
    ['varchar(63)', 'tinytext', `repeat('😀', 63)`],
    ['varchar(300)', 'text', `repeat('😀', 300)`],
    ['text', 'mediumtext', `repeat('😀', 9000)`],
    ['varbinary(3)', 'varbinary(30)', `x'000000'`],
    ['varbinary(255)', 'tinyblob', `repeat(x'ff', 255)`],
    ['blob', 'longblob', `repeat(x'00', 60000)`],
    [`enum('a','b')`, `enum('a','b','c')`, `'a'`, `'b'`],
    [`set('a','b')`, `set('a','b','c')`, `'a,b'`, `''`],
    ['varchar(9) character set ascii', 'varchar(9) collate utf8mb4_bin', `'abc'`],
    ['varchar(9) character set utf8mb3', 'varchar(9) collate utf8mb4_bin', `'日本'`],
  ];

  /** A value as text in which nothing is left out but zeroes after the point. */
  const readAs = (type: string): string => {
    if (/^(?:decimal|date|time)/.test(type)) return 'v + 0.0e0';
    return /blob|binary|bit/.test(type) ? 'hex(v)' : 'hex(convert(v using utf8mb4))';
  };

  it('keeps them', async () => {
    const knex = database.knex();
    for (const [at, [from, to, ...values]] of ALTERATIONS.entries()) {
      await execute(knex, [
        `create table f${at} (v ${from})`,
        `create table t${at} (v ${to})`,
        ...values.map((value) => `insert into f${at} values (${value})`),
      ]);
    }
    const { tables } = throughManifest(await readStructure(knex));
    const columnIn = (key: string) => columnOf(tables.find((table) => table.key === key) as Table, 'v');
    for (const [at, [from, to]] of ALTERATIONS.entries()) {
      const [actual, expected] = [columnIn(`f${at}`), columnIn(`t${at}`)];
      expect([from, to, ddl.keepsValues(expected, actual)]).toEqual([from, to, true]);
      const value = readAs(from);
      const read = async () => {
        const [rows] = await knex.raw(`select ${value} as v from f${at}`);
        return (rows as { v: unknown }[]).map((row) => String(row.v));
      };
      const before = await read();
      expect(before.length).toBeGreaterThan(0);
      await carryOut(knex, { kind: 'alter-column', table: `f${at}`, expected, actual });
      expect(await read(), `${from} to ${to}`).toEqual(before);
    }
    expect(differencesBetween(throughManifest(await readStructure(knex)), await readStructure(knex))).toEqual(
      [],
    );
  });
});
