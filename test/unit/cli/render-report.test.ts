import { describe, expect, test } from 'vitest';
import type { Difference, Verdict } from '../../../src/classify/verdict.ts';
import { renderReport } from '../../../src/cli/render/report.ts';
import { createStyle } from '../../../src/cli/render/style.ts';
import { textWidth } from '../../../src/cli/render/text.ts';
import { difference, evidence, report } from '../../support/reports.ts';

const plain = createStyle(false);
const render = (changes: Partial<Verdict> = {}) => renderReport(report(changes), plain);
const headline = (changes: Partial<Verdict>) => render(changes).split('\n')[0];
const nextLine = (changes: Partial<Verdict>) => render(changes).trimEnd().split('\n').at(-1);

const managed = {
  state: 'managed',
  standing: 'upToDate',
  drift: false,
  revision: '002_coats',
  pending: [],
  history: { present: true, rows: 2, lock: 'free', problem: null },
} as const satisfies Partial<Verdict>;
const partial = {
  state: 'partial',
  revision: null,
  candidates: [],
  pending: ['001_cats', '002_coats'],
  nearest: [
    { revision: '002_coats', blocking: 1, risky: 0, harmless: 2 },
    { revision: '001_cats', blocking: 12, risky: 0, harmless: 0 },
  ],
  differences: [difference()],
} satisfies Partial<Verdict>;
const ambiguous = {
  revision: null,
  candidates: ['001_cats', '002_coats'],
  ambiguous: true,
  pending: [],
  migrations: [evidence('001_cats'), evidence('002_coats', { evidence: 'traceless', met: 0, expected: 0 })],
} satisfies Partial<Verdict>;

