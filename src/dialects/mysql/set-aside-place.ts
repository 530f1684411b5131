import type { TextRow } from '../../database/session.ts';
import type { SetAsidePlace } from '../../database/set-aside-place.ts';
import { quoteName } from './expression-tree.ts';

/** What stands in a database, by kind. Bindings: the database, three times. */
const CONTENTS_QUERY = `select lower(table_type) as a, table_name as b from information_schema.tables where table_schema = ?
union all select lower(routine_type), routine_name from information_schema.routines where routine_schema = ?
union all select 'event', event_name from information_schema.events where event_schema = ?
order by 1, 2`;

const FOREIGN_KEYS_QUERY = `select 'foreign key' as a, concat(constraint_schema, '.', table_name, '.', constraint_name) as b
from information_schema.referential_constraints where unique_constraint_schema = ? and constraint_schema <> ? order by 2`;

/**
 * What names the database in its text. No server keeps what routines, triggers and events use, and MariaDB not what views do; the name of a place
 * is long enough to stand for nothing else. Whose text this role may not see it does not find. Bindings: the database, twice for each.
 */
const TEXTS_QUERY = [
  ['view', 'table_schema', 'table_name', 'views', 'view_definition'],
  ['trigger', 'trigger_schema', 'trigger_name', 'triggers', 'action_statement'],
  ['routine', 'routine_schema', 'routine_name', 'routines', 'routine_definition'],
  ['event', 'event_schema', 'event_name', 'events', 'event_definition'],
]
  .map(
    ([kind, schema, name, table, text]) =>
      `select '${kind}' as a, concat(${schema}, '.', ${name}) as b from information_schema.${table} where ${schema} <> ? and locate(?, ${text}) > 0`,
  )
  .join(' union all ');

const described = ([kind, name]: TextRow) => `${kind} ${name}`;

/** The MySQL family: a database. */
export const mysqlSetAsidePlace: SetAsidePlace = {
  look: async (session, place) => {
    const [found] = await session.query(
      'select schema_name as a from information_schema.schemata where schema_name = ?',
      [place],
    );
    if (found === undefined) return null;
    const contents = await session.query(CONTENTS_QUERY, [place, place, place]);
    const foreignKeys = await session.query(FOREIGN_KEYS_QUERY, [place, place]);
    const texts = await session.query(TEXTS_QUERY, Array<string>(8).fill(place));
    return {
      tables: contents.filter(([kind]) => kind === 'base table').map(([, name]) => name ?? ''),
      others: contents.filter(([kind]) => kind !== 'base table').map(described),
      dependents: [...foreignKeys, ...texts].map(described),
    };
  },
  drop: (place) => `DROP DATABASE ${quoteName(place)}`,
};
