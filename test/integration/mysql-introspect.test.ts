import knexFactory, { type Knex } from 'knex';
import { beforeAll, describe, expect, it } from 'vitest';
import type { Introspection } from '../../src/database/introspection.ts';
import type { QueryCounter } from '../../src/database/session.ts';
import { mysqlDialect } from '../../src/dialects/mysql/mysql-dialect.ts';
import type { Column, Snapshot, Table } from '../../src/schema/snapshot.ts';
import { createBlindRole, createReader } from '../support/roles.ts';
import type { TestDatabase } from '../support/test-database.ts';
import { useDatabase } from '../support/use-database.ts';

/** What one look gives, and how many queries it took. */
async function look(
  knex: Knex,
  exclude: string[] = [],
): Promise<Introspection & { readonly queries: number }> {
  const counter: QueryCounter = { queries: 0 };
  const seen = await mysqlDialect.read(knex, counter, async (session) => {
    const facts = await mysqlDialect.readServer(session);
    counter.queries = 0;
    return mysqlDialect.introspect(session, facts, {
      schemas: [facts.defaultSchema],
      exclude: exclude.map((name) => ({ schema: facts.defaultSchema, name })),
    });
  });
  return { ...seen, queries: counter.queries };
}

async function execute(knex: Knex, ...statements: string[]): Promise<void> {
  for (const statement of statements) await knex.raw(statement);
}

function table(snapshot: Snapshot, key: string): Table {
  const found = snapshot.tables.find((candidate) => candidate.key === key);
  if (!found) throw new Error(`no table ${key}: ${snapshot.tables.map((one) => one.key).join(' ')}`);
  return found;
}

function column(of: Table, name: string): Column {
  const found = of.columns.find((candidate) => candidate.name === name);
  if (!found) throw new Error(`no column ${name}`);
  return found;
}

/** Each column's canonical type and default in short: `int = 7`, `timestamp = {current_timestamp}`. */
function inShort(of: Table): Record<string, string> {
  return Object.fromEntries(
    of.columns.map((one) => {
      const { default: given } = one;
      const text =
        given.kind === 'literal'
          ? ` = ${given.canonical}`
          : given.kind === 'expression'
            ? ` = {${given.canonical}}`
            : '';
      return [
        one.name,
        `${one.type.canonical}${one.nullable ? '' : ' not null'}${text}${one.extra && ` / ${one.extra}`}`,
      ];
    }),
  );
}

const DDL = [
  `create table plain (id bigint unsigned not null auto_increment primary key, small smallint default -5, flag boolean not null default false,
     tiny tinyint unsigned, filled int(5) zerofill default 5, money decimal(10,2) default 0, ratio double default 1e10, word varchar(20) not null default 'it''s',
     back varchar(20) default 'a\\\\b', nothing varchar(20) default null, named varchar(20) default 'NULL', call_ varchar(20) default 'now()', kind enum('a','b,c','d''e') default 'b,c',
     marks set('x','y'), bytes varbinary(10) default 'abc', bits bit(8) default b'00000101', doc json, long_ longtext collate utf8mb4_bin, made timestamp not null default current_timestamp,
     changed datetime(3) default now(3) on update now(3), day_ date default '2020-01-02', computed varchar(40) default (concat('a', 'b')), hidden int invisible default 1)`,
  `create table generated_ (a int, b varchar(10), sum_ int as (a + 1) virtual, upper_ varchar(10) as (ucase(b)) stored)`,
  `create table collated (inherited varchar(10), explicit varchar(10) collate utf8mb4_unicode_ci, latin varchar(10) character set latin1, old varchar(10) character set utf8)`,
  `create table parent (id int primary key, code varchar(20), area int, unique key parent_code (code), unique key parent_pair (code(5), area))`,
  `create table child (id int primary key, parent_id int, code varchar(20), note text, size int,
     constraint child_parent foreign key (parent_id) references parent (id) on delete cascade on update set null,
     constraint child_code foreign key (code) references parent (code) on delete no action,
     constraint child_size check (size > 0 and (size < 10 or note is not null)),
     key child_note (note(20)), fulltext key child_words (note), key child_down (size desc, id))`,
  `create view seen as select id, code from parent where (code = 'x' or area > 1) and id > 0`,
  `create table \`we\`\`ird.na"me\` (\`__proto__\` int primary key, \`select\` int default 1, \`a.b\` int, \`日本\` varchar(10), \`constructor\` int, key \`k.1\` (\`a.b\`, \`日本\`))`,
  `create table \`__proto__\` (\`toString\` int)`,
  `create table \`${'n'.repeat(64)}\` (\`${'c'.repeat(64)}\` int)`,
];

