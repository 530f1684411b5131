import { describe, expect, test } from 'vitest';
import type { Verdict } from '../../../src/classify/verdict.ts';
import { renderHtmlReport } from '../../../src/cli/render/html.ts';
import { renderReport } from '../../../src/cli/render/report.ts';
import { createStyle } from '../../../src/cli/render/style.ts';
import { difference, evidence, report } from '../../support/reports.ts';

const AT = new Date('2026-01-02T03:04:05Z');
const html = (changes: Partial<Verdict> = {}) =>
  renderHtmlReport(report(changes), { at: AT, version: '1.2.3' });
const plain = createStyle(false);

/** What a browser would show of a page: its text, with the style sheet left out. */
function textOf(page: string): string {
  return page
    .replace(/<style>.*<\/style>/s, '')
    .replace(/<[^>]*>/g, ' ')
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&quot;', '"')
    .replaceAll('&#39;', "'")
    .replaceAll('&amp;', '&');
}

const STATES: Readonly<Record<string, Partial<Verdict>>> = {
  legacy: {
    rulesUsed: ['column-order'],
    withoutRules: ['literal-cast'],
    unusedAcceptances: ['cats.columns.gone'],
  },
  partial: {
    state: 'partial',
    revision: null,
    candidates: [],
    nearest: [
      { revision: '002_coats', blocking: 1, risky: 3, harmless: 2 },
      { revision: '001_cats', blocking: 12, risky: 0, harmless: 0 },
    ],
    differences: [
      difference({ sql: 'alter table "cats"\n  add column "coat" text;' }),
      difference({ outcome: 'different', expected: { type: 'text' }, actual: { type: 'integer' } }),
      difference({
        outcome: 'unexpected',
        grade: 'risky',
        expected: null,
        actual: { name: 'x', type: 'uuid' },
      }),
      difference({ outcome: 'cannot-tell', expected: 'a + b', actual: 'b + a' }),
      difference({ accepted: 'the shop needs it', path: ['tables', 'public.cats', 'indexes', 'one'] }),
    ],
    unmanaged: ['public.strays', 'public.hens'],
    unmodelled: ['public.cats: trigger touch'],
    settings: [
      { name: 'explicit_defaults', value: 'OFF', effect: 'It fills in.', differences: ['cats.columns.coat'] },
    ],
  },
  ambiguous: {
    revision: null,
    candidates: ['001_cats', '002_coats'],
    ambiguous: true,
    probes: [{ revision: '002_coats', file: 'probes/002_coats.sql', happened: true, problem: null }],
    migrations: [evidence('001_cats'), evidence('002_coats', { evidence: 'traceless', met: 0, expected: 0 })],
  },
  managed: {
    state: 'managed',
    standing: 'inconsistent',
    drift: true,
    history: { present: true, rows: 2, lock: 'held', problem: 'Two rows have one name.' },
    foreignHistories: [
      {
        tool: 'alembic',
        table: 'public.alembic_version',
        versions: ['8d1f'],
        failed: null,
        ofThisChain: false,
      },
    ],
  },
  fresh: { state: 'fresh', revision: null, candidates: [], unmanaged: ['public.strays'] },
};

describe('renderHtmlReport', () => {
  test.each(Object.entries(STATES))('says every word of the text report: %s', (_name, changes) => {
    const shown = textOf(html(changes)).replace(/\s+/g, ' ');
    const words = renderReport(report(changes), plain)
      .split(/\s+/)
      .map((word) => word.replace(/[:,;]$/, ''))
      .filter((word) => /[a-z0-9]/i.test(word) && word !== 'sql');
    expect(words.length).toBeGreaterThan(20);
    expect(words.filter((word) => !shown.includes(word))).toEqual([]);
  });

  test('names what the text report only counts', () => {
    const unmanaged = Array.from({ length: 50 }, (_, index) => `public.stray_${index}`);
    expect(html({ unmanaged })).toContain('public.stray_49');
    const long = `x${'y'.repeat(400)}z`;
    expect(html({ differences: [difference({ expected: long })] })).toContain(long);
  });

  test('nothing that comes from a database is more than text', () => {
    const evil = `</title></style><script>alert(1)</script>"'><img src=x onerror=alert(2)>&amp;\u202e\u001b[2J`;
    const hostile = JSON.parse(
      JSON.stringify(report(STATES.partial), (key, value) =>
        // Words that the tool itself chose stay what they are.
        typeof value === 'string' && !/^(state|outcome|grade|evidence|lock|vendor)$/.test(key)
          ? `${value}${evil}`
          : value,
      ),
    );
    const page = renderHtmlReport(
      { ...hostile, history: { present: true, rows: 1, lock: 'held', problem: evil } },
      { at: AT, version: '1.2.3' },
    );
    const harmless = html(STATES.partial);
    const tagsOf = (text: string) => [...new Set(text.match(/<[^>]*>/g))].sort();
    const known = new Set([
      ...tagsOf(harmless),
      ...tagsOf(html(STATES.managed)),
      '<details>',
      '</details>',
      '<summary>',
      '</summary>',
    ]);
    expect(tagsOf(page).filter((tag) => !known.has(tag))).toEqual([]);
    expect(page).not.toContain('&amp;amp;amp;');
    expect(page).toContain('&lt;script&gt;alert(1)&lt;/script&gt;');
    expect(page.replaceAll('\n', '')).not.toMatch(/[\p{Cc}\u202a-\u202e]/u);
  });

  test('is one page that fetches nothing and runs nothing', () => {
    for (const changes of Object.values(STATES)) {
      const page = html(changes);
      expect(page).toMatch(/^<!doctype html>\n<html lang="en">/);
      expect(page).toContain(`content="default-src 'none'; style-src 'unsafe-inline'"`);
      expect(page).not.toMatch(/<script|<link|<img|<iframe|<form|\bsrc=|\bhref=|url\(|@import|\son\w+=/i);
      const opened = page
        .match(/<(?!meta|!)[a-z]\w*/g)
        ?.map((tag) => tag.slice(1))
        .sort();
      const closed = page
        .match(/<\/\w+/g)
        ?.map((tag) => tag.slice(2))
        .sort();
      expect(opened).toEqual(closed);
    }
    expect(textOf(html())).toContain('made at 2026-01-02 03:04:05 UTC by knex-adopt 1.2.3');
  });
});
