import { describe, expect, test } from 'vitest';
import { autogenerate } from '../../src/autogenerate.ts';
import { postgresDialect } from '../../src/dialects/postgres/postgres-dialect.ts';
import { migrationText, rawStatement } from '../../src/migrations/migration-text.ts';
import type { ForeignKey } from '../../src/schema/snapshot.ts';
import { column, snapshot, table } from '../support/builders.ts';

const id = column('id', { nullable: false });
/** Knex cannot be given its name, so nothing about it can be written. */
const UNSENDABLE = 'w\\?at';

const refersTo = (referencedTable: string, columns = ['id']): ForeignKey => ({
  name: `to_${referencedTable}`,
  columns,
  referencedTable,
  referencedColumns: ['id'],
  onUpdate: 'no-action',
  onDelete: 'no-action',
  match: 'simple',
  deferrable: 'no',
  validated: true,
});

const statements = (lines: ReturnType<typeof autogenerate>['body']['up']) =>
  lines.flatMap((line) => (line.kind === 'statement' ? [line.sql] : []));

describe('autogenerate', () => {
  test('equal structures give nothing', () => {
    const cats = snapshot([table('cats', [id])]);
    expect(autogenerate(cats, cats, postgresDialect)).toEqual({
      body: { up: [], down: [] },
      differences: 0,
      unwritten: [],
      dropped: [],
    });
  });

  test('a table that cannot be made takes the foreign keys to it with it', () => {
    const tables = [
      table('dogs', [id], { foreignKeys: [refersTo('odd')] }),
      table('odd', [id], { unmodelled: ['something that nobody has words for'] }),
    ];
    const { body, unwritten } = autogenerate(snapshot([]), snapshot(tables), postgresDialect);
    expect(unwritten.map(({ direction, name }) => [direction, name])).toEqual([
      ['up', 'dogs.foreignKeys.to_odd'],
      ['up', 'odd'],
    ]);
    expect(statements(body.up)).toEqual([expect.stringMatching(/^CREATE TABLE "dogs"/)]);
  });

  test('a table that cannot be dropped keeps those that it refers to', () => {
    const tables = [
      table('cats', [id], { foreignKeys: [refersTo('hens')] }),
      table('dogs', [id]),
      table('hens', [id], { foreignKeys: [refersTo('dogs')] }),
      table('owls', [id], { foreignKeys: [refersTo('cats')] }),
      table(UNSENDABLE, [id], { foreignKeys: [refersTo('hens')] }),
    ];
    const { body, unwritten } = autogenerate(snapshot(tables), snapshot([]), postgresDialect);
    expect(unwritten.flatMap(({ direction, name }) => (direction === 'up' ? [name] : []))).toEqual([
      'dogs',
      'hens',
      UNSENDABLE,
    ]);
    expect(statements(body.up)).toEqual(['DROP TABLE "owls"', 'DROP TABLE "cats"']);
  });

  test('tables that refer to each other in a circle are dropped after a foreign key of the circle', () => {
    const circle = [
      table('a', [id], { foreignKeys: [refersTo('b')] }),
      table('b', [id], { foreignKeys: [refersTo('a')] }),
    ];
    const { body } = autogenerate(snapshot([]), snapshot(circle), postgresDialect);
    expect(statements(body.down)).toEqual([
      'ALTER TABLE "b" DROP CONSTRAINT "to_a"',
      'DROP TABLE "a"',
      'DROP TABLE "b"',
    ]);
  });
});

describe('migrationText', () => {
  const TEXTS = [
    'plain',
    `it's "quoted" \`and\` \${ticked}`,
    "only 'single'",
    'back\\slash\\n',
    `two\nlines \`of\` \${it} \\`,
    'carriage\r\nreturn\ttab',
    'turned \u202e around \u2028 and \ud800 alone',
    '*/ // <script>',
  ];

  /** What a CommonJS migration sends, run with a Knex that only listens. */
  async function sentBy(text: string): Promise<readonly string[]> {
    const exports: { up?: (knex: unknown) => Promise<void> } = {};
    new Function('exports', text)(exports);
    const sent: string[] = [];
    await exports.up?.({ raw: async (sql: string) => void sent.push(sql) });
    return sent;
  }

  test('a migration sends each text as it was given, and has no character that an editor would act upon', async () => {
    const up = TEXTS.flatMap((text) => [
      { kind: 'comment' as const, text },
      { kind: 'statement' as const, sql: text },
    ]);
    const written = migrationText('commonjs', { up, down: [] });
    expect(await sentBy(written)).toEqual(TEXTS);
    expect(written.replaceAll('\n', '')).not.toMatch(/[\p{Cc}\u2028-\u202e]|\p{Cs}/u);
  });

  test('where Knex numbers values a question mark is escaped, and one after a backslash cannot be sent', () => {
    expect(rawStatement("a ? '?'", 'numbered')).toBe("a \\? '\\?'");
    expect(rawStatement('a \\? b', 'numbered')).toBeNull();
    expect(rawStatement("a \\? '?'", 'question-marks')).toBe("a \\? '?'");
  });
});
