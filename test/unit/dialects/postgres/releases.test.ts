import { describe, expect, test } from 'vitest';
import { canonicalDefault, canonicalExpression } from '../../../../src/dialects/postgres/normalize.ts';
import { canonicalQuery } from '../../../../src/dialects/postgres/views.ts';

/*
 * Pairs of texts that PostgreSQL 12.22 and 14.23 printed of one and the same statement.
 */

function expression(raw: string, off: ReadonlySet<string> = new Set()) {
  const rules = new Set<string>();
  const { canonical } = canonicalExpression(raw, { add: (rule) => rules.add(rule), off });
  return { text: canonical, rules: [...rules].sort() };
}

/** Both texts made canonical; the rules that either took. */
function expectEqual(one: string, other: string, rules: readonly string[]): void {
  const [a, b] = [expression(one), expression(other)];
  expect(a.text).toBe(b.text);
  expect([...new Set([...a.rules, ...b.rules])].sort()).toEqual(rules);
  expect(expression(a.text).text).toBe(a.text);
}

describe('SQL syntax that is a call', () => {
  test.each([
    ['"substring"(a, 1, 2)', 'SUBSTRING(a FROM 1 FOR 2)'],
    ['"substring"(a, 2)', 'SUBSTRING(a FROM 2)'],
    [`"substring"(a, 'b#"x#"c'::text, '#'::text)`, `SUBSTRING(a SIMILAR 'b#"x#"c'::text ESCAPE '#'::text)`],
    ['btrim(a)', 'TRIM(BOTH FROM a)'],
    ["btrim(a, 'x'::text)", "TRIM(BOTH 'x'::text FROM a)"],
    ["ltrim(a, 'x'::text)", "TRIM(LEADING 'x'::text FROM a)"],
    ['rtrim(a)', 'TRIM(TRAILING FROM a)'],
    [`"overlay"(a, 'x'::text, 2)`, "OVERLAY(a PLACING 'x'::text FROM 2)"],
    [`"overlay"(a, 'x'::text, 2, 3)`, "OVERLAY(a PLACING 'x'::text FROM 2 FOR 3)"],
    [`"position"(a, 'x'::text)`, "POSITION(('x'::text) IN (a))"],
    [
      `"substring"(upper(a), 1, ("position"(a, 'x'::text) - 1))`,
      "SUBSTRING(upper(a) FROM 1 FOR (POSITION(('x'::text) IN (a)) - 1))",
    ],
    [`btrim("substring"(a, 2, 3), ' '::text)`, "TRIM(BOTH ' '::text FROM SUBSTRING(a FROM 2 FOR 3))"],
    [
      `"position"(((v)::text || 'y'::text), (a || 'x'::text))`,
      "POSITION(((a || 'x'::text)) IN (((v)::text || 'y'::text)))",
    ],
  ])('%s is %s', (before, after) => {
    expectEqual(before, after, ['sql-call']);
    expect(expression(after).rules).toEqual(['sql-call']);
  });

  test.each([
    ['btrim((v)::text)', 'TRIM(BOTH FROM v)'],
    ['"substring"((v)::text, 1, 3)', 'SUBSTRING(v FROM 1 FOR 3)'],
    ['"substring"(((a)::character varying)::text, 1)', 'SUBSTRING((a)::character varying FROM 1)'],
    ['"position"((v)::text, a)', 'POSITION((a) IN (v))'],
    ['"position"((bt)::"bit", \'1\'::"bit")', 'POSITION((\'1\'::"bit") IN (bt))'],
    ['"overlay"((v)::text, (v)::text, 2)', 'OVERLAY(v PLACING v FROM 2)'],
    [
      '"overlay"(upper(a), btrim((v)::text), (1 + 1))',
      'OVERLAY(upper(a) PLACING TRIM(BOTH FROM v) FROM (1 + 1))',
    ],
    // As in a trigger's condition.
    ['btrim(new.v::text) <> btrim(old.v::text)', 'TRIM(BOTH FROM new.v) <> TRIM(BOTH FROM old.v)'],
  ])('%s, cast because it is a call, is %s', (before, after) => {
    expectEqual(before, after, ['call-argument-cast', 'sql-call']);
  });

  test.each([['timezone((zone)::text, ts)', '(ts AT TIME ZONE zone)']])('%s is %s', (before, after) => {
    expectEqual(before, after, ['at-time-zone', 'call-argument-cast']);
  });

  test.each([
    ['SUBSTRING(a FROM 1 FOR 2)', '"substring"(a, 2, 1)'],
    ['TRIM(BOTH FROM a)', 'ltrim(a)'],
    ["TRIM(BOTH 'x'::text FROM a)", "btrim('x'::text, a)"],
    ['POSITION((a) IN (b))', '"position"(a, b)'],
    ['TRIM(BOTH FROM a)', 'app.btrim(a)'],
    ['btrim((v)::character varying)', 'btrim(v)'],
    ['upper((v)::text)', 'upper(v)'],
    ["btrim('x'::text)", "btrim('x')"],
    ["'TRIM(BOTH FROM a)'::text", "'btrim(a)'::text"],
    ['"TRIM"(a)', 'btrim(a)'],
    ['timezone(zone, (ts)::timestamp with time zone)', 'timezone(zone, ts)'],
  ])('%s is not %s', (one, other) => {
    expect(expression(one).text).not.toBe(expression(other).text);
  });

  test.each([
    'TRIM(a)',
    'SUBSTRING(a, 1)',
    'POSITION(a IN b)',
    'OVERLAY(a PLACING b)',
    'app.trim(BOTH FROM a)',
  ])('%s, which no server prints, is left', (text) => {
    expect(expression(text)).toEqual({ text, rules: [] });
  });
});

