import { parseObjectKey } from '../../schema/object-key.ts';
import type { ObjectKey, SchemaObject } from '../../schema/snapshot.ts';
import { sqlQuery } from './ddl-expression.ts';
import { sqlName } from './ddl-names.ts';

const PROCEDURE = 'procedure ';

/** What the object is called in SQL. A procedure's key says that it is one, see `routineObject`. */
function target(
  object: SchemaObject,
): { readonly word: 'view' | 'function' | 'procedure' | 'sequence'; readonly key: ObjectKey } | null {
  switch (object.kind) {
    case 'view':
    case 'sequence':
      return { word: object.kind, key: object.key };
    case 'function':
      if (object.definition.startsWith('function (')) return { word: 'function', key: object.key };
      return object.definition.startsWith('procedure (') && object.key.startsWith(PROCEDURE)
        ? { word: 'procedure', key: object.key.slice(PROCEDURE.length) }
        : null;
    default:
      return null;
  }
}

/** A view of another schema is not written: its own schema's name has been taken out of its text, and the current one would stand in. */
function createView(key: ObjectKey, definition: string): string | null {
  const [, security = '', text = '', check = ''] =
    /^(sql security invoker )?(.*?)( with (?:local|cascaded) check option)?$/s.exec(definition) ?? [];
  const query = sqlQuery(text);
  if (query === null || parseObjectKey(key).schema !== null) return null;
  return `create ${security}view ${sqlName(key)} as ${query}${check}`;
}

const SEQUENCE =
  /^start value (-?\d+), minimum value (-?\d+), maximum value (-?\d+), increment (-?\d+), cache size (\d+), cycle option ([01])$/;

function createSequence(key: ObjectKey, definition: string, how: 'create' | 'alter'): string | null {
  const [, start, low, high, increment, cache, cycle] = SEQUENCE.exec(definition) ?? [];
  if (start === undefined) return null;
  const kept = cache === '0' ? 'nocache' : `cache ${cache}`;
  return (
    `${how} sequence ${sqlName(key)} start with ${start} minvalue ${low} maxvalue ${high} increment by ${increment} ` +
    `${kept} ${cycle === '1' ? 'cycle' : 'nocycle'}`
  );
}

/**
 * The statement that makes a view, a routine or (MariaDB) a sequence. Nobody is named as definer: it is who runs the statement. A routine's
 * definition is its SQL but for its name.
 */
export function createObject(object: SchemaObject): readonly string[] | null {
  const of = target(object);
  if (of === null) return null;
  const { definition } = object;
  switch (of.word) {
    case 'view': {
      const view = createView(of.key, definition);
      return view === null ? null : [view];
    }
    case 'sequence': {
      const sequence = createSequence(of.key, definition, 'create');
      return sequence === null ? null : [sequence];
    }
    case 'function':
    case 'procedure':
      return [`create ${of.word} ${sqlName(of.key)} ${definition.slice(of.word.length + 1)}`];
  }
}

/** The statement that takes an object away. */
export function dropObject(object: SchemaObject): readonly string[] | null {
  const of = target(object);
  return of === null ? null : [`drop ${of.word} ${sqlName(of.key)}`];
}

/** See `Ddl.replaceObject`: nothing stands on a view or a routine by more than its name. */
export function replaceObject(expected: SchemaObject, actual: SchemaObject): readonly string[] | null {
  if (expected.kind === 'sequence') {
    const altered = createSequence(expected.key, expected.definition, 'alter');
    return altered === null ? null : [altered];
  }
  const [gone, made] = [dropObject(actual), createObject(expected)];
  return gone && made && [...gone, ...made];
}
