import { describe, expect, test } from 'vitest';
import {
  canonicalDefault,
  canonicalExpression,
  type DefaultType,
  decimalNormalForm,
} from '../../../../src/dialects/postgres/normalize.ts';
import { joinTokens, tokenize } from '../../../../src/dialects/postgres/tokens.ts';
import { canonicalQuery } from '../../../../src/dialects/postgres/views.ts';

function expression(raw: string): { text: string; rules: string[] } {
  const rules = new Set<string>();
  return { text: canonicalExpression(raw, rules).canonical, rules: [...rules].sort() };
}

function query(raw: string): { text: string; rules: string[] } {
  const rules = new Set<string>();
  return { text: canonicalQuery(raw, rules), rules: [...rules].sort() };
}

function defaultOf(raw: string, castName: string, baseCastName: string | null = null) {
  const rules = new Set<string>();
  const type: DefaultType = { castName, baseCastName };
  const made = canonicalDefault(raw, type, rules);
  const canonical = 'canonical' in made ? made.canonical : '';
  return { text: `${made.kind}:${canonical}`, rules: [...rules].sort() };
}

describe('tokens', () => {
  test.each([
    `lower((a)::text) || 'it''s ( "not" -- a )' || E'\\'x\\\\' || "Quoted ""name""" || $$ ' $$ || $tag$ $$ ' $tag$`,
    `(a -> 'b'::text) ->> 1.5e-3 <> B'101'::"bit" AND U&'\\0061' = n'x' AND a[1:2] && '{}'::int[]`,
    'Ünï.çode = 1.',
    "unterminated 'string",
    '',
  ])('join to the text that they came from: %s', (text) => {
    expect(joinTokens(tokenize(text))).toBe(text);
  });

  test('never open a constant or a quoted name', () => {
    const kinds = tokenize(`'a''b' "c""d" E'e\\'f' $x$g$x$`).map((token) => token.kind);
    expect(kinds).toEqual(['string', 'space', 'name', 'space', 'string', 'space', 'string']);
  });
});

describe('expressions that are the same', () => {
  test.each([
    ['now()', 'CURRENT_TIMESTAMP', 'current-timestamp'],
    ['transaction_timestamp()', 'CURRENT_TIMESTAMP', 'current-timestamp'],
    ['(a > now())', '(a > CURRENT_TIMESTAMP)', 'current-timestamp'],
    ["(now() AT TIME ZONE 'utc'::text)", "timezone('utc'::text, now())", 'at-time-zone'],
    ["((a AT TIME ZONE 'x'::text) AT TIME ZONE b)", "timezone(b, timezone('x'::text, a))", 'at-time-zone'],
    [
      "date_trunc('day'::text, (a AT TIME ZONE 'x'::text))",
      "date_trunc('day'::text, timezone('x'::text, a))",
      'at-time-zone',
    ],
    [
      "((s)::text = ANY ((ARRAY['p'::character varying, 'q'::character varying])::text[]))",
      "((s)::text = ANY (ARRAY[('p'::character varying)::text, ('q'::character varying)::text]))",
      'array-cast',
    ],
    [
      "(ARRAY['a,b'::bpchar, f(1, 2)])::other.kind[]",
      "ARRAY[('a,b'::bpchar)::other.kind, (f(1, 2))::other.kind]",
      'array-cast',
    ],
  ])('%s is %s', (one, other, rule) => {
    expect(expression(one).text).toBe(expression(other).text);
    expect(expression(one).rules).toContain(rule);
  });
});

describe('expressions that are not the same', () => {
  test.each([
    ['now()', 'statement_timestamp()'],
    ['now()', 'clock_timestamp()'],
    ['now()', 'CURRENT_TIMESTAMP(3)'],
    ['now()', 'app.now()'],
    ['now()', '"now"()'],
    ['now()', "'now()'"],
    ['now()', 'now(1)'],
    ['now()', 'CURRENT_DATE'],
    ["(a AT TIME ZONE 'x'::text)", "timezone(a, 'x'::text)"],
    ["'(a AT TIME ZONE b)'::text", "'timezone(b, a)'::text"],
    ['(ARRAY[a, b])::text[]', 'ARRAY[a, b]'],
    ['(ARRAY[a, b])::text[]', 'ARRAY[(a)::text, (b)::integer]'],
    ['(a)::text', 'a'],
    ['((a + b) * c)', '(a + (b * c))'],
    ["('a' = b)", "('A' = b)"],
    ["(b = 'a  b')", "(b = 'a b')"],
    ["'x'::text", "E'x'::text || ''"],
  ])('%s is not %s', (one, other) => {
    expect(expression(one).text).not.toBe(expression(other).text);
  });

  test.each([
    `('now()'::text || "now()")`,
    'timezone(b, a)',
    "(a)::text = 'x'",
    '(ARRAY[ARRAY[1, 2]])::bigint[]',
    '(ARRAY[])::text',
    '(SELECT (a AT TIME ZONE b) FROM t) IS NULL',
    '(a[1])::text',
    '((',
    'a))',
  ])('nothing is changed in %s that no rule names', (text) => {
    const { text: canonical, rules } = expression(text);
    if (rules.length === 0) expect(canonical).toBe(text);
    else expect(rules).toEqual(['at-time-zone']);
  });
});

