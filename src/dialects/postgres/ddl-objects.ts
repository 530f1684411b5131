import type { ObjectKey, SchemaObject } from '../../schema/snapshot.ts';
import { allKnown, executable } from './ddl-expressions.ts';
import { createRoutine, dropRoutine } from './ddl-functions.ts';
import { sqlName } from './ddl-names.ts';
import { sections } from './ddl-sections.ts';
import { createMaterializedView, createView } from './ddl-views.ts';
import { quoteIdentifier } from './quote.ts';

/** The definition of a sequence that no column owns (`objects.ts`). */
const SEQUENCE =
  /^(\S+) start (-?\d+) increment (-?\d+) minimum (-?\d+) maximum (-?\d+) cache (\d+)( cycle)?$/;

/** The statement that makes a sequence, or alters it: it goes on where it is. Null where its definition was not understood. */
export function createSequence(
  key: ObjectKey,
  definition: string,
  how: 'CREATE' | 'ALTER' = 'CREATE',
): string | null {
  const [, type, start, increment, minimum, maximum, cache, cycle] = SEQUENCE.exec(definition) ?? [];
  if (type === undefined) return null;
  return [
    `${how} SEQUENCE ${sqlName(key)} AS ${type} INCREMENT BY ${increment} MINVALUE ${minimum} MAXVALUE ${maximum}`,
    `START WITH ${start} CACHE ${cache}${cycle === undefined ? ' NO CYCLE' : ' CYCLE'}`,
  ].join(' ');
}

/** A domain; its checks that are not validated come after it, because CREATE DOMAIN takes no NOT VALID. */
function createDomain(key: ObjectKey, definition: string): readonly string[] | null {
  const name = sqlName(key);
  const clauses: string[] = [];
  const after: string[] = [];
  const [base, ...rest] = sections(definition, ['collate ', 'not null', 'default ', 'check ']);
  for (const section of rest) {
    const [, word = '', text = ''] = /^(collate|default|check) (.*)$/s.exec(section) ?? [];
    const [, condition = '', notValid] = /^(.*?)( not valid)?$/s.exec(text) ?? [];
    const expression = word === '' ? null : executable(word === 'check' ? condition : text);
    if (section === 'not null') clauses.push('NOT NULL');
    else if (expression === null) return null;
    else if (word === 'collate') clauses.push(`COLLATE ${expression}`);
    else if (word === 'default') clauses.push(`DEFAULT ${expression}`);
    else if (notValid === undefined) clauses.push(`CHECK (${expression})`);
    else after.push(`ALTER DOMAIN ${name} ADD CHECK (${expression}) NOT VALID`);
  }
  return [[`CREATE DOMAIN ${name} AS ${base}`, ...clauses].join(' '), ...after];
}

/** The attributes of a composite type, each as `"name" type collate x`, which is SQL as it stands. */
function createComposite(key: ObjectKey, attributes: string): string | null {
  const list = sections(attributes, ['"']).filter((line) => line !== '');
  const known = allKnown(list.map(executable));
  return known && `CREATE TYPE ${sqlName(key)} AS (${known.join(', ')})`;
}

/** A range; null for one with a canonical function, which takes the type itself and so cannot be there first. */
function createRange(key: ObjectKey, text: string): string | null {
  const [, subtype, operatorClass, canonical, difference] =
    /^subtype (.*?)(?: operator class (.*?))?(?: canonical (.*?))?(?: difference (.*?))?$/s.exec(text) ?? [];
  if (subtype === undefined || subtype === '' || canonical !== undefined) return null;
  const options = [
    `subtype = ${subtype}`,
    ...(operatorClass === undefined ? [] : [`subtype_opclass = ${quoteIdentifier(operatorClass)}`]),
    ...(difference === undefined ? [] : [`subtype_diff = ${difference}`]),
  ];
  return `CREATE TYPE ${sqlName(key)} AS RANGE (${options.join(', ')})`;
}

function one(statement: string | null): readonly string[] | null {
  return statement === null ? null : [statement];
}

function createType(key: ObjectKey, definition: string): readonly string[] | null {
  const [, composite] = /^composite(?:\n(.*))?$/s.exec(definition) ?? [];
  if (composite !== undefined || definition === 'composite')
    return one(createComposite(key, composite ?? ''));
  return definition.startsWith('range ') ? one(createRange(key, definition.slice('range '.length))) : null;
}

const BODIES = 'SET LOCAL check_function_bodies';

/** A routine, whose body may name what is made later; it was checked where it came from (manual, 20.11.1; as pg_dump writes it). */
export function unchecked(key: ObjectKey, definition: string, replacing: boolean): readonly string[] | null {
  const text = createRoutine(key, definition, replacing);
  return text === null ? null : [`${BODIES} = off`, text, `${BODIES} TO DEFAULT`];
}

/**
 * The statements that make an object of its definition (`objects.ts`). Null for a base type and for a foreign table, of which the definition
 * does not say all, and for a definition that was not understood.
 */
export function createObject({ kind, key, definition }: SchemaObject): readonly string[] | null {
  switch (kind) {
    case 'schema':
      return [`CREATE SCHEMA IF NOT EXISTS ${sqlName(key)}`];
    case 'extension':
      return [`CREATE EXTENSION IF NOT EXISTS ${sqlName(key)}`];
    case 'view':
      return createView(key, definition);
    case 'materialized-view':
      return createMaterializedView(key, definition);
    case 'sequence':
      return one(createSequence(key, definition));
    case 'enum':
      return one(executable(definition) && `CREATE TYPE ${sqlName(key)} AS ENUM ${definition}`);
    case 'domain':
      return createDomain(key, definition);
    case 'type':
      return createType(key, definition);
    case 'function':
      return unchecked(key, definition, false);
    case 'statistics':
      // As it stands (manual, CREATE STATISTICS).
      return one(executable(definition) && `CREATE STATISTICS ${sqlName(key)} ${definition}`);
    case 'foreign-table':
      return null;
  }
}

const DROPPED: Readonly<Record<Exclude<SchemaObject['kind'], 'function'>, string>> = {
  schema: 'SCHEMA',
  extension: 'EXTENSION',
  view: 'VIEW',
  'materialized-view': 'MATERIALIZED VIEW',
  sequence: 'SEQUENCE',
  enum: 'TYPE',
  domain: 'DOMAIN',
  type: 'TYPE',
  'foreign-table': 'FOREIGN TABLE',
  statistics: 'STATISTICS',
};

/** The statement that drops an object, and nothing that depends on it. */
export function dropObject({ kind, key, definition }: SchemaObject): readonly string[] | null {
  if (kind === 'function') return one(dropRoutine(key, definition));
  return [`DROP ${DROPPED[kind]} ${sqlName(key)}`];
}
