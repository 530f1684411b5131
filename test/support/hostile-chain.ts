import { HOSTILE_STEMS, marked } from './hostile-names.ts';
import { rawMigration } from './project.ts';
import type { Family } from './test-database.ts';

/** How a family is told of names and texts, so that Knex's `raw`, which sees a value in every `?`, hands them on. */
interface Sql {
  name(name: string): string;
  text(text: string): string;
}

const unicodeEscaped = (text: string) => text.replaceAll('\\', '\\\\').replaceAll('?', '\\003F');

const POSTGRES: Sql = {
  name: (name) =>
    name.includes('?')
      ? `U&"${unicodeEscaped(name).replaceAll('"', '""')}"`
      : `"${name.replaceAll('"', '""')}"`,
  text: (text) => `U&'${unicodeEscaped(text).replaceAll("'", "''")}'`,
};

const MYSQL: Sql = {
  name: (name) => `\`${name.replaceAll('`', '``')}\``,
  text: (text) => `'${text.replaceAll('\\', '\\\\').replaceAll("'", "''")}'`,
};

/** The statements of one migration, up and down. */
interface Statements {
  readonly up: readonly string[];
  readonly down: readonly string[];
}

/** A chain in which everything that can have a name has a hostile one. */
export interface HostileChain {
  readonly sql: Sql;
  /** In the order of {@link HOSTILE_STEMS}. */
  readonly migrations: readonly Statements[];
  /** By file name, for `createProject`. */
  readonly files: Readonly<Record<string, string>>;
  /** Things that the chain does not know: a table, a nullable column and an index each, and a unique constraint, which is risky. */
  readonly strangers: readonly string[];
}

/** One each of whatever beside tables has a name. */
function objects(
  family: Family,
  { name, text }: Sql,
  of: (mark: string, one: string) => string,
  one: string,
): Statements {
  const table = name(one);
  const [view, sequence, type] = [of('view', one), of('sequence', one), of('type', one)];
  const [domain, routine, trigger] = [of('domain', one), of('f', one), of('trigger', one)];
  const common = [`create view ${view} as select ${name(one)} from ${table}`];
  if (family === 'mysql') {
    return {
      up: [
        ...common,
        `create function ${routine}(${name(one)} int) returns int deterministic return ${name(one)} + 1`,
        `create trigger ${trigger} before insert on ${table} for each row set new.id = new.id + 1`,
      ],
      down: [`drop view ${view}`, `drop function ${routine}`, `drop trigger ${trigger}`],
    };
  }
  return {
    up: [
      ...common,
      `create sequence ${sequence}`,
      `create type ${type} as enum (${text(one)}, 'another')`,
      `create domain ${domain} as text check (value <> ${text(one)})`,
      `create function ${routine}(${of('argument', one)} ${type}) returns int language plpgsql as 'begin return 1; end'`,
      `create function ${routine}() returns trigger language plpgsql as 'begin return new; end'`,
      `create trigger ${trigger} before insert on ${table} for each row execute function ${routine}()`,
    ],
    down: [
      `drop view ${view}`,
      `drop sequence ${sequence}`,
      `drop domain ${domain}`,
      `drop trigger ${trigger} on ${table}`,
      `drop function ${routine}()`,
      `drop function ${routine}(${type})`,
      `drop type ${type}`,
    ],
  };
}

/** Makes the chain for the names that a server takes. */
export function hostileChain(family: Family, names: readonly string[]): HostileChain {
  const sql = family === 'mysql' ? MYSQL : POSTGRES;
  const { name, text } = sql;
  // Numbered, because some names differ only in what a server takes for the same.
  const of = (mark: string, one: string) => name(marked(`${mark}${names.indexOf(one)}`, one));
  const tables = {
    up: names.map(
      (
        one,
      ) => `create table ${name(one)} (id int primary key, ${name(one)} varchar(100) not null default ${text(one)},
      constraint ${of('unique', one)} unique (${name(one)}), constraint ${of('check', one)} check (${name(one)} <> ${text(`${one}!`)}))`,
    ),
    down: names.map((one) => `drop table ${name(one)}`),
  };
  const keys = {
    up: names.flatMap((one, index) => [
      `create index ${of('index', one)} on ${name(one)} (id, ${name(one)})`,
      `alter table ${name(one)} add column ${of('other', one)} int`,
      `alter table ${name(one)} add constraint ${of('key', one)} foreign key (${of('other', one)}) references ${name(names[index - 1] ?? one)} (id) on delete cascade`,
    ]),
    down: names.flatMap((one) => [
      `alter table ${name(one)} drop ${family === 'mysql' ? 'foreign key' : 'constraint'} ${of('key', one)}`,
      `alter table ${name(one)} drop column ${of('other', one)}`,
      `drop index ${of('index', one)}${family === 'mysql' ? ` on ${name(one)}` : ''}`,
    ]),
  };
  const others = names.map((one) => objects(family, sql, of, one));
  const migrations: readonly Statements[] = [
    tables,
    keys,
    { up: others.flatMap(({ up }) => up), down: others.flatMap(({ down }) => down) },
    {
      up: names.map((one) => `alter table ${name(one)} add column ${of('late', one)} int`),
      down: names.map((one) => `alter table ${name(one)} drop column ${of('late', one)}`),
    },
    { up: ['create table hasOwnProperty (id int primary key)'], down: ['drop table hasOwnProperty'] },
  ];
  return {
    sql,
    migrations,
    files: Object.fromEntries(
      migrations.map(({ up, down }, index) => [`${HOSTILE_STEMS[index] ?? ''}.js`, rawMigration(up, down)]),
    ),
    strangers: names.flatMap((one) => [
      `create table ${of('stranger', one)} (id int primary key)`,
      `alter table ${name(one)} add column ${of('strange', one)} varchar(9)`,
      `create index ${of('strange index', one)} on ${name(one)} (${of('strange', one)})`,
      `alter table ${name(one)} add constraint ${of('strange unique', one)} unique (${of('strange', one)})`,
    ]),
  };
}