describe('parts of dates', () => {
  test.each([
    ["date_part('year'::text, d)", 'EXTRACT(year FROM d)'],
    ["(date_part('year'::text, ts))::integer", '(EXTRACT(year FROM ts))::integer'],
    ["(date_part('dow'::text, tz) = (3)::double precision)", '(EXTRACT(dow FROM tz) = (3)::numeric)'],
    ["(date_part('epoch'::text, tz) <= (i)::double precision)", '(EXTRACT(epoch FROM tz) <= (i)::numeric)'],
    [
      "((date_part('epoch'::text, ts) * (1000)::double precision))::bigint",
      '((EXTRACT(epoch FROM ts) * (1000)::numeric))::bigint',
    ],
    [
      "(date_part('dow'::text, d) = ANY (ARRAY[(0)::double precision, (6)::double precision]))",
      '(EXTRACT(dow FROM d) = ANY (ARRAY[(0)::numeric, (6)::numeric]))',
    ],
    [
      "(COALESCE(date_part('hour'::text, ts), (0)::double precision) < (5)::double precision)",
      '(COALESCE(EXTRACT(hour FROM ts), (0)::numeric) < (5)::numeric)',
    ],
    [
      "((date_part('epoch'::text, ts) * (1.5)::double precision) >= (q)::double precision)",
      '((EXTRACT(epoch FROM ts) * 1.5) >= q)',
    ],
    [
      "((date_part('epoch'::text, (tz - b)) / (60)::double precision) > f)",
      '(((EXTRACT(epoch FROM (tz - b)) / (60)::numeric))::double precision > f)',
    ],
    [
      "(round((date_part('epoch'::text, ts))::numeric, 2) > (0)::numeric)",
      '(round(EXTRACT(epoch FROM ts), 2) > (0)::numeric)',
    ],
    [
      "(date_part('epoch'::text, ts) > ('-0.5'::numeric)::double precision)",
      "(EXTRACT(epoch FROM ts) > '-0.5'::numeric)",
    ],
    [
      "(COALESCE(date_part('epoch'::text, ts), '0'::double precision) > (1)::double precision)",
      "(COALESCE(EXTRACT(epoch FROM ts), '0'::numeric) > (1)::numeric)",
    ],
    [
      "(date_part('epoch'::text, ts) = ANY ('{1,2}'::double precision[]))",
      "(EXTRACT(epoch FROM ts) = ANY ('{1,2}'::numeric[]))",
    ],
    // As in a trigger's condition.
    ["date_part('hour'::text, new.ts) > 3::double precision", 'EXTRACT(hour FROM new.ts) > 3::numeric'],
  ])('%s is %s', (before, after) => {
    expectEqual(before, after, ['date-part']);
  });

  test.each([
    ["(date_part('year'::text, d) = (3)::numeric)", "(date_part('month'::text, d) = (3)::numeric)"],
    ["(date_part('year'::text, d) = (3)::numeric)", "(date_part('year'::text, d) = (4)::numeric)"],
    ["(date_part('year'::text, d))::integer", "date_part('year'::text, d)"],
    ["app.date_part('year'::text, d)", 'EXTRACT(year FROM d)'],
    ['((n)::numeric > x)', '(n > x)'],
    ['((EXTRACT(year FROM d) > x) AND ((n)::numeric > y))', '((EXTRACT(year FROM d) > x) AND (n > y))'],
    ["date_part('day'::text, ((n)::double precision * i))", "date_part('day'::text, (n * i))"],
  ])('%s is not %s', (one, other) => {
    expect(expression(one).text).not.toBe(expression(other).text);
  });

  test('leave the casts of other columns of a view alone', () => {
    const view = (select: string) => canonicalQuery(` SELECT ${select}\n   FROM a;`, new Set());
    const before = "date_part('year'::text, d) AS y,\n    (n)::numeric AS n";
    expect(view(before)).toBe(view('EXTRACT(year FROM d) AS y,\n    (n)::numeric AS n'));
    expect(view(before)).not.toBe(view('EXTRACT(year FROM d) AS y,\n    n'));
  });

  test('of a subquery leave the casts around it alone', () => {
    const around = (cast: string) =>
      `(( SELECT max(date_part('year'::text, b.d)) AS max FROM b WHERE (b.n = ${cast})) > x)`;
    expect(expression(around('(q)::numeric')).text).not.toBe(expression(around('q')).text);
  });
});