describe('defaults', () => {
  test.each([
    ["'active'::character varying", 'character varying', 'literal:active', ['literal-cast']],
    ["'active'::character varying", 'text', 'literal:active', ['literal-cast']],
    ["'it''s'::text", 'text', "literal:it's", ['literal-cast']],
    ["E'a\\\\b\\n'::text", 'text', 'literal:a\\b\n', ['literal-cast']],
    ["''::text", 'text', 'literal:', ['literal-cast']],
    ["'{}'::jsonb", 'jsonb', 'literal:{}', ['literal-cast']],
    ["'{}'::text[]", 'text[]', 'literal:{}', ['literal-cast']],
    ["'{}'::character varying[]", 'character varying[]', 'literal:{}', ['literal-cast']],
    ["'a'::mood", 'mood', 'literal:a', ['literal-cast']],
    ['\'a\'::app."Mood"', 'app."Mood"', 'literal:a', ['literal-cast']],
    ["'ab'::bpchar", 'bpchar', 'literal:ab', ['literal-cast']],
    ['\'101\'::"bit"', '"bit"', 'literal:101', ['literal-cast']],
    ['B\'0\'::"bit"', '"bit"', "literal:B'0'", ['literal-cast']],
    [
      "'2020-01-01 00:00:00'::timestamp without time zone",
      'timestamp without time zone',
      'literal:2020-01-01 00:00:00',
      ['literal-cast'],
    ],
    ['true', 'boolean', 'literal:true', []],
    ['0', 'integer', 'literal:0', []],
    ['0.00', 'numeric', 'literal:0', ['numeric-literal']],
    ["'0'::numeric", 'numeric', 'literal:0', ['numeric-literal']],
    ['(0)::numeric', 'numeric', 'literal:0', ['numeric-literal']],
    ["'-1'::integer", 'bigint', 'literal:-1', ['numeric-literal']],
    ['(-1)', 'integer', 'literal:-1', ['numeric-literal']],
    ['(7)::integer', 'numeric', 'literal:7', ['numeric-literal']],
    ['(7)::real', 'numeric', 'literal:7', ['numeric-literal']],
    ['(0.1)::real', 'real', 'literal:0.1', ['numeric-literal']],
    ['(0.1)::double precision', 'numeric', 'literal:0.1', ['numeric-literal']],
    ["'1e3'::double precision", 'double precision', 'literal:1000', ['numeric-literal']],
    ["'NaN'::numeric", 'numeric', 'literal:NaN', ['literal-cast']],
    ["'Infinity'::double precision", 'double precision', 'literal:Infinity', ['literal-cast']],
    ['NULL', 'text', 'none:', ['null-default']],
    ['NULL::character varying', 'character varying', 'none:', ['null-default']],
    ['NULL::timestamp(3) with time zone', 'timestamp with time zone', 'none:', ['null-default']],
  ])('%s on %s is %s', (raw, type, text, rules) => {
    expect(defaultOf(raw, type)).toEqual({ text, rules });
  });

  test.each([
    ["'x'::text", 'bpchar'],
    ["'x'::bpchar", 'text'],
    ["'abcdef'::character varying(3)", 'character varying'],
    ["('x'::text)::character varying", 'character varying'],
    ["'5'::integer", 'text'],
    ['5', 'text'],
    ['(5)::text', 'text'],
    ['true', 'text'],
    ["'t'::text", 'boolean'],
    ["'0.1'::real", 'double precision'],
    ['(0.1)::real', 'double precision'],
    ['(1.7)::real', 'numeric'],
    ['(1.7)::integer', 'numeric'],
    ['(1.7)::integer', 'double precision'],
    ["'16777217'::real", 'double precision'],
    ['(16777217)::real', 'numeric'],
    ['(1234567890.1234567)::double precision', 'numeric'],
    ["'2020-01-01'::date", 'timestamp without time zone'],
    ["'2020-01-01'::timestamp without time zone", 'timestamp with time zone'],
    ["('a'::text || 'b'::text)", 'text'],
    ["'{}'::jsonb", 'json'],
    ["'{}'::text[]", 'text'],
    ['(1 + 1)', 'integer'],
    ["nextval('s'::regclass)", 'integer'],
    ['"current_user"()', 'text'],
    ['- 5 + 6', 'integer'],
    ['', 'text'],
  ])('%s on %s stays an expression', (raw, type) => {
    expect(defaultOf(raw, type).text).toBe(`expression:${raw}`);
  });

  test('of a domain may be cast to it or to what it is made of', () => {
    expect(defaultOf("'x'::email", 'email', 'character varying').text).toBe('literal:x');
    expect(defaultOf("'x'::character varying", 'email', 'character varying').text).toBe('literal:x');
    expect(defaultOf('0.50', 'ratio', 'numeric').text).toBe('literal:0.5');
    expect(defaultOf("'x'::bpchar", 'email', 'character varying').text).toMatch(/^expression/);
  });
});

