import type { Knex } from 'knex';
import { dumpSchema } from '../../test/support/schema-dump.ts';
import { type ByTable, tableChecksums, tableColumns } from '../../test/support/table-contents.ts';

/** Of a column of a MySQL table; `tinyint(1)` is how a boolean is told. */
const DISPLAY_WIDTH = /^(table \S+: `(?:[^`]|``)+` (?:(?:small|medium|big)?int|tinyint(?!\(1\))))\(\d+\)/;

/** Of a column of a PostgreSQL table; a default of NULL is none (manual, CREATE TABLE). */
const NULL_DEFAULT = /^(column .+) default NULL(?:::[^']+)?$/;

/** What is in a database, as its server says it and no part of the project. */
export interface Contents {
  readonly dump: string;
  readonly columns: ByTable<readonly string[]>;
  readonly checksums: ByTable<string>;
}

/** All of it, Knex's tables and names too. */
export async function contentsOf(knex: Knex): Promise<Contents> {
  const dump = await dumpSchema(knex, { exclude: /^$/ });
  return { dump, columns: await tableColumns(knex), checksums: await tableChecksums(knex) };
}

/**
 * The structure, in one spelling of what servers spell in several ways: MariaDB keeps a check beside its column or by itself, and the display width
 * of integers, which is no part of their type (`versions.md` B2 #4); PostgreSQL keeps a default of NULL, and puts other casts around a list that it
 * has printed once.
 */
export async function structureOf(knex: Knex): Promise<readonly string[]> {
  const dump = await dumpSchema(knex, { ignoreNames: true });
  return dump
    .split('\n')
    .map((line) => line.replaceAll(/ COMMENT[ =]'(?:[^'\\]|''|\\.)*'/g, '').replace(/ USING BTREE$/, ''))
    .map((line) => line.replace(NULL_DEFAULT, '$1'))
    .map((line) => (/ zerofill\b/.test(line) ? line : line.replace(DISPLAY_WIDTH, '$1')))
    .flatMap((line) => {
      const check = /^(table \S+: )(`(?:[^`]|``)+` .*?) (CHECK \(.*\))$/.exec(line);
      return check === null ? [line] : [`${check[1]}${check[2]}`, `${check[1]}${check[3]}`];
    })
    .map((line) =>
      /^constraint \S+: CHECK/.test(line)
        ? line.replaceAll(/::(?:character varying|text)(?:\[\])?/g, '').replaceAll(/[()]/g, '')
        : line,
    )
    .sort();
}

/** Lines that only one side has, marked - and +. */
export function lineDifference(expected: readonly string[], actual: readonly string[]): readonly string[] {
  const surplus = (of: readonly string[], over: readonly string[]) => {
    const left = [...over];
    return of.filter((line) => {
      const at = left.indexOf(line);
      if (at >= 0) left.splice(at, 1);
      return at < 0;
    });
  };
  return [
    ...surplus(expected, actual).map((line) => `- ${line}`),
    ...surplus(actual, expected).map((line) => `+ ${line}`),
  ];
}