describe('a snapshot of MariaDB', () => {
  const database: TestDatabase = useDatabase('mysql');
  let knex: Knex;
  let snapshot: Snapshot;

  beforeAll(async () => {
    knex = database.knex();
    await execute(knex, ...DDL);
    snapshot = (await look(knex)).snapshot;
  });

  it('has types and defaults in one form', () => {
    expect(inShort(table(snapshot, 'plain'))).toEqual({
      id: 'bigint unsigned not null',
      small: 'smallint = -5',
      flag: 'tinyint(1) not null = 0',
      tiny: 'tinyint unsigned',
      filled: 'int(5) unsigned zerofill = 5',
      money: 'decimal(10,2) = 0',
      ratio: 'double = 10000000000',
      word: "varchar(20) not null = it's",
      back: 'varchar(20) = a\\b',
      nothing: 'varchar(20)',
      named: 'varchar(20) = NULL',
      call_: 'varchar(20) = now()',
      kind: "enum('a','b,c','d''e') = b,c",
      marks: "set('x','y')",
      bytes: "varbinary(10) = x'616263'",
      bits: "bit(8) = b'101'",
      doc: 'json',
      long_: 'longtext',
      made: 'timestamp not null = {current_timestamp}',
      changed: 'datetime(3) = {current_timestamp(3)} / on update current_timestamp(3)',
      day_: 'date = 2020-01-02',
      computed: "varchar(40) = {concat('a', 'b')}",
      hidden: 'int = 1 / invisible',
    });
    expect(column(table(snapshot, 'plain'), 'id').identity).toBe('auto-increment');
  });

  it("takes MariaDB's JSON for JSON, without its check and collation", () => {
    const plain = table(snapshot, 'plain');
    expect(column(plain, 'doc')).toMatchObject({
      type: { canonical: 'json' },
      collation: null,
    });
    expect(column(plain, 'long_').collation?.name).toBe('utf8mb4_bin');
    expect(plain.checks).toEqual([]);
    expect(snapshot.rules.includes('mariadb-json')).toBe(snapshot.server.vendor === 'mariadb');
  });

  it('has generated columns with their kind and expression', () => {
    const of = table(snapshot, 'generated_');
    expect(column(of, 'sum_').generated).toMatchObject({
      kind: 'virtual',
      expression: { canonical: '`a` + 1' },
    });
    expect(column(of, 'upper_').generated).toMatchObject({
      kind: 'stored',
      expression: { canonical: 'upper(`b`)' },
    });
    expect(column(of, 'sum_').default).toEqual({ kind: 'none' });
  });

  it('knows whose default a collation is', () => {
    const of = table(snapshot, 'collated');
    const marks = (name: string) => {
      const { collation } = column(of, name);
      return [collation?.databaseDefault, collation?.charsetDefault];
    };
    expect(marks('inherited')).toEqual([true, true]);
    expect(marks('explicit')).toEqual([false, false]);
    expect(marks('latin')).toEqual([false, true]);
    expect(marks('old')).toEqual([false, true]);
    expect(column(of, 'old').collation?.name).toMatch(/^utf8mb3_/);
  });

  it('has keys, foreign keys, checks and indexes', () => {
    const parent = table(snapshot, 'parent');
    expect(parent.primaryKey).toEqual({ name: 'PRIMARY', columns: ['id'] });
    expect(parent.uniques.map((unique) => [unique.name, unique.columns])).toEqual([
      ['parent_code', ['code']],
      ['parent_pair', ['code(5)', 'area']],
    ]);
    const child = table(snapshot, 'child');
    expect(child.foreignKeys).toMatchObject([
      {
        name: 'child_code',
        columns: ['code'],
        referencedTable: 'parent',
        referencedColumns: ['code'],
        onDelete: 'no-action',
        onUpdate: 'no-action',
      },
      {
        name: 'child_parent',
        columns: ['parent_id'],
        referencedColumns: ['id'],
        onDelete: 'cascade',
        onUpdate: 'set-null',
      },
    ]);
    expect(child.checks).toMatchObject([
      { name: 'child_size', expression: { canonical: '`size` > 0 and (`size` < 10 or `note` is not null)' } },
    ]);
    const parts = Object.fromEntries(
      child.indexes.map((index) => [
        index.name,
        [
          index.method,
          ...index.parts.map(
            (part) => `${part.column}${part.length === null ? '' : `(${part.length})`} ${part.order}`,
          ),
        ],
      ]),
    );
    expect(parts).toEqual({
      child_code: ['btree', 'code asc'],
      child_down: ['btree', 'size desc', 'id asc'],
      child_note: ['btree', 'note(20) asc'],
      child_parent: ['btree', 'parent_id asc'],
      child_words: ['fulltext', 'note asc'],
    });
  });

  it('has views without the name of the database', () => {
    expect(snapshot.objects).toMatchObject([{ kind: 'view', key: 'seen' }]);
    expect(snapshot.objects[0]?.definition).not.toContain(database.name);
  });

  it('keeps hostile names whole', () => {
    const weird = table(snapshot, '"we`ird.na""me"');
    expect(weird.columns.map((one) => one.name)).toEqual([
      '__proto__',
      'select',
      'a.b',
      '日本',
      'constructor',
    ]);
    expect(weird.indexes).toMatchObject([{ name: 'k.1', parts: [{ column: 'a.b' }, { column: '日本' }] }]);
    expect(table(snapshot, '__proto__').columns).toHaveLength(1);
    expect(table(snapshot, 'n'.repeat(64)).columns[0]?.name).toBe('c'.repeat(64));
  });

  it('agrees with plain counts of the catalog', async () => {
    const count = async (sql: string): Promise<number> => {
      const [rows] = await knex.raw(`select count(*) as n from information_schema.${sql}`, [database.name]);
      return Number(rows[0].n);
    };
    const total = (of: (one: Table) => number) => snapshot.tables.reduce((sum, one) => sum + of(one), 0);
    expect(snapshot.tables).toHaveLength(
      await count(`tables where table_schema = ? and table_type = 'BASE TABLE'`),
    );
    expect(total((one) => one.columns.length)).toBe(
      await count(`columns where table_schema = ? and table_name <> 'seen'`),
    );
    expect(total((one) => one.foreignKeys.length)).toBe(
      await count('referential_constraints where constraint_schema = ?'),
    );
    expect(total((one) => (one.primaryKey ? 1 : 0) + one.uniques.length + one.indexes.length)).toBe(
      await count('statistics where table_schema = ? and seq_in_index = 1'),
    );
    expect(total((one) => one.checks.length)).toBe(
      await count(`check_constraints where constraint_schema = ? and check_clause not like 'json_valid%'`),
    );
  });

  it('takes eight queries, whatever there is', async () => {
    expect((await look(knex)).queries).toBe(8);
  });

  it('is the same, whatever the host made of its Knex instance', async () => {
    const odd = knexFactory({
      client: 'mysql2',
      connection: {
        uri: database.url,
        typeCast: () => 'nonsense',
        dateStrings: true,
        supportBigNumbers: true,
        bigNumberStrings: true,
        rowsAsArray: false,
        multipleStatements: true,
      } as Knex.MySql2ConnectionConfig,
      postProcessResponse: () => 'nonsense',
      wrapIdentifier: (name) => `x_${name}`,
    });
    try {
      expect((await look(odd)).snapshot).toEqual(snapshot);
    } finally {
      await odd.destroy();
    }
  });

  it('is the same under other modes of the session', async () => {
    const modes = database.knex({ pool: { min: 0, max: 1 } });
    await modes.raw(`set session sql_mode = 'ANSI_QUOTES,NO_BACKSLASH_ESCAPES', sql_quote_show_create = 0`);
    const strict = await look(modes);
    const canonical = (from: Snapshot) =>
      JSON.parse(JSON.stringify(from, (key, value) => (key === 'raw' ? '' : value)));
    expect(canonical(strict.snapshot)).toEqual(canonical(snapshot));
  });

  it('leaves out the tables that it is told to', async () => {
    const { snapshot: without } = await look(knex, ['plain', 'seen']);
    expect(without.tables.map((one) => one.key)).not.toContain('plain');
    expect(without.tables).toHaveLength(snapshot.tables.length - 1);
  });
});

