import { describe, expect, test } from 'vitest';
import { describeChanges, describeEvidence } from '../../../src/cli/render/evidence.ts';
import { textWidth } from '../../../src/cli/render/text.ts';

describe('describeEvidence', () => {
  test.each<[string, unknown]>([
    [
      'integer not null default 0',
      { name: 'a', type: 'integer', nullable: false, default: { literal: '0' } },
    ],
    ["varchar(9) null default '0'", { type: 'varchar(9)', nullable: true, default: { literal: '0' } }],
    ["text null default 'it''s'", { type: 'text', nullable: true, default: { literal: "it's" } }],
    [
      'timestamptz not null default CURRENT_TIMESTAMP',
      { type: 'timestamptz', nullable: false, default: { expression: 'CURRENT_TIMESTAMP' } },
    ],
    [
      'integer not null default from its sequence',
      { type: 'integer', nullable: false, default: { sequence: true } },
    ],
    ['bigint not null identity by default', { type: 'bigint', nullable: false, identity: 'by-default' }],
    ['int not null auto increment', { type: 'int', nullable: false, identity: 'auto-increment' }],
    [
      'int null generated as (a + 1) stored',
      { type: 'int', nullable: true, generated: { kind: 'stored', expression: 'a + 1' } },
    ],
    ['text null collate C', { type: 'text', nullable: true, collation: 'C' }],
    ['text null', { type: 'text', nullable: true, collation: 'default' }],
    [
      'text null collate latin1_bin invisible',
      {
        type: 'text',
        nullable: true,
        collation: { name: 'latin1_bin', default: 'charset' },
        extra: 'invisible',
      },
    ],
    ['(a, b)', { name: 'cats_pkey', columns: ['a', 'b'] }],
    [
      '(a) deferrable initially deferred nulls not distinct',
      { name: 'u', columns: ['a'], deferrable: 'initially-deferred', nullsNotDistinct: true },
    ],
    [
      '(a) → t (b) on delete cascade',
      { name: 'f', columns: ['a'], references: { table: 't', columns: ['b'] }, onDelete: 'cascade' },
    ],
    [
      '(a, b) → t (c, d) on delete set null on update no action match full not validated',
      {
        columns: ['a', 'b'],
        references: { table: 't', columns: ['c', 'd'] },
        onUpdate: 'no-action',
        onDelete: 'set-null',
        match: 'full',
        validated: false,
      },
    ],
    ['check (a > 0) not validated', { name: 'c', expression: 'a > 0', validated: false }],
    [
      'btree (a, b desc) where a > 0',
      { name: 'i', parts: ['a', { column: 'b', order: 'desc' }], predicate: 'a > 0' },
    ],
    [
      'unique gin ((lower(a)) text_ops nulls last, b (10)) include (c) invalid',
      {
        parts: [
          { expression: 'lower(a)', operatorClass: 'text_ops', nulls: 'last' },
          { column: 'b', length: 10 },
        ],
        unique: true,
        method: 'gin',
        include: ['c'],
        valid: false,
      },
    ],
    [
      'table with 1 column: a; 1 foreign key; 2 indexes',
      { columns: [{ name: 'a' }], foreignKeys: [{}], indexes: [{}, {}] },
    ],
    ['table with 0 columns:', { columns: [] }],
    ['select 1 from cats', 'select 1\n  from cats'],
    ['nothing', null],
    ['nothing', undefined],
    ['42', 42],
    ['[1,{"a":null}]', [1, { a: null }]],
    ['{"toString":1}', { toString: 1 }],
    ['{"type":{"toString":1}}', { type: { toString: 1 } }],
    ['text default {"toString":null}', { type: 'text', nullable: { x: 1 }, default: { toString: null } }],
  ])('%s', (text, value) => {
    expect(describeEvidence(value)).toBe(text);
  });

  test('cuts what is too long', () => {
    expect(textWidth(describeEvidence('x'.repeat(1000)))).toBe(240);
  });
});

describe('describeChanges', () => {
  const lines = (expected: unknown, actual: unknown) =>
    describeChanges(expected, actual).map(
      (change) => `${change.about}: ${change.expected} → ${change.actual}`,
    );

  test('each attribute that differs', () => {
    expect(
      lines(
        {
          type: 'bigint',
          nullable: false,
          default: { literal: '1' },
          generated: null,
          references: { table: 't', columns: ['b'] },
        },
        {
          type: 'text',
          nullable: true,
          default: { literal: '1' },
          generated: { kind: 'stored', expression: 'a' },
          references: null,
        },
      ),
    ).toEqual([
      'type: bigint → text',
      'nullable: no → yes',
      "default: 1 → '1'",
      'generated: none → generated as (a) stored',
      'references: t (b) → none',
    ]);
    expect(lines({ parts: ['a'], include: ['b'] }, { parts: ['a', { column: 'b', order: 'desc' }] })).toEqual(
      ['parts: (a) → (a, b desc)', 'include: (b) → none'],
    );
  });

  test('what is left out is named where it has a name', () => {
    expect(
      lines(
        { onDelete: 'set-null', onUpdate: null, validated: null, default: null },
        { onDelete: null, onUpdate: 'cascade', validated: false, default: { literal: 'x' } },
      ),
    ).toEqual([
      'on delete: set null → no action',
      'on update: no action → cascade',
      'validated: yes → no',
      "default: none → 'x'",
    ]);
  });

  test('the whole, where there are no attributes', () => {
    expect(lines('select 1', 'select 2')).toEqual([': select 1 → select 2']);
    expect(lines([1], { a: 1 })).toEqual([': [1] → {"a":1}']);
  });
});
