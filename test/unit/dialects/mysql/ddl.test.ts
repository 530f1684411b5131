import { describe, expect, it } from 'vitest';
import type { Change } from '../../../../src/database/ddl.ts';
import { mysqlDdl } from '../../../../src/dialects/mysql/ddl.ts';
import type { Column, ForeignKey, Index, SchemaObject } from '../../../../src/schema/snapshot.ts';
import { column as plainColumn, index as plainIndex, table } from '../../../support/builders.ts';

const text = (value: string) => ({ raw: value, canonical: value });

function column(name: string, type: string, changes: Partial<Column> = {}): Column {
  return plainColumn(name, { type: text(type), ...changes });
}

function index(name: string, columns: readonly string[], changes: Partial<Index> = {}): Index {
  return plainIndex(name, columns, changes);
}

function collated(name: string, databaseDefault: boolean, charsetDefault: boolean): Column {
  return column('c', 'varchar(10)', { collation: { name, databaseDefault, charsetDefault } });
}

const added = (one: Column): Change => ({ kind: 'add-column', table: 't', column: one });

/** What is added to the table `t`; null where nothing is written. */
const definition = (one: Column) =>
  mysqlDdl.write(added(one))?.map((sql) => sql.replace('alter table `t` add column ', '')) ?? null;

const foreignKey: ForeignKey = {
  name: 'f',
  columns: ['a'],
  referencedTable: 'p',
  referencedColumns: ['id'],
  onUpdate: 'no-action',
  onDelete: 'set-null',
  match: 'simple',
  deferrable: 'no',
  validated: true,
};

function object(kind: SchemaObject['kind'], key: string, definitionText: string): Change {
  return { kind: 'create-object', object: { kind, key, schema: '', name: key, definition: definitionText } };
}