describe('SIMILAR TO', () => {
  test.each([
    ["(a ~ similar_escape('b'::text, NULL::text))", "(a ~ similar_to_escape('b'::text))"],
    ["(a !~ similar_escape('b'::text, '#'::text))", "(a !~ similar_to_escape('b'::text, '#'::text))"],
    ["(a ~ similar_escape('b'::text, ''::text))", "(a ~ similar_to_escape('b'::text, ''::text))"],
  ])('%s is %s', (before, after) => {
    expectEqual(before, after, ['similar-to']);
  });

  test('with another pattern, or another escape character, is another', () => {
    const texts = ["('a', NULL::text)", "('b', NULL::text)", "('a', '#'::text)", "('a', ''::text)"];
    expect(new Set(texts.map((text) => expression(`similar_escape${text}`).text)).size).toBe(4);
  });
});

describe('a random UUID', () => {
  const read = (raw: string, cryptoSchema: string | null) => {
    const rules = new Set<string>();
    const type = { castName: 'uuid', baseCastName: null };
    const made = canonicalDefault(raw, type, { add: (rule) => rules.add(rule), cryptoSchema });
    return { text: 'canonical' in made ? made.canonical : made.kind, rules: [...rules] };
  };

  test('of the extension is the one of the server', () => {
    expect(read('public.gen_random_uuid()', 'public')).toEqual({
      text: 'gen_random_uuid()',
      rules: ['random-uuid'],
    });
    expect(read('"Ext x".gen_random_uuid()', '"Ext x"').text).toBe('gen_random_uuid()');
    expect(read('(public.gen_random_uuid())::text', 'public').text).toBe('(gen_random_uuid())::text');
  });

  test.each([
    ['app.gen_random_uuid()', 'public'],
    ['public.gen_random_uuid()', null],
    ['public.gen_random_uuid(1)', 'public'],
    ['public.gen_random_bytes()', 'public'],
  ])('%s, of somebody else, stays', (text, schema) => {
    expect(read(text, schema)).toEqual({ text, rules: [] });
  });
});

test('without its rule each difference is one', () => {
  const without = (rule: string, one: string, other: string) => {
    const off = new Set([rule]);
    expect(expression(one, off).text).not.toBe(expression(other, off).text);
  };
  without('sql-call', 'btrim(a)', 'TRIM(BOTH FROM a)');
  without('call-argument-cast', 'btrim((v)::text)', 'TRIM(BOTH FROM v)');
  without('date-part', "date_part('year'::text, d)", 'EXTRACT(year FROM d)');
  without('similar-to', 'similar_escape(b, NULL::text)', 'similar_to_escape(b)');
});