describe('roles', () => {
  const database: TestDatabase = useDatabase('mysql');

  beforeAll(async () => {
    const knex = database.knex();
    // Views apart: their text takes SHOW VIEW, which is tested below.
    await execute(knex, ...DDL.filter((statement) => !statement.startsWith('create view')));
  });

  it('one with SELECT alone has exactly the same snapshot', async () => {
    const reader = database.knex({ connection: await createReader(database) });
    const [byReader, byRoot] = [await look(reader), await look(database.knex())];
    expect(byReader.snapshot).toEqual(byRoot.snapshot);
    expect(byReader.visibility).toEqual({
      complete: true,
      hidden: [],
      grants: [],
      unseen: [
        { kind: 'trigger', grant: expect.stringContaining('GRANT TRIGGER') },
        { kind: 'function', grant: expect.stringContaining('GRANT EXECUTE') },
      ],
    });
    expect(byRoot.visibility).toEqual({ complete: true, hidden: [], grants: [], unseen: [] });
    // On MariaDB one more than for root: the rules of foreign keys, out of SHOW CREATE TABLE.
    const more = byRoot.snapshot.server.vendor === 'mariadb' ? 1 : 0;
    expect(byReader.queries).toBe(byRoot.queries + more);
  });

  it('one with nothing is not complete, and is told what to be granted', async () => {
    const blind = database.knex({ connection: await createBlindRole(database) });
    const { visibility } = await look(blind);
    expect(visibility.complete).toBe(false);
    expect(visibility.grants).toEqual([
      expect.stringMatching(
        new RegExp(`^GRANT SELECT, SHOW VIEW ON \`${database.name}\`\\.\\* TO 'blind\\w+'@'%';$`),
      ),
    ]);
  });

  it('one that may not see the text of a view is told so, until it may', async () => {
    const root = database.knex();
    await root.raw('create view veiled as select id from parent');
    const url = await createReader(database);
    const reader = database.knex({ connection: url });
    expect((await look(reader)).visibility).toMatchObject({ complete: false, hidden: ['veiled'] });
    const [grant = ''] = (await look(reader)).visibility.grants;
    await root.raw(grant.replace(/;$/, ''));
    const again = database.knex({ connection: url });
    expect((await look(again)).visibility).toMatchObject({ complete: true, hidden: [] });
    expect((await look(again)).snapshot.objects).toEqual((await look(root)).snapshot.objects);
    await root.raw('drop view veiled');
  });
});