describe('a column', () => {
  it('has its collation written only where somebody chose it, by names that every server knows', () => {
    expect(definition(collated('utf8mb4_general_ci', true, true))).toEqual(['`c` varchar(10) null']);
    expect(definition(collated('utf8mb4_unicode_ci', true, false))).toEqual(['`c` varchar(10) null']);
    expect(definition(collated('latin1_swedish_ci', false, true))).toEqual([
      '`c` varchar(10) character set latin1 null',
    ]);
    expect(definition(collated('utf8mb4_bin', false, false))).toEqual([
      '`c` varchar(10) collate utf8mb4_bin null',
    ]);
    expect(definition(collated('utf8mb3_unicode_ci', false, false))).toEqual([
      '`c` varchar(10) character set utf8mb3 collate utf8_unicode_ci null',
    ]);
  });

  it('that is altered keeps a collation that is equal for comparing, whatever its name', () => {
    const alter = (expected: Column, actual: Column) =>
      mysqlDdl.write({ kind: 'alter-column', table: 't', expected, actual });
    expect(
      alter(collated('utf8mb4_0900_ai_ci', true, true), collated('utf8mb4_general_ci', true, true)),
    ).toEqual(['alter table `t` modify column `c` varchar(10) collate utf8mb4_general_ci null']);
    expect(alter(collated('utf8mb4_bin', false, false), collated('utf8mb4_general_ci', true, true))).toEqual([
      'alter table `t` modify column `c` varchar(10) collate utf8mb4_bin null',
    ]);
  });

  it('that is altered keeps its own check on MariaDB, and no other', () => {
    const checks = ['c', 'other'].map((name) => ({ name, expression: text('`c` > 0'), validated: true }));
    const one = column('c', 'int');
    expect(mysqlDdl.write({ kind: 'alter-column', table: 't', expected: one, actual: one, checks })).toEqual([
      'alter table `t` modify column `c` int null /*M!100201 check (`c` > 0) */',
    ]);
  });

  it('with a default that its type does not take bare has it in parentheses', () => {
    const literal = (type: string, value: string) =>
      definition(column('c', type, { default: { kind: 'literal', ...text(value) } }));
    expect(literal('int', '5')).toEqual([`\`c\` int null default '5'`]);
    expect(literal('varchar(9)', `it's \\`)).toEqual([`\`c\` varchar(9) null default 'it''s \\\\'`]);
    expect(literal('text', 'x')).toEqual([`\`c\` text null default ('x')`]);
    expect(literal('json', '{}')).toEqual([`\`c\` json null default ('{}')`]);
    expect(literal('varbinary(9)', `x'00'`)).toEqual([`\`c\` varbinary(9) null default x'00'`]);
    expect(literal('bit(3)', 'no bits')).toBeNull();
    const now = (type: string, expression: string) =>
      definition(column('c', type, { default: { kind: 'expression', ...text(expression) } }));
    expect(now('datetime(3)', 'current_timestamp(3)')).toEqual([
      '`c` datetime(3) null default current_timestamp(3)',
    ]);
    expect(now('datetime(3)', 'current_timestamp')).toEqual([
      '`c` datetime(3) null default (current_timestamp)',
    ]);
    expect(now('varchar(40)', 'current_timestamp')).toEqual([
      '`c` varchar(40) null default (current_timestamp)',
    ]);
  });

  it('that is a timestamp without default is not given one by a server of the old ways', () => {
    expect(mysqlDdl.write(added(column('c', 'timestamp', { nullable: false })))).toEqual([
      `alter table \`t\` add column \`c\` timestamp not null default '2000-01-01 00:00:00'`,
      'alter table `t` alter column `c` drop default',
    ]);
  });

  it('that is numbered is added with its key, and not without', () => {
    const id = column('id', 'int', { nullable: false, identity: 'auto-increment' });
    const key = { kind: 'add-primary-key', table: 't', primaryKey: { name: null, columns: ['id'] } } as const;
    expect(mysqlDdl.write(added(id))).toBeNull();
    expect(mysqlDdl.write({ kind: 'add-column', table: 't', column: id, key })).toEqual([
      'alter table `t` add column `id` int not null auto_increment, add primary key (`id`)',
    ]);
  });

  it('is not written where the model does not say enough', () => {
    expect(definition(column('c', 'int', { default: { kind: 'varying', of: 'literal' } }))).toBeNull();
    expect(
      definition(column('c', 'int', { default: { kind: 'expression', ...text('what? ever') } })),
    ).toBeNull();
    expect(definition(column('c', 'int', { extra: 'on update current_timestamp, unheard of' }))).toBeNull();
    const computed = { kind: 'virtual', expression: text("_utf8mb4\\'a\\'") } as const;
    expect(definition(column('c', 'int', { generated: computed }))).toBeNull();
    const alteration = { kind: 'alter-column', table: 't', expected: column('c', 'int') } as const;
    const actual = column('c', 'int', { generated: { kind: 'virtual', expression: text('1 + 1') } });
    expect(mysqlDdl.write({ ...alteration, actual })).toBeNull();
  });
});

describe('names', () => {
  it('are quoted, and qualified outside of the default schema', () => {
    expect(mysqlDdl.write({ kind: 'drop-table', table: '"we`ird.na""me"' })).toEqual([
      'drop table `we``ird.na"me`',
    ]);
    expect(mysqlDdl.write({ kind: 'drop-table', table: 'other."a.b"' })).toEqual([
      'drop table `other`.`a.b`',
    ]);
  });

  it('of the default schema are not written where the server would look in another', () => {
    const add = (of: string, key: ForeignKey): Change => ({
      kind: 'add-foreign-key',
      table: of,
      foreignKey: key,
    });
    expect(mysqlDdl.write(add('t', foreignKey))).toEqual([
      'alter table `t` add constraint `f` foreign key (`a`) references `p` (`id`) on delete set null',
    ]);
    expect(mysqlDdl.write(add('other.t', foreignKey))).toBeNull();
    expect(mysqlDdl.write(add('other.t', { ...foreignKey, referencedTable: 'other.p' }))).not.toBeNull();
    expect(mysqlDdl.write(object('view', 'v', 'select 1 as `a`'))).toEqual([
      'create view `v` as select 1 as `a`',
    ]);
    expect(mysqlDdl.write(object('view', 'other.v', 'select 1 as `a`'))).toBeNull();
  });

  it('that a server made up for a check are left to the server', () => {
    const check = (name: string) =>
      mysqlDdl.write({
        kind: 'add-check',
        table: 't',
        check: { name, expression: text('`age` > 0'), validated: true },
      });
    for (const name of ['CONSTRAINT_1', 't_chk_2', 'age'])
      expect(check(name)).toEqual(['alter table `t` add check (`age` > 0)']);
    expect(check('grown_up')).toEqual(['alter table `t` add constraint `grown_up` check (`age` > 0)']);
  });
});

