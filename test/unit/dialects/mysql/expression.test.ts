import { describe, expect, it } from 'vitest';
import { canonicalExpression, type ExpressionContext } from '../../../../src/dialects/mysql/expression.ts';
import { PLAIN_MODES } from '../../../../src/dialects/mysql/expression-lexer.ts';

const MARIADB: ExpressionContext = { ...PLAIN_MODES, schema: 'app', escaped: false };
const MYSQL8: ExpressionContext = { ...MARIADB, escaped: true };

const mariadb = (text: string) => canonicalExpression(text, MARIADB) ?? 'not understood';
const mysql8 = (text: string) => canonicalExpression(text, MYSQL8) ?? 'not understood';

describe('one expression printed by two servers', () => {
  it.each([
    // The examples of versions.md B2 and what MariaDB 10.11.19 and MySQL 9.7.4 printed for one DDL.
    ["octet_length(`b`) > 2 and `b` like 'a%'", "((length(`b`) > 2) and (`b` like _utf8mb4\\'a%\\'))"],
    ['ucase(`b`)', 'upper(`b`)'],
    ["`b` regexp '^[a-z]+$'", "regexp_like(`b`,_utf8mb4\\'^[a-z]+$\\')"],
    ["`b` not regexp 'x'", "(not(regexp_like(`b`,_utf8mb4\\'x\\')))"],
    ['!(`a`)', '(not(`a`))'],
    ['current_timestamp()', 'now()'],
    ['current_timestamp(3)', 'now(3)'],
    ["`b` in ('x','y\\'z')", "(`b` in (_utf8mb4\\'x\\',_utf8mb4\\'y\\\\\\'z\\'))"],
    ["`b` not like 'a\\\\_%'", "(not((`b` like _utf8mb4\\'a\\\\\\\\_%\\')))"],
    ['`d` not between 1 and 2', '(`d` not between 1 and 2)'],
    ['`a` + `c` * 2 - 1 > -3', '(((`a` + (`c` * 2)) - 1) > -(3))'],
    ['case when `a` = 1 then `c` end > 0', '((case when (`a` = 1) then `c` end) > 0)'],
    ["json_unquote(json_extract(`j`,'$.x'))", "json_unquote(json_extract(`j`,_utf8mb4\\'$.x\\'))"],
    ['`d` + interval 1 month', '(`d` + interval 1 month)'],
    ['cast(`a` as char(10) charset utf8mb4)', 'cast(`a` as char(10) charset utf8mb4)'],
    ["trim(leading 'x' from `b`)", "trim(leading _utf8mb4\\'x\\' from `b`)"],
    ['`a` <> 0 or `c` <> 0', '((0 <> `a`) or (0 <> `c`))'],
    ['`a` > 0 and `c` > 0 and `d` is not null', '((`a` > 0) and (`c` > 0) and (`d` is not null))'],
  ])('%s', (printedByMariadb, printedByMysql) => {
    expect(mysql8(printedByMysql)).toBe(mariadb(printedByMariadb));
  });
});

describe('different expressions stay different', () => {
  it.each([
    ['(`a` or `b`) and `c`', '`a` or (`b` and `c`)'],
    ['`a` - (`b` - `c`)', '(`a` - `b`) - `c`'],
    ['`a` / (`b` * `c`)', '`a` / `b` * `c`'],
    ['not (`a` and `b`)', 'not `a` and `b`'],
    ['-(`a` + `b`)', '-`a` + `b`'],
    ['`a` = (`b` = `c`)', '(`a` = `b`) = `c`'],
    ['(`a` xor `b`) xor `c`', '`a` xor (`b` xor `c`)'],
    ["`a` = '1'", '`a` = 1'],
    ["`a` = 'x'", '`a` = `x`'],
    ["`a` = 'X'", "`a` = 'x'"],
    ["`a` = 'it''s'", "`a` = 'its'"],
    ["`a` = 'a\\\\b'", "`a` = 'ab'"],
    ["`a` = _latin1'x'", "`a` = 'x'"],
    ["`a` = x'61'", "`a` = 'a'"],
    ["`a` like 'x|%' escape '|'", "`a` like 'x|%'"],
    ['`a` between 1 and 2', '`a` not between 1 and 2'],
    ['`a` is null', '`a` is not null'],
    ['(`a`,`b`) = (1,2)', '`a` = 1'],
    ['`a` & `b` | `c`', '`a` & (`b` | `c`)'],
    ['`a` = `b` collate utf8mb4_bin', '(`a` = `b`) collate utf8mb4_bin'],
    ['cast(`a` as signed)', 'cast(`a` as unsigned)'],
    ["trim(leading 'x' from `b`)", "trim(trailing 'x' from `b`)"],
    ['1.50 < `a`', '1.5 < `a`'],
    ['`a` > 0', '`a` >= 0'],
  ])('%s and %s', (one, other) => {
    expect(mariadb(one)).not.toBe(mariadb(other));
  });
});