describe('what the model does not carry', () => {
  const database: TestDatabase = useDatabase('mysql');

  it('is said in words, the same each time', async () => {
    const knex = database.knex();
    await execute(
      knex,
      'create table t (id int primary key, a int)',
      'create trigger second_ before insert on t for each row set new.a = 2',
      'create trigger first_ before insert on t for each row precedes second_ set new.a = 1',
      'create table parts (id int primary key) partition by range (id) (partition p0 values less than (10), partition p1 values less than maxvalue)',
      'create table old (id int primary key) engine = MyISAM',
      'create table versioned (id int primary key) with system versioning',
      'create table unused (a int, b int, key k (a) ignored)',
      'create table packed (a int) row_format = compressed key_block_size = 8',
      'create table booked (room int, s date, e date, period for stay (s, e), unique key once (room, stay without overlaps))',
      'create table ordinary (a int, b int, check (a < b))',
    );
    const { snapshot } = await look(knex);
    const notes = Object.fromEntries(snapshot.tables.map((one) => [one.key, one.unmodelled]));
    expect(notes).toEqual({
      t: [
        'trigger `first_` BEFORE INSERT: set new.a = 1',
        'trigger `first_` runs before `second_` BEFORE INSERT',
        'trigger `second_` BEFORE INSERT: set new.a = 2',
      ],
      parts: ['partitioned by RANGE (`id`): p0 10; p1 MAXVALUE'],
      old: ['engine MyISAM'],
      versioned: ['system versioned'],
      unused: ['index `k`: not used by the optimiser'],
      packed: [],
      booked: ['period for `stay` (`s`, `e`)', 'unique key `once` (`room`,`stay` without overlaps)'],
      ordinary: [],
    });
  });

  it('of routines and sequences is compared as one piece (hazard e)', async () => {
    const knex = database.knex();
    await execute(
      knex,
      'create function f(a int, b varchar(5)) returns int deterministic return a + 1',
      'create procedure f(in a int, out b decimal(5,2)) modifies sql data sql security invoker begin set b = a; end',
      'create sequence `s?` start with 5 increment by 2',
    );
    const { snapshot, queries } = await look(knex);
    expect(snapshot.objects.map((object) => [object.kind, object.key, object.definition])).toEqual([
      ['function', 'f', 'function (`a` int, `b` varchar(5)) returns int deterministic return a + 1'],
      [
        'function',
        'procedure f',
        'procedure (in `a` int, out `b` decimal(5,2)) modifies sql data sql security invoker begin set b = a; end',
      ],
      [
        'sequence',
        's?',
        'start value 5, minimum value 1, maximum value 9223372036854775806, increment 2, cache size 1000, cycle option 0',
      ],
    ]);
    expect(snapshot.tables.map((one) => one.key)).not.toContain('s?');
    expect(queries).toBeLessThanOrEqual(11);
  });
});

