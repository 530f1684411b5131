import { describe, expect, it } from 'vitest';
import { type CatalogContext, emptyMemory } from '../../../../src/dialects/mysql/context.ts';
import { flavorOf } from '../../../../src/dialects/mysql/flavor.ts';
import { canonicalNumber } from '../../../../src/dialects/mysql/literal.ts';
import {
  canonicalType,
  columnCollation,
  columnDefault,
  columnExtra,
} from '../../../../src/dialects/mysql/normalize.ts';
import type { ColumnRow } from '../../../../src/dialects/mysql/rows.ts';
import type { ServerVendor } from '../../../../src/schema/snapshot.ts';

function context(
  vendor: ServerVendor,
  version: string,
  overrides: Partial<CatalogContext> = {},
): CatalogContext {
  return {
    flavor: flavorOf({ vendor, version }),
    schema: 'app',
    defaultSchema: 'app',
    ansiQuotes: false,
    foldCase: false,
    literalGrants: false,
    databaseCollation: 'utf8mb4_general_ci',
    charsetCollations: new Set(['utf8mb4_general_ci', 'utf8mb3_general_ci']),
    rules: new Set(),
    off: new Set(),
    unread: new Set(),
    memory: emptyMemory(),
    ...overrides,
  };
}

const mariadb = () => context('mariadb', '10.11.19');
const mysql9 = () => context('mysql', '9.7.4');
const mysql5 = () => context('mysql', '5.6.24');

function column(overrides: Partial<ColumnRow>): ColumnRow {
  return {
    table: 't',
    name: 'c',
    position: 1,
    defaultText: null,
    nullable: true,
    dataType: 'varchar',
    type: 'varchar(20)',
    collation: null,
    extra: '',
    generation: '',
    spatialReference: null,
    ...overrides,
  };
}

describe('types', () => {
  it.each([
    ['int(10) unsigned', 'int unsigned'],
    ['int(11)', 'int'],
    ['bigint(20)', 'bigint'],
    ['tinyint(4)', 'tinyint'],
    ['tinyint(1) unsigned', 'tinyint unsigned'],
    ['year(4)', 'year'],
    ['tinyint(1)', 'tinyint(1)'],
    ['int(5) unsigned zerofill', 'int(5) unsigned zerofill'],
    ['decimal(10,2)', 'decimal(10,2)'],
    ['varchar(255)', 'varchar(255)'],
    ["enum('A','b(2)','it''s')", "enum('A','b(2)','it''s')"],
    ["ENUM('A')", "enum('A')"],
    ['geometrycollection', 'geomcollection'],
    ['datetime /* mariadb-5.3 */', 'datetime'],
  ])('%s is %s', (raw, canonical) => {
    expect(canonicalType(raw, mariadb())).toBe(canonical);
  });

  it('records the rule only where it changed something', () => {
    const changed = mariadb();
    canonicalType('int(11)', changed);
    expect([...changed.rules]).toEqual(['integer-display-width']);
    const unchanged = mysql9();
    canonicalType('int', unchanged);
    expect(unchanged.rules.size).toBe(0);
  });
});

