import { describe, expect, it } from 'vitest';
import { type CatalogContext, emptyMemory } from '../../../../src/dialects/mysql/context.ts';
import { flavorOf } from '../../../../src/dialects/mysql/flavor.ts';
import { canonicalView } from '../../../../src/dialects/mysql/view-text.ts';

const CONTEXT: CatalogContext = {
  flavor: flavorOf({ vendor: 'mariadb', version: '10.11.19' }),
  schema: 'app',
  defaultSchema: 'app',
  ansiQuotes: false,
  foldCase: false,
  literalGrants: false,
  databaseCollation: 'utf8mb4_general_ci',
  charsetCollations: new Set(),
  rules: new Set(),
  off: new Set(),
  unread: new Set(),
  memory: emptyMemory(),
};

const view = (text: string) => canonicalView(text, CONTEXT).text;

describe('one view printed by two servers', () => {
  // What MariaDB 10.11.19 and MySQL 9.7.4 printed for one CREATE VIEW.
  it.each([
    [
      'joins and conditions',
      "select `app`.`p`.`a` AS `a`,`app`.`p`.`id` AS `id` from (`app`.`p` join `app`.`c` on(`app`.`c`.`p` = `app`.`p`.`id`)) where (`app`.`p`.`a` = 'x' or `app`.`p`.`d` > 1) and `app`.`c`.`x` is null",
      "select `app`.`p`.`a` AS `a`,`app`.`p`.`id` AS `id` from (`app`.`p` join `app`.`c` on((`app`.`c`.`p` = `app`.`p`.`id`))) where (((`app`.`p`.`a` = 'x') or (`app`.`p`.`d` > 1)) and (`app`.`c`.`x` is null))",
    ],
    [
      'groups, and an order by an alias',
      'select `app`.`ck`.`a` AS `a`,count(0) AS `n` from `app`.`ck` where `app`.`ck`.`a` > 1 group by `app`.`ck`.`a` having count(0) > 1 order by count(0) desc limit 5',
      'select `app`.`ck`.`a` AS `a`,count(0) AS `n` from `app`.`ck` where (`app`.`ck`.`a` > 1) group by `app`.`ck`.`a` having (count(0) > 1) order by `n` desc limit 5',
    ],
    [
      'subqueries',
      'select `app`.`p`.`id` AS `id`,(select max(`app`.`ck`.`a`) from `app`.`ck` where `app`.`ck`.`c` = `app`.`p`.`id`) AS `m` from `app`.`p` where `app`.`p`.`id` in (select `app`.`fk`.`p2` from `app`.`fk`) or exists(select 1 from `app`.`ix` where `app`.`ix`.`a` = `app`.`p`.`id` limit 1)',
      'select `app`.`p`.`id` AS `id`,(select max(`app`.`ck`.`a`) from `app`.`ck` where (`app`.`ck`.`c` = `app`.`p`.`id`)) AS `m` from `app`.`p` where (`app`.`p`.`id` in (select `app`.`fk`.`p2` from `app`.`fk`) or exists(select 1 from `app`.`ix` where (`app`.`ix`.`a` = `app`.`p`.`id`)))',
    ],
    [
      'functions and cases',
      "select ucase(`app`.`p`.`k`) AS `u`,case when `app`.`p`.`id` > 1 then 'x' else 'y' end AS `c` from `app`.`p` where `app`.`p`.`k` like 'a%'",
      "select upper(`app`.`p`.`k`) AS `u`,(case when (`app`.`p`.`id` > 1) then 'x' else 'y' end) AS `c` from `app`.`p` where (`app`.`p`.`k` like 'a%')",
    ],
    [
      'a common table expression',
      'with q as (select `app`.`p`.`id` AS `id` from `app`.`p`)select `q`.`id` AS `id` from `q` limit 3,4',
      'with `q` as (select `app`.`p`.`id` AS `id` from `app`.`p`) select `q`.`id` AS `id` from `q` limit 3,4',
    ],
  ])('%s', (_what, byMariadb, byMysql) => {
    expect(view(byMysql)).toBe(view(byMariadb));
    expect(view(byMariadb)).not.toContain('app');
  });
});

describe('different views stay different', () => {
  const from = 'select `app`.`t`.`a` AS `a` from `app`.`t`';
  it.each([
    [`${from} where (\`a\` or \`b\`) and \`c\``, `${from} where \`a\` or \`b\` and \`c\``],
    [from, from.replace('select', 'select distinct')],
    [from, from.replaceAll('`app`.', '`other`.')],
    [from, `${from} limit 1`],
    [`${from} limit 1,2`, `${from} limit 2,1`],
    [`${from} order by \`app\`.\`t\`.\`a\``, `${from} order by \`app\`.\`t\`.\`a\` desc`],
    [`${from} union ${from}`, `${from} union all ${from}`],
    [
      'select 1 AS `x` from (`a` left join (`b` join `c` on(1)) on(1))',
      'select 1 AS `x` from ((`a` left join `b` on(1)) join `c` on(1))',
    ],
    ['select 1 AS `x` from (`a` left join `b` on(1))', 'select 1 AS `x` from (`a` join `b` on(1))'],
    ['select `t`.`a` AS `a` from `app`.`u` `t`', 'select `t`.`a` AS `a` from `app`.`t`'],
    [`${from} group by \`app\`.\`t\`.\`a\``, `${from} group by \`app\`.\`t\`.\`a\` with rollup`],
  ])('%s and %s', (one, other) => {
    expect(view(one)).not.toBe(view(other));
  });
});

describe('a view that is not understood', () => {
  it('keeps its words, without the name of the database', () => {
    const text = "select `app`.`t`.`a` AS `a` from `app`.`t` FORCE INDEX (`i`)  where `app`.`t`.`b` = 'app'";
    expect(view(text)).toBe("select `t`.`a` as `a` from `t` force index (`i`) where `t`.`b` = 'app'");
  });

  it('keeps its text where even the words are not understood', () => {
    expect(view("select 'unclosed")).toBe("select 'unclosed");
  });
});