describe('a check named as its column', () => {
  const check = { name: 'age', expression: text('`age` > 0'), validated: true };

  it('is dropped by name on MySQL, and with the definition of the column on MariaDB', () => {
    const change = { kind: 'drop-check', table: 't', check } as const;
    expect(mysqlDdl.write({ ...change, column: column('age', 'int') })).toEqual([
      'alter table `t` /*!80019 drop constraint `age` *//*M!100201 modify column `age` int null */',
    ]);
    expect(mysqlDdl.write(change)).toBeNull();
    const named = { ...check, name: 'grown_up' };
    expect(mysqlDdl.write({ ...change, check: named })).toEqual([
      'alter table `t` drop constraint `grown_up`',
    ]);
  });
});

describe('an index', () => {
  const write = (of: Index) => mysqlDdl.write({ kind: 'create-index', table: 't', index: of });

  it('has its kind, its prefixes and its directions', () => {
    const part = { ...index('i', ['a']).parts[0], length: 5, order: 'desc' } as Index['parts'][number];
    expect(write(index('i', ['a'], { parts: [part] }))).toEqual([
      'alter table `t` add index `i` (`a`(5) desc)',
    ]);
    expect(write(index('i', ['a'], { method: 'fulltext' }))).toEqual([
      'alter table `t` add fulltext index `i` (`a`)',
    ]);
    // The catalog shows the length of a spatial part, and CREATE TABLE refuses it.
    expect(write(index('i', ['a'], { method: 'spatial', parts: [{ ...part, order: 'asc' }] }))).toEqual([
      'alter table `t` add spatial index `i` (`a`)',
    ]);
  });

  it('is not written with what this family does not have, or the model does not hold', () => {
    expect(write(index('i', ['a'], { method: 'vector' }))).toBeNull();
    expect(write(index('i', ['a'], { method: 'gin' }))).toBeNull();
    expect(write(index('i', ['a'], { predicate: text('`a` > 1') }))).toBeNull();
  });
});

describe('a table', () => {
  it('is given the collation that all its text columns have by choice', () => {
    const write = (...columns: Column[]) =>
      mysqlDdl.write({ kind: 'create-table', table: table('t', columns) })?.[0];
    const chosen = collated('latin1_bin', false, false);
    expect(write(chosen, { ...chosen, name: 'd' })).toMatch(/\) engine=InnoDB collate latin1_bin$/);
    expect(write(chosen, { ...collated('utf8mb4_bin', false, false), name: 'd' })).toMatch(
      /\) engine=InnoDB$/,
    );
    expect(write(chosen)).toMatch(/\) engine=InnoDB$/);
  });

  it('is not written when one of its words is not understood', () => {
    const write = (...unmodelled: string[]) =>
      mysqlDdl.write({ kind: 'create-table', table: table('t', [column('a', 'int')], { unmodelled }) });
    expect(write('engine MyISAM')).not.toBeNull();
    for (const words of [
      'engine MRG_MyISAM',
      'table type SYSTEM VIEW',
      'option comment=x',
      'period for `p` (`a`, `b`)',
      'partitioned by SYSTEM_TIME (unix_timestamp(`row_end`)): p0; pn CURRENT',
      'partitioned by LIST (`a`): p0 1; p1 DEFAULT',
      'partitioned by HASH (`a`): `p',
    ]) {
      expect([words, write(words)]).toEqual([words, null]);
    }
  });

  it('makes its triggers in the order in which they run', () => {
    const unmodelled = [
      'trigger `a` BEFORE INSERT: set @a = 1',
      'trigger `b` BEFORE INSERT: set @b = 1',
      'trigger `c` BEFORE INSERT: set @c = 1',
      'trigger `b` runs before `c` BEFORE INSERT',
      'trigger `b` runs before `a` BEFORE INSERT',
      'trigger `c` runs before `a` BEFORE INSERT',
    ];
    const one = table('other.t', [column('x', 'int')], { unmodelled });
    expect(mysqlDdl.write({ kind: 'create-table', table: one })?.slice(1)).toEqual([
      'create trigger `other`.`b` before insert on `other`.`t` for each row set @b = 1',
      'create trigger `other`.`c` before insert on `other`.`t` for each row set @c = 1',
      'create trigger `other`.`a` before insert on `other`.`t` for each row set @a = 1',
    ]);
  });

  it('is given partitions afterwards only where every row has a place', () => {
    const write = (words: string) => mysqlDdl.write({ kind: 'create-words', table: 't', words });
    expect(write('partitioned by RANGE (`a`): p0 10; p1 MAXVALUE')).toEqual([
      'alter table `t` partition by range (`a`) (partition `p0` values less than (10), partition `p1` values less than maxvalue)',
    ]);
    expect(write('partitioned by RANGE (`a`): p0 10; p1 20')).toBeNull();
    expect(write('partitioned by LIST (`a`): p0 10')).toBeNull();
  });
});