describe('the decimal normal form', () => {
  test.each([
    ['0', '0'],
    ['-0.00', '0'],
    ['007', '7'],
    ['.5', '0.5'],
    ['5.', '5'],
    ['+1.50', '1.5'],
    ['1e3', '1000'],
    ['12.34e1', '123.4'],
    ['12.34e-3', '0.01234'],
    ['-12.3400E+02', '-1234'],
    ['123456789012345678901234567890.10', '123456789012345678901234567890.1'],
  ])('of %s is %s', (text, normal) => {
    expect(decimalNormalForm(text)).toBe(normal);
  });

  test.each(['NaN', '', '.', '1e9999', 'abc', '0x1F', '1_000', '1 2'])('there is none of %j', (text) => {
    expect(decimalNormalForm(text)).toBeNull();
  });
});

describe('views', () => {
  test.each([
    [
      ' SELECT f."userId",\n    f.x AS y\n   FROM t f\n  WHERE (f.x > 0)\n  ORDER BY f.x;',
      'SELECT "userId",\n    x AS y\n   FROM t f\n  WHERE (x > 0)\n  ORDER BY x',
    ],
    [' SELECT t.a FROM app.t;', 'SELECT a FROM app.t'],
    [
      ' SELECT "T".a FROM "T" GROUP BY "T".a HAVING (count("T".b) > 1);',
      'SELECT a FROM "T" GROUP BY a HAVING (count(b) > 1)',
    ],
    [
      ' SELECT f.a, ( SELECT max(x.b) AS max FROM x WHERE (x.c = f.a)) AS m FROM t f;',
      'SELECT a, ( SELECT max(x.b) AS max FROM x WHERE (x.c = f.a)) AS m FROM t f',
    ],
    [' SELECT q.a FROM ( SELECT t.a FROM t) q;', 'SELECT a FROM ( SELECT t.a FROM t) q'],
    [' SELECT g.n FROM generate_series(1, 2) g(n);', 'SELECT n FROM generate_series(1, 2) g(n)'],
    [' WITH w AS ( SELECT t.a FROM t) SELECT w.a FROM w;', 'WITH w AS ( SELECT t.a FROM t) SELECT a FROM w'],
    [
      " SELECT f.a, 'f.b' AS b FROM t f WHERE (f.a IS DISTINCT FROM f.b);",
      "SELECT a, 'f.b' AS b FROM t f WHERE (a IS DISTINCT FROM b)",
    ],
  ])('of one table lose its prefix: %s', (raw, canonical) => {
    expect(query(raw)).toEqual({ text: canonical, rules: ['view-prefix'] });
    expect(query(canonical).text).toBe(canonical);
  });

  test.each([
    'SELECT a.x FROM (a JOIN b ON ((a.id = b.id)))',
    'SELECT a.x FROM a, b',
    'SELECT a.x FROM a UNION SELECT b.x FROM b',
    'SELECT f.*::t AS whole FROM t f',
    'SELECT 1 AS one',
    'SELECT x FROM ((SELECT 1) a JOIN b ON (true))',
    "SELECT 'f.x'::text AS f FROM t f",
    'SELECT a.x FROM a TABLESAMPLE system (10)',
    'VALUES (1)',
    'SELECT s.f.x FROM t f',
  ])('of anything else are left: %s', (raw) => {
    expect(query(`${raw};`)).toEqual({ text: raw, rules: [] });
  });
});