describe('reading', () => {
  const database: TestDatabase = useDatabase('mysql');

  it('says who the server is, and where we are', async () => {
    const facts = await mysqlDialect.read(database.knex(), { queries: 0 }, mysqlDialect.readServer);
    expect(facts).toMatchObject({
      server: {
        vendor: expect.stringMatching(/^(mariadb|mysql)$/),
        version: expect.stringMatching(/^\d+\.\d+\.\d+$/),
      },
      defaultSchema: database.name,
      database: database.name,
      readOnlyReason: null,
      pooled: false,
    });
  });

  it('says so where no database is selected', async () => {
    const url = new URL(database.url);
    url.pathname = '/';
    const nowhere = database.knex({ connection: url.href });
    const facts = mysqlDialect.read(nowhere, { queries: 0 }, mysqlDialect.readServer);
    await expect(facts).rejects.toMatchObject({ code: 'DETECT.NO_SCHEMA' });
    await expect(
      mysqlDialect.read(nowhere, { queries: 0 }, (session) => mysqlDialect.locateTables(session, ['t'])),
    ).resolves.toEqual({ defaultSchema: null, tables: [] });
  });

  it('cannot write', async () => {
    const knex = database.knex();
    await knex.raw('create table written (a int)');
    const attempt = mysqlDialect.read(knex, { queries: 0 }, (session) =>
      session.query('insert into written values (1)'),
    );
    await expect(attempt).rejects.toMatchObject({ code: 'PLAN.READ_ONLY' });
    await knex('written').insert({ a: 2 });
    expect(await knex('written').count('* as n')).toEqual([{ n: 1 }]);
  });

  it('leaves the session of a pooled connection as it was', async () => {
    const knex = database.knex({ pool: { min: 1, max: 1 } });
    const variables = async () => {
      const [rows] = await knex.raw('show session variables');
      const volatile =
        /^(timestamp|statement_id|rand_seed\d|last_gtid|pseudo_thread_id|in_transaction|warning_count|error_count)$/;
      return rows.filter((row: { Variable_name: string }) => !volatile.test(row.Variable_name));
    };
    const before = await variables();
    await look(knex);
    expect(await variables()).toEqual(before);
    // What is written now is written for good: no transaction was left open.
    await knex.raw('create table if not exists later (a int)');
    await knex('later').insert({ a: 1 });
    expect(await database.knex()('later')).toEqual([{ a: 1 }]);
  });

  it('works in a transaction of the host, and leaves it open', async () => {
    const knex = database.knex();
    await knex.raw('create table mine (a int)');
    await knex.transaction(async (trx) => {
      await trx('mine').insert({ a: 1 });
      const { snapshot } = await look(trx);
      expect(snapshot.tables.map((one) => one.key)).toContain('mine');
    });
    expect(await knex('mine')).toEqual([{ a: 1 }]);
  });

  it('finds tables by name, with their columns, and says where names land when there are none', async () => {
    const knex = database.knex();
    await knex.raw(
      'create table `knex_migrations` (id int, name varchar(255), batch int, migration_time timestamp null)',
    );
    const counter = { queries: 0 };
    const found = await mysqlDialect.glance(knex, counter, (session) =>
      mysqlDialect.locateTables(session, ['knex_migrations', 'nope']),
    );
    expect(counter.queries).toBe(1);
    expect(found).toEqual({
      defaultSchema: database.name,
      tables: [
        {
          schema: database.name,
          name: 'knex_migrations',
          columns: ['id', 'name', 'batch', 'migration_time'],
        },
      ],
    });
    const none = await mysqlDialect.glance(knex, counter, (session) =>
      mysqlDialect.locateTables(session, ['nope']),
    );
    expect(none).toEqual({ defaultSchema: database.name, tables: [] });
  });

  it('says what is wrong with a connection', async () => {
    const attempt = async (change: (url: URL) => void) => {
      const url = new URL(database.url);
      change(url);
      const knex = database.knex({ connection: url.href });
      const error: unknown = await mysqlDialect
        .read(knex, { queries: 0 }, async () => 0)
        .catch((caught) => caught);
      return error;
    };
    await expect(attempt((url) => (url.port = '1'))).resolves.toMatchObject({
      code: 'CONNECT.UNREACHABLE',
      message: expect.stringContaining('127.0.0.1:1'),
    });
    const refused = await attempt((url) => {
      url.username = 'nobody';
      url.password = 'hunter2';
    });
    expect(refused).toMatchObject({ code: 'CONNECT.AUTH' });
    expect(JSON.stringify(refused)).not.toContain('hunter2');
    await expect(attempt((url) => (url.pathname = '/no_such_db'))).resolves.toMatchObject({
      code: 'CONNECT.NO_DATABASE',
    });
  });
});