describe('renderReport', () => {
  test('a legacy database', () => {
    expect(render()).toBe(`legacy at 001_cats: every expectation of that revision is met

  server   postgres 15.18
  schema   public
  history  none: Knex has no history here

migrations
  ✓  001_cats   applied
  ·  002_coats  absent   pending

read in 12 ms (connecting 4, reading 7, judging 1) with 9 queries

next: knex-adopt handle-legacy --dry-run
`);
  });

  test('a pending migration of which later ones leave nothing does not look as if it had run', () => {
    const text = render({
      migrations: [
        evidence('001_cats'),
        evidence('002_coats', { evidence: 'superseded', met: 0, expected: 0 }),
      ],
    });
    expect(text).toContain('\n  ·  002_coats  undone by later ones: shows nothing  pending\n');
  });

  test('a partial database, with everything there is to say', () => {
    const text = render({
      ...partial,
      schemas: ['public', 'audit'],
      migrations: [evidence('001_cats'), evidence('002_coats', { evidence: 'partly', met: 5 })],
      foreignHistories: [
        {
          tool: 'alembic',
          table: 'public.alembic_version',
          versions: ['a1', 'b2', 'c3', 'd4'],
          failed: null,
          ofThisChain: false,
        },
      ],
      differences: [
        difference({ sql: 'alter table "cats"\n  add "coat" text;' }),
        difference({
          path: ['tables', 'public.cats', 'columns', 'id'],
          outcome: 'different',
          expected: { type: 'bigint', nullable: false },
          actual: { type: 'integer', nullable: true },
          introducedBy: '001_cats',
        }),
        difference({
          path: ['tables', 'public.cats', 'indexes', 'cats_name_idx'],
          outcome: 'unexpected',
          grade: 'risky',
          expected: null,
          actual: { name: 'cats_name_idx', parts: ['name'], unique: true },
          introducedBy: null,
        }),
        difference({
          path: ['tables', 'public.toys'],
          outcome: 'unexpected',
          grade: 'harmless',
          expected: null,
          actual: { columns: [] },
          introducedBy: null,
        }),
      ],
      unmanaged: ['public.toys'],
      unmodelled: ['public.cats: trigger "audit"'],
      rulesUsed: ['column-order', 'literal-cast'],
      history: { present: true, rows: 0, lock: 'held', problem: null },
    });
    expect(text).toBe(`partial: no revision is met in full; nearest 002_coats with 2 blocking differences

  server      postgres 15.18
  schemas     public, audit
  history     a table without rows, lock held
  tracked by  alembic in public.alembic_version, at d4, c3, b2 and 1 more

migrations
  ✓  001_cats   applied
  ~  002_coats  partly, 5 of 7

nearest revisions
  002_coats   1 blocking  2 harmless
  001_cats   12 blocking

differences from 002_coats
  blocking (2): what stands between this schema and the revision
    ✗  missing    public.cats  column coat  by 002_coats
        expected text null
        sql alter table "cats"
        sql   add "coat" text;
    ✗  different  public.cats  column id    by 001_cats
        type: bigint → integer
        nullable: no → yes
  risky (1): unknown to the chain, and able to break it or the application
    !  unexpected  public.cats  index cats_name_idx
        actual   unique btree (name)

unknown to the chain (1)
  public.toys

seen, but compared only as words (1)
  public.cats: trigger "audit"

taken for equal: column-order, literal-cast
read in 12 ms (connecting 4, reading 7, judging 1) with 9 queries

next: mend the blocking differences by hand, then: knex-adopt detect-state
`);
  });

  test('an ambiguous database', () => {
    expect(
      render(ambiguous),
    ).toBe(`ambiguous: the schema meets 001_cats, 002_coats in full, and cannot say which of them it is

  server   postgres 15.18
  schema   public
  history  none: Knex has no history here

migrations
  ✓  001_cats   applied          candidate
  ?  002_coats  leaves no trace  candidate

read in 12 ms (connecting 4, reading 7, judging 1) with 9 queries

next: knex-adopt handle-legacy --at REVISION --dry-run   (one of the candidates)
`);
  });

  test('a managed database whose history does not fit', () => {
    const text = render({
      ...managed,
      standing: 'inconsistent',
      history: { present: true, rows: 1, lock: 'stale', problem: 'The history has a gap: "001_cats".' },
      migrations: [
        evidence('001_cats', { evidence: 'superseded', adopted: true, recorded: true }),
        evidence('002_coats', { recorded: true }),
      ],
    });
    expect(text).toBe(`managed at 002_coats: its history does not fit these migrations

  server   postgres 15.18
  schema   public
  history  1 migration recorded, lock stale

problem: The history has a gap: "001_cats".

migrations
  ✓  001_cats   superseded by later ones  adopted
  ✓  002_coats  applied                   recorded

read in 12 ms (connecting 4, reading 7, judging 1) with 9 queries

next: knex-adopt repair-history --dry-run
`);
  });

  test.each<[string, Partial<Verdict>]>([
    ['fresh: nothing of this chain is here, nor anything else', { state: 'fresh', revision: null }],
    [
      'fresh: nothing of this chain is here, but 2 other objects',
      { state: 'fresh', revision: null, unmanaged: ['public.a', 'public.b'] },
    ],
    [
      'legacy at 001_cats: every expectation of that revision is met, beside 1 risky difference',
      { differences: [difference({ grade: 'risky' })] },
    ],
    ['managed at 002_coats: up to date', managed],
    [
      'managed at 001_cats: 1 migration pending',
      { ...managed, standing: 'behind', revision: '001_cats', pending: ['002_coats'] },
    ],
    ['managed at 002_coats: its history is ahead of these migrations', { ...managed, standing: 'ahead' }],
    ['managed: its history is ahead of these migrations', { ...managed, standing: 'ahead', revision: null }],
    [
      'managed at 002_coats: up to date, but with drift: the schema differs from it in 1 place',
      { ...managed, drift: true, differences: [difference()] },
    ],
  ])('says %s', (sentence, changes) => {
    expect(headline(changes)).toBe(sentence);
  });

  test.each<[string, Partial<Verdict>]>([
    ['next: knex-adopt handle-legacy --dry-run', { state: 'fresh', revision: null }],
    [
      'next: is this the right database? If so: knex-adopt handle-legacy --shared --dry-run',
      { state: 'fresh', revision: null, unmanaged: ['public.a'] },
    ],
    [
      "next: knex-adopt handle-legacy --dry-run --accept 'public.cats.columns.a $(b)'",
      { differences: [difference({ grade: 'risky', path: ['tables', 'public.cats', 'columns', 'a $(b)'] })] },
    ],
    ['next: knex-adopt upgrade', { ...managed, standing: 'behind', pending: ['002_coats'] }],
    [
      'next: mend the drift by hand, then: knex-adopt upgrade',
      { ...managed, standing: 'behind', pending: ['002_coats'], drift: true, differences: [difference()] },
    ],
    [
      'next: mend the drift by hand, then: knex-adopt detect-state',
      { ...managed, drift: true, differences: [difference()] },
    ],
    [
      'next: deploy the code that made this history, or: knex-adopt repair-history --dry-run',
      { ...managed, standing: 'ahead' },
    ],
    [
      'next: knex-adopt repair-history --dry-run',
      { ...managed, history: { present: true, rows: 2, lock: 'broken', problem: null } },
    ],
    ['read in 12 ms (connecting 4, reading 7, judging 1) with 9 queries', managed],
  ])('ends with %s', (line, changes) => {
    expect(nextLine(changes)).toBe(line);
  });

  test('names the settings of the server that may be why columns differ', () => {
    const differences = ['app.cats.columns.seen', 'app.cats.columns.fed'];
    const lines = render({
      ...partial,
      settings: [{ name: 'a_setting', value: 'OFF', effect: 'Where it is off, things happen.', differences }],
    }).split('\n');
    const at = lines.indexOf('what may be why');
    expect(
      lines
        .slice(at, at + 3)
        .join(' ')
        .replaceAll(/\s+/g, ' '),
    ).toBe(
      'what may be why a_setting is OFF on this server. Where it is off, things happen. That explains app.cats.columns.seen, app.cats.columns.fed.',
    );
    expect(render(partial)).not.toContain('what may be why');
  });

  test('decorates with colours, and with nothing else', () => {
    const coloured = renderReport(report(partial), createStyle(true));
    expect(coloured.split('\n')[0]).toBe(
      '\u001b[31m\u001b[1mpartial\u001b[22m\u001b[39m: no revision is met in full; nearest 002_coats with 1 blocking difference',
    );
    expect(coloured).toContain('\u001b[31m✗\u001b[39m  \u001b[1mmissing\u001b[22m');
    // biome-ignore lint/suspicious/noControlCharactersInRegex: what is looked for are control characters.
    expect(coloured.replace(/\u001b\[\d+m/g, '')).toBe(render(partial));
  });

  test('no name or value reaches the terminal unescaped', () => {
    const hostile = 'x\u001b[2J\n\u202eevil\u0007';
    const text = render({
      ...partial,
      server: { vendor: 'postgres', version: hostile },
      schemas: [hostile],
      head: hostile,
      nearest: [{ revision: hostile, blocking: 1, risky: 0, harmless: 0 }],
      migrations: [evidence(hostile)],
      differences: [
        difference({
          path: ['tables', hostile, 'columns', hostile],
          introducedBy: hostile,
          sql: hostile,
          expected: { type: hostile, nullable: false, default: { literal: hostile } },
        }),
        difference({
          path: [hostile, hostile, hostile],
          outcome: 'different',
          expected: { [hostile]: 1 },
          actual: {},
        }),
        difference({ grade: 'risky', path: ['tables', hostile, 'checks', hostile] }),
      ],
      settings: [{ name: hostile, value: hostile, effect: hostile, differences: [hostile] }],
      unmanaged: [hostile],
      unmodelled: [hostile],
      rulesUsed: [hostile],
      foreignHistories: [
        { tool: hostile, table: hostile, versions: [hostile], failed: null, ofThisChain: false },
      ],
      history: { present: true, rows: 1, lock: 'free', problem: hostile },
    });
    const lines = text.split('\n');
    expect(lines.filter((line) => /\p{Cc}|\u202e/u.test(line))).toEqual([]);
    expect(lines).toContain('problem: x\\x1b[2J\\n\\u202eevil\\x07');
  });

  test('keeps to the page when there is much to say', () => {
    const many = Array.from({ length: 40 }, (_, index) => `public.table_${index}`);
    const text = render({
      ...partial,
      unmanaged: many,
      rulesUsed: many,
      differences: [
        difference({
          path: ['tables', 'public.cats'],
          expected: { columns: many.map((name) => ({ name, type: 'text', nullable: true })) },
        }),
        difference({
          path: ['views', 'public.fat_cats'],
          outcome: 'different',
          expected: `select ${many.join(', ')} from cats`,
          actual: `select ${many.join(', ')} from dogs`,
        }),
      ],
    });
    expect(text.split('\n').filter((line) => textWidth(line) > 100)).toEqual([]);
    expect(text).toContain(
      'public.table_0, public.table_1, public.table_2, public.table_3, public.table_4, public.table_5,\n' +
        '  public.table_6, public.table_7 and 32 more\n',
    );
    expect(text).toContain('        …8, public.table_39 from cats → …8, public.table_39 from dogs\n');
  });
});

describe('what is neither equal nor plainly different', () => {
  const check = (changes: Partial<Difference>) =>
    difference({ path: ['tables', 'public.cats', 'checks', 'coat_check'], outcome: 'different', ...changes });

  test('says in words that nobody can tell, with both texts and what to do', () => {
    const text = render({
      ...partial,
      differences: [
        check({
          outcome: 'cannot-tell',
          expected: { expression: 'a > 1' },
          actual: { expression: 'a ?? 1' },
        }),
      ],
    });
    expect(text).toMatch(/✗ +cannot tell +public\.cats +check coat_check/);
    expect(text).toContain('expression: a > 1 → a ?? 1');
    expect(text).toContain('if they mean the same, accept it in decisions.json');
  });

  test('names the rule without which it is a difference, and the rules switched off', () => {
    const text = render({
      ...partial,
      withoutRules: ['array-cast'],
      differences: [check({ rule: 'array-cast', expected: 'a', actual: 'b' })],
    });
    expect(text).toContain('equal by array-cast, which is switched off');
    expect(text).toContain('rules switched off: array-cast');
  });
});