describe('one expression written in several ways', () => {
  it.each([
    ['((`a`))', '`a`'],
    ['(`a` * `b`) + `c`', '`a` * `b` + `c`'],
    ['`a` and (`b` and `c`)', '`a` and `b` and `c`'],
    ['`a` mod 3', '`a` % 3'],
    ['`a` != 1', '`a` <> 1'],
    ['isnull(`a`)', '`a` is null'],
    ["`j`->'$.x'", "json_extract(`j`,'$.x')"],
    ["`j`->>'$.x'", "json_unquote(json_extract(`j`,'$.x'))"],
    ["date'2020-01-01'", "DATE '2020-01-01'"],
    ['0xFF', "x'ff'"],
    ["b'0101'", '0b101'],
    ['CURRENT_TIMESTAMP', 'localtimestamp()'],
    ['now(0)', 'now()'],
    ["position('a' in `b`)", "locate('a',`b`)"],
    ['convert(`a`, signed)', 'cast(`a` as signed)'],
    ['SUBSTRING(`b`, 1, 3)', 'substr(`b`,1,3)'],
  ])('%s is %s', (one, other) => {
    expect(mariadb(one)).toBe(mariadb(other));
  });
});

describe('what is printed', () => {
  it('has only the parentheses that the tree needs', () => {
    expect(mariadb('((`a` > 0) and ((`b` = 1) or (not (`c`))))')).toBe('`a` > 0 and (`b` = 1 or not `c`)');
  });

  it('is SQL that every server takes, also in calls with words of their own', () => {
    expect(mariadb("trim(leading 'x' from `b`)")).toBe("trim(leading 'x' from `b`)");
    expect(mariadb('extract(year_month from `d`)')).toBe('extract(year_month from `d`)');
    expect(mariadb('count(distinct `a`,`b`)')).toBe('count(distinct `a`, `b`)');
    expect(mariadb('cast(`a` as decimal(10,2))')).toBe('cast(`a` as decimal(10, 2))');
    // MySQL's grammar takes no operator in a pattern without parentheses.
    expect(mariadb('`a` like `b` + 1')).toBe('`a` like (`b` + 1)');
    expect(mariadb('`a` like -`b`')).toBe('`a` like -`b`');
    expect(mariadb('(`a` is true) is null or `b` is false')).toBe('(`a` is true) is null or `b` is false');
  });

  it('reads back as itself', () => {
    for (const text of [
      '`a` - (`b` - `c`) > -1 and not (`x` or `y`)',
      "case `a` when 1 then 'it''s' else -`b` end",
      "`a` like concat('%', `b`) and `c` not in (1, 2)",
      '-(-1)',
      'interval 1 day + `d`',
      '(`a` = 1) is true',
    ]) {
      expect(mariadb(mariadb(text))).toBe(mariadb(text));
    }
  });

  it('drops the database from the name of a sequence, and from nothing else', () => {
    expect(mariadb('nextval(`app`.`s`)')).toBe('nextval(`s`)');
    expect(mariadb('nextval(`other`.`s`)')).toBe('nextval(`other`.`s`)');
    expect(mariadb('`app`.`a` > 1')).toBe('`app`.`a` > 1');
  });
});

describe('what is not understood', () => {
  it.each([
    ['an operator whose meaning depends on sql_mode', '`a` || `b`'],
    ['an unclosed string', "`a` = 'x"],
    ['an unclosed name', '`a'],
    ['a call that does not end', 'f(`a`'],
    ['two expressions', '`a` `b`'],
    ['a stray character', '`a` ? 1'],
    ['nothing', ''],
    ['full-text search', "match(`a`) against('x' in boolean mode)"],
  ])('%s is not understood', (_what, text) => {
    expect(canonicalExpression(text, MARIADB)).toBeNull();
  });
});

describe('sql_mode', () => {
  it('decides what a double quote begins', () => {
    const ansi = canonicalExpression('"a" > 1', { ...MARIADB, ansiQuotes: true });
    expect(ansi).toBe('`a` > 1');
    expect(mariadb('"a" > 1')).toBe("'a' > 1");
  });
});