describe('values', () => {
  const keeps = (to: string, from: string) => mysqlDdl.keepsValues(column('c', to), column('c', from));

  it('are kept by another default, and by NULL allowed or refused', () => {
    const one = column('c', 'int');
    expect(
      mysqlDdl.keepsValues({ ...one, nullable: false, default: { kind: 'literal', ...text('1') } }, one),
    ).toBe(true);
  });

  it.each([
    ['smallint', 'int'],
    ['int unsigned', 'int'],
    ['int', 'int unsigned'],
    ['int(5) unsigned zerofill', 'int unsigned'],
    ['decimal(8,2)', 'decimal(8,3)'],
    ['decimal(8,3)', 'decimal(8,2)'],
    ['decimal(8,2) unsigned', 'decimal(8,2)'],
    ['double', 'float'],
    ['varchar(9)', 'varchar(10)'],
    ['char(10)', 'varchar(10)'],
    ['tinytext', 'varchar(64)'],
    ['varchar(300)', 'text'],
    ['text', 'mediumtext'],
    ['text', 'blob'],
    ['binary(5)', 'binary(3)'],
    ['tinyblob', 'varbinary(256)'],
    ['datetime', 'datetime(3)'],
    ['datetime', 'timestamp'],
    ['json', 'longtext'],
    ["enum('a','c')", "enum('a','b')"],
    ["enum('b','a')", "enum('a','b')"],
    ["enum('a')", "enum('a','b')"],
    ["enum('a''b')", "enum('a')"],
    ["set('a','b')", "enum('a','b')"],
  ])('are not certainly kept in %s from %s', (to, from) => {
    expect(keeps(to, from)).toBe(false);
    expect(keeps(from, from)).toBe(true);
  });

  it('are not certainly kept where characters, positions or computing change', () => {
    const utf8 = collated('utf8mb4_general_ci', false, false);
    const latin = collated('latin1_swedish_ci', false, false);
    expect(mysqlDdl.keepsValues(latin, utf8)).toBe(false);
    expect(mysqlDdl.keepsValues(utf8, latin)).toBe(false);
    expect(mysqlDdl.keepsValues(collated('utf8mb4_bin', false, false), utf8)).toBe(true);
    // Which one the server would choose is not known here.
    expect(mysqlDdl.keepsValues(collated('utf8mb4_general_ci', true, true), latin)).toBe(false);
    const point = (extra: string) => column('c', 'point', { extra });
    expect(mysqlDdl.keepsValues(point('srid 4326'), point(''))).toBe(false);
    const computed = (expression: string) =>
      column('c', 'int', { generated: { kind: 'stored', expression: text(expression) } });
    expect(mysqlDdl.keepsValues(computed('1 + 1'), computed('1 + 2'))).toBe(false);
    expect(mysqlDdl.keepsValues(computed('1 + 1'), column('c', 'int'))).toBe(false);
  });
});