describe('defaults, by what the server is', () => {
  const none = { kind: 'none' };
  const literal = (canonical: string) => expect.objectContaining({ kind: 'literal', canonical });
  const expression = (canonical: string) => expect.objectContaining({ kind: 'expression', canonical });
  const int = { dataType: 'int', type: 'int' };
  const stamp = { dataType: 'timestamp', type: 'timestamp' };

  it.each([
    ['no default', mariadb(), { defaultText: null }, none],
    ['NULL written out', mariadb(), { defaultText: 'NULL' }, none],
    ['the text NULL', mariadb(), { defaultText: "'NULL'" }, literal('NULL')],
    ['the text NULL', mysql9(), { defaultText: 'NULL' }, literal('NULL')],
    ['an empty text', mariadb(), { defaultText: "''" }, literal('')],
    ['an empty text', mysql9(), { defaultText: '' }, literal('')],
    ['quotes inside', mariadb(), { defaultText: "'it''s'" }, literal("it's")],
    ['quotes inside', mysql9(), { defaultText: "it's" }, literal("it's")],
    ['a backslash', mariadb(), { defaultText: "'a\\\\b'" }, literal('a\\b')],
    ['a backslash', mysql9(), { defaultText: 'a\\b' }, literal('a\\b')],
    ['a text that looks like a call', mariadb(), { defaultText: "'now()'" }, literal('now()')],
    ['a text that looks like a call', mysql9(), { defaultText: 'now()' }, literal('now()')],
    ['a number', mariadb(), { ...int, defaultText: '7' }, literal('7')],
    ['a number of a decimal', mariadb(), { dataType: 'decimal', defaultText: '0.00' }, literal('0')],
    ['a zero-filled number', mysql9(), { ...int, defaultText: '00005' }, literal('5')],
    ['a numeric text of a text column', mariadb(), { defaultText: "'0.00'" }, literal('0.00')],
    ['an expression that is a literal', mariadb(), { defaultText: "'x'" }, literal('x')],
    [
      'an expression that is a literal',
      mysql9(),
      { defaultText: "_utf8mb4\\'x\\'", extra: 'DEFAULT_GENERATED' },
      literal('x'),
    ],
    ['bits', mariadb(), { dataType: 'bit', defaultText: "b'0101'" }, literal("b'101'")],
    ['bits', mysql9(), { dataType: 'bit', defaultText: "b'101'" }, literal("b'101'")],
    ['bytes as text', mariadb(), { dataType: 'varbinary', defaultText: "'abc'" }, literal("x'616263'")],
    [
      'bytes',
      context('mariadb', '11.8.6'),
      { dataType: 'varbinary', defaultText: "x'616263'" },
      literal("x'616263'"),
    ],
    ['bytes', mysql9(), { dataType: 'varbinary', defaultText: '0x616263' }, literal("x'616263'")],
    ['bytes', mysql5(), { dataType: 'varbinary', defaultText: 'abc' }, literal("x'616263'")],
    ['padded bytes', mysql9(), { dataType: 'binary', defaultText: '0x61620000' }, literal("x'6162'")],
    ['now', mariadb(), { ...stamp, defaultText: 'current_timestamp()' }, expression('current_timestamp')],
    [
      'now',
      mysql9(),
      { ...stamp, defaultText: 'CURRENT_TIMESTAMP', extra: 'DEFAULT_GENERATED' },
      expression('current_timestamp'),
    ],
    ['now', mysql5(), { ...stamp, defaultText: 'CURRENT_TIMESTAMP' }, expression('current_timestamp')],
    [
      'now, precisely',
      mariadb(),
      { ...stamp, defaultText: 'current_timestamp(3)' },
      expression('current_timestamp(3)'),
    ],
    [
      'now, precisely',
      mysql9(),
      { ...stamp, defaultText: 'CURRENT_TIMESTAMP(3)', extra: 'DEFAULT_GENERATED' },
      expression('current_timestamp(3)'),
    ],
    [
      'the text CURRENT_TIMESTAMP',
      mysql5(),
      { defaultText: 'CURRENT_TIMESTAMP' },
      literal('CURRENT_TIMESTAMP'),
    ],
    ['a call', mariadb(), { defaultText: 'uuid()' }, expression('uuid()')],
    ['a call', mysql9(), { defaultText: 'uuid()', extra: 'DEFAULT_GENERATED' }, expression('uuid()')],
    ['a generated column', mariadb(), { defaultText: 'NULL', extra: 'VIRTUAL GENERATED' }, none],
  ])('%s on %o', (_what, where, overrides, expected) => {
    expect(columnDefault(column(overrides as Partial<ColumnRow>), where)).toEqual(expected);
  });
});

describe('numbers by their exact value', () => {
  it.each([
    ['0.00', '0'],
    ['-0', '0'],
    ['1.50', '1.5'],
    ['15e-1', '1.5'],
    ['1e10', '10000000000'],
    ['.5', '0.5'],
    ['+7', '7'],
    ['-0.010', '-0.01'],
    ['9223372036854775807', '9223372036854775807'],
    ['9223372036854775806.0', '9223372036854775806'],
    ['1e-7', '0.0000001'],
  ])('%s is %s', (text, value) => {
    expect(canonicalNumber(text)).toBe(value);
  });

  it.each(['', '.', 'x', '1.2.3', '0x10'])('%j is none', (text) => {
    expect(canonicalNumber(text)).toBeNull();
  });
});

describe('collations', () => {
  it('are known by name and by whose default they are', () => {
    expect(columnCollation(column({ collation: 'utf8mb4_general_ci' }), false, mariadb())).toEqual({
      name: 'utf8mb4_general_ci',
      databaseDefault: true,
      charsetDefault: true,
    });
    expect(columnCollation(column({ collation: 'utf8mb4_bin' }), false, mariadb())).toEqual({
      name: 'utf8mb4_bin',
      databaseDefault: false,
      charsetDefault: false,
    });
  });

  it('of utf8 have one name', () => {
    const where = mariadb();
    expect(columnCollation(column({ collation: 'utf8_general_ci' }), false, where)).toEqual({
      name: 'utf8mb3_general_ci',
      databaseDefault: false,
      charsetDefault: true,
    });
    expect([...where.rules]).toEqual(['utf8mb3-name']);
  });

  it('are none of JSON and of numbers', () => {
    expect(columnCollation(column({ collation: 'utf8mb4_bin' }), true, mariadb())).toBeNull();
    expect(columnCollation(column({ collation: null }), false, mariadb())).toBeNull();
  });
});

describe('extra', () => {
  it.each([
    ['', ''],
    ['auto_increment', ''],
    ['DEFAULT_GENERATED', ''],
    ['VIRTUAL GENERATED', ''],
    ['on update current_timestamp()', 'on update current_timestamp'],
    ['DEFAULT_GENERATED on update CURRENT_TIMESTAMP(3)', 'on update current_timestamp(3)'],
    ['on update current_timestamp(3), INVISIBLE', 'on update current_timestamp(3), invisible'],
    ['WITHOUT SYSTEM VERSIONING', 'without system versioning'],
  ])('%j is %j', (raw, canonical) => {
    expect(columnExtra(column({ extra: raw }), mariadb())).toBe(canonical);
  });
});
