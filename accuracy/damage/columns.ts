import type { Column, Table } from '../../src/schema/snapshot.ts';
import {
  type Alteration,
  isPlain,
  type Place,
  type Proposer,
  pathIn,
  pickIn,
  type Scene,
  strangerName,
} from './alteration.ts';
import { dumpedTables } from './dump-columns.ts';
import { otherDefault, otherType } from './values.ts';

const inKey = (table: Table, column: Column) => table.primaryKey?.columns.includes(column.name) === true;

function different(table: Table, column: Column, sql: string, alone = true): Alteration {
  const path = pathIn(table, 'column', column.name);
  return { sql, expects: [{ path, outcome: 'different', grade: 'blocking' }], alone };
}

/** What follows a column's name in the dump: the type first. Null where the dump does not say it in one line. */
function definitionIn(
  { dump }: Scene,
  { table, item }: Place<Column>,
): { type: string; rest: string } | null {
  const found = dumpedTables(dump, 'mysql')
    .find(({ name }) => name === table.name)
    ?.columns.find(({ name }) => name === item.name);
  const parts = /^(\w+(?:\((?:'(?:[^'\\]|\\.|'')*'|[^')])*\))?(?: unsigned)?)(.*)$/.exec(
    found?.definition ?? '',
  );
  return parts === null ? null : { type: parts[1] ?? '', rest: parts[2] ?? '' };
}

function modify({ sql }: Scene, { table, item }: Place<Column>, definition: string): string {
  return `ALTER TABLE ${sql.table(table)} MODIFY ${sql.name(item.name)} ${definition}`;
}

function alter({ sql }: Scene, { table, item }: Place<Column>, action: string): string {
  return `ALTER TABLE ${sql.table(table)} ALTER COLUMN ${sql.name(item.name)} ${action}`;
}

export const dropColumn: Proposer = (scene) => {
  const place = pickIn(scene, (table) => table.columns);
  if (place === undefined) return null;
  const { table, item } = place;
  return {
    sql: scene.sql.dropColumn(table, item.name),
    expects: [{ path: pathIn(table, 'column', item.name), outcome: 'missing', grade: 'blocking' }],
    alone: false,
  };
};

/** A column that no revision knows; one that every INSERT has to fill is risky. */
function addColumn(definition: string, grade: 'risky' | 'harmless'): Proposer {
  return (scene) => {
    const table = scene.random.pick(scene.snapshot.tables);
    if (table === undefined) return null;
    const name = strangerName(scene.random, 'column');
    return {
      sql: `ALTER TABLE ${scene.sql.table(table)} ADD COLUMN ${scene.sql.name(name)} ${definition}`,
      expects: [{ path: pathIn(table, 'column', name), outcome: 'unexpected', grade }],
      alone: true,
    };
  };
}

export const addNullableColumn = addColumn('integer', 'harmless');
export const addDefaultedColumn = addColumn("varchar(20) NOT NULL DEFAULT 'none'", 'harmless');
export const addRequiredColumn = addColumn('integer NOT NULL', 'risky');

/** A column that another revision has and this one has not: its forerunner or leftover. */
export const addKnownColumn: Proposer = (scene) => {
  const place = pickIn(scene, (table) => {
    const here = new Set(table.columns.map(({ name }) => name));
    const versions = scene.chain.tables.get(table.key) ?? [];
    const names = versions.flatMap(({ value }) => (value?.columns ?? []).map(({ name }) => name));
    return [...new Set(names)].filter((name) => !here.has(name));
  });
  if (place === undefined) return null;
  const { table, item } = place;
  return {
    sql: `ALTER TABLE ${scene.sql.table(table)} ADD COLUMN ${scene.sql.name(item)} integer`,
    expects: [{ path: pathIn(table, 'column', item), outcome: 'unexpected', grade: 'blocking' }],
    alone: true,
  };
};

export const renameColumn: Proposer = (scene) => {
  const place = pickIn(scene, (table) => table.columns);
  if (place === undefined) return null;
  const { table, item } = place;
  const name = strangerName(scene.random, 'renamed');
  const required = !item.nullable && item.default.kind === 'none' && isPlain(item);
  return {
    sql: `ALTER TABLE ${scene.sql.table(table)} RENAME COLUMN ${scene.sql.name(item.name)} TO ${scene.sql.name(name)}`,
    expects: [
      { path: pathIn(table, 'column', item.name), outcome: 'missing', grade: 'blocking' },
      {
        path: pathIn(table, 'column', name),
        outcome: 'unexpected',
        grade: required ? 'risky' : 'harmless',
      },
    ],
    alone: false,
  };
};

