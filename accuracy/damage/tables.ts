import { type Proposer, pathIn, strangerName } from './alteration.ts';

export const addTable: Proposer = (scene) => {
  const table = scene.random.pick(scene.snapshot.tables);
  if (table === undefined) return null;
  const name = strangerName(scene.random, 'table');
  const written = scene.sql.table({ schema: scene.snapshot.schemas[0] ?? table.schema, name });
  return {
    sql: `CREATE TABLE ${written} (id integer PRIMARY KEY, note varchar(20) NOT NULL UNIQUE)`,
    expects: [{ path: `tables.${name}`, outcome: 'unexpected', grade: 'harmless' }],
    alone: true,
  };
};

export const dropTable: Proposer = (scene) => {
  const table = scene.random.pick(scene.snapshot.tables);
  if (table === undefined) return null;
  return {
    sql: scene.sql.dropTable(table),
    expects: [{ path: `tables.${table.key}`, outcome: 'missing', grade: 'blocking' }],
    alone: false,
  };
};

export const renameTable: Proposer = (scene) => {
  const table = scene.random.pick(scene.snapshot.tables);
  if (table === undefined) return null;
  const name = strangerName(scene.random, 'renamed');
  const inDefault = table.schema === scene.snapshot.schemas[0];
  return {
    sql: scene.sql.renameTable(table, name),
    expects: [
      { path: `tables.${table.key}`, outcome: 'missing', grade: 'blocking' },
      {
        path: `tables.${inDefault ? name : `${table.schema}.${name}`}`,
        outcome: 'unexpected',
        grade: 'harmless',
      },
    ],
    alone: false,
  };
};

export const dropView: Proposer = (scene) => {
  const segments = { view: 'views', 'materialized-view': 'materializedViews' } as const;
  const views = scene.snapshot.objects.flatMap((object) =>
    object.kind === 'view' || object.kind === 'materialized-view' ? [{ ...object, kind: object.kind }] : [],
  );
  const view = scene.random.pick(views);
  if (view === undefined) return null;
  const words = view.kind === 'view' ? 'VIEW' : 'MATERIALIZED VIEW';
  return {
    sql: `DROP ${words} ${scene.sql.table(view)} CASCADE`,
    expects: [{ path: `${segments[view.kind]}.${view.key}`, outcome: 'missing', grade: 'blocking' }],
    alone: false,
  };
};

/** PostgreSQL's enums are things of their own; the MySQL family's are types of columns. */
export const extendEnum: Proposer = (scene) => {
  const one = scene.random.pick(scene.snapshot.objects.filter(({ kind }) => kind === 'enum'));
  if (one === undefined) return null;
  return {
    sql: `ALTER TYPE ${scene.sql.table(one)} ADD VALUE 'zz'`,
    expects: [{ path: `enums.${one.key}`, outcome: 'different', grade: 'blocking' }],
    alone: true,
  };
};

/** A trigger is not modelled, and stands on its table as words. */
export const addTrigger: Proposer = (scene) => {
  const table = scene.random.pick(scene.snapshot.tables);
  if (table === undefined) return null;
  return {
    sql: scene.sql.addTrigger(table, strangerName(scene.random, 'trigger')),
    expects: [{ path: pathIn(table, 'unmodelled', '*'), outcome: 'unexpected', grade: 'risky' }],
    alone: true,
  };
};

export const dropTrigger: Proposer = (scene) => {
  const triggers = [...scene.dump.matchAll(/^CREATE TRIGGER (\S+) .* ON ([\w."]+)/gm)];
  const trigger = scene.random.pick(triggers);
  const table = scene.snapshot.tables.find(({ schema, name }) =>
    [`${schema}.${name}`, name].includes(trigger?.[2]?.replaceAll('"', '') ?? ''),
  );
  if (trigger?.[1] === undefined || table === undefined || scene.sql.dialect === 'mysql') return null;
  return {
    sql: `DROP TRIGGER ${trigger[1]} ON ${scene.sql.table(table)}`,
    expects: [{ path: pathIn(table, 'unmodelled', '*'), outcome: 'missing', grade: 'blocking' }],
    alone: true,
  };
};
