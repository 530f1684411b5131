import type { SchemaObject } from '../../schema/snapshot.ts';
import { isReplaceable } from './ddl-functions.ts';
import { sqlName } from './ddl-names.ts';
import { createObject, createSequence, dropObject, unchecked } from './ddl-objects.ts';
import { solid, tokenize } from './tokens.ts';

/** The labels of an enum, quoted as its definition has them. */
const labelsOf = (definition: string) =>
  solid(tokenize(definition))
    .filter(({ kind }) => kind === 'string')
    .map(({ text }) => text);

/** The labels that an enum lacks, each put where it belongs; null where it has others, or the same in another order: no label can be taken away. */
function addLabels({ key, definition }: SchemaObject, actual: SchemaObject): readonly string[] | null {
  const [wanted, there] = [labelsOf(definition), labelsOf(actual.definition)];
  const [first] = there;
  if (first === undefined || wanted.filter((label) => there.includes(label)).join() !== there.join())
    return null;
  return wanted.flatMap((label, at) => {
    if (there.includes(label)) return [];
    const where = at === 0 ? `BEFORE ${first}` : `AFTER ${wanted[at - 1]}`;
    return [`ALTER TYPE ${sqlName(key)} ADD VALUE ${label} ${where}`];
  });
}

/** Drops it and makes it anew, which takes nothing with it. */
function anew(expected: SchemaObject, actual: SchemaObject): readonly string[] | null {
  const [gone, made] = [dropObject(actual), createObject(expected)];
  return gone && made && [...gone, ...made];
}

/** See `Ddl.replaceObject`. */
export function replaceObject(expected: SchemaObject, actual: SchemaObject): readonly string[] | null {
  const { kind, key, definition } = expected;
  switch (kind) {
    case 'function':
      return isReplaceable(key, definition, actual.definition)
        ? unchecked(key, definition, true)
        : anew(expected, actual);
    case 'sequence': {
      const altered = createSequence(key, definition, 'ALTER');
      return altered === null ? null : [altered];
    }
    case 'enum':
      return addLabels(expected, actual);
    case 'domain':
    case 'type':
    case 'foreign-table':
      return null;
    default:
      return anew(expected, actual);
  }
}