export const retypeColumn: Proposer = (scene) => {
  const place = pickIn(scene, (table) => table.columns.filter((column) => column.generated === null));
  if (place === undefined) return null;
  const { table, item } = place;
  if (scene.sql.dialect === 'mysql') {
    const definition = definitionIn(scene, place);
    const type = definition === null ? null : otherType('mysql', definition.type);
    if (definition === null || type === null) return null;
    // Text has a character set and numbers have none.
    return different(table, item, modify(scene, place, type + definition.rest), false);
  }
  const type = otherType('postgres', item.type.canonical);
  if (type === null) return null;
  return different(table, item, alter(scene, place, `TYPE ${type} USING NULL::${type}`), false);
};

export const recollateColumn: Proposer = (scene) => {
  const place = pickIn(scene, (table) =>
    table.columns.filter((column) => /^(?:varchar|character varying|text|char)/.test(column.type.canonical)),
  );
  if (place === undefined || place.item.generated !== null) return null;
  const { table, item } = place;
  if (scene.sql.dialect === 'mysql') {
    const definition = definitionIn(scene, place);
    if (definition === null || item.collation?.name.startsWith('latin1') === true) return null;
    const rest = definition.rest.replace(/ CHARACTER SET \w+/, '').replace(/ COLLATE \w+/, '');
    const text = `${definition.type} CHARACTER SET latin1 COLLATE latin1_bin${rest}`;
    return different(table, item, modify(scene, place, text), false);
  }
  if (item.collation?.name === 'C' || item.type.canonical.endsWith('[]')) return null;
  return different(table, item, alter(scene, place, `TYPE ${item.type.canonical} COLLATE "C"`), false);
};

export const makeNullable: Proposer = (scene) => {
  const place = pickIn(scene, (table) =>
    table.columns.filter((column) => !column.nullable && isPlain(column) && !inKey(table, column)),
  );
  if (place === undefined) return null;
  if (scene.sql.dialect === 'postgres') {
    return different(place.table, place.item, alter(scene, place, 'DROP NOT NULL'));
  }
  const definition = definitionIn(scene, place);
  if (definition === null || !definition.rest.includes(' NOT NULL')) return null;
  const text = definition.type + definition.rest.replace(' NOT NULL', ' NULL');
  return different(place.table, place.item, modify(scene, place, text));
};

export const makeNotNull: Proposer = (scene) => {
  const place = pickIn(scene, (table) =>
    table.columns.filter((column) => column.nullable && isPlain(column) && !inKey(table, column)),
  );
  if (place === undefined) return null;
  if (scene.sql.dialect === 'postgres') {
    return different(place.table, place.item, alter(scene, place, 'SET NOT NULL'));
  }
  const definition = definitionIn(scene, place);
  if (definition === null) return null;
  const characterSet = /^(?: CHARACTER SET \w+)?(?: COLLATE \w+)?/.exec(definition.rest)?.[0] ?? '';
  const rest = definition.rest
    .slice(characterSet.length)
    .replace(/^ NULL\b/, '')
    .replace(/ DEFAULT NULL\b/, '');
  const text = `${definition.type}${characterSet} NOT NULL${rest}`;
  return different(place.table, place.item, modify(scene, place, text));
};

export const changeDefault: Proposer = (scene) => {
  const place = pickIn(scene, (table) => table.columns.filter(isPlain));
  if (place === undefined) return null;
  const { default: present, type } = place.item;
  const value = otherDefault(type.canonical, 'raw' in present ? present.raw : '');
  if (value === null) return null;
  return different(place.table, place.item, alter(scene, place, `SET DEFAULT ${value}`));
};

export const dropDefault: Proposer = (scene) => {
  const place = pickIn(scene, (table) =>
    table.columns.filter((column) => isPlain(column) && column.default.kind !== 'none'),
  );
  if (place === undefined) return null;
  return different(place.table, place.item, alter(scene, place, 'DROP DEFAULT'));
};

const REORDERED: Pick<Alteration, 'expects' | 'alone'> = { expects: [], alone: true };

/** Two columns that follow each other change places; nothing more than harmless may be said of it. */
export const reorderColumns: Proposer = (scene) => {
  const tables = dumpedTables(scene.dump, scene.sql.dialect);
  const pairs = tables.flatMap((table) =>
    table.columns.slice(1).map((second, index) => ({ table, first: table.columns[index], second })),
  );
  const pair = scene.random.pick(pairs);
  if (pair?.first === undefined) return null;
  const { table, first, second } = pair;
  if (scene.sql.dialect === 'mysql') {
    const { name } = scene.sql;
    const sql = `ALTER TABLE ${name(table.name)} MODIFY ${name(first.name)} ${first.definition} AFTER ${name(second.name)}`;
    return { sql, ...REORDERED };
  }
  const together = `${first.line},\n${second.line}`;
  if (!table.body.includes(together)) return null;
  // Replaced by a function: a dollar sign in a text would mean something else.
  const body = table.body.replace(together, () => `${second.line},\n${first.line}`);
  return {
    sql: `CREATE TABLE ${table.name} (..., ${second.name}, ${first.name}, ...)`,
    dump: scene.dump.replace(table.body, () => body),
    ...REORDERED,
  };
};
