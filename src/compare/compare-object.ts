import type { SchemaObject } from '../schema/snapshot.ts';
import type { RawDifference } from './difference.ts';

/** What, if anything, an object beside the tables differs in: it is compared as one piece. Null is "not there". */
export function compareObjects(
  identity: string,
  expected: SchemaObject | null,
  actual: SchemaObject | null,
): readonly RawDifference[] {
  const at = { kind: 'object', owner: identity, identity: '', name: '' } as const;
  if (expected === null) {
    if (actual === null) return [];
    const rules = actual.strict === undefined ? {} : { rules: actual.strict.rules };
    return [{ ...at, outcome: 'unexpected', actual: actual.definition, ...rules }];
  }
  if (actual === null) return [{ ...at, outcome: 'missing', expected: expected.definition }];
  if (expected.definition === actual.definition) return [];
  const both = { ...at, expected: expected.definition, actual: actual.definition };
  // Only the rules that are switched off stand between the two.
  if (expected.definition === actual.strict?.canonical.definition)
    return [{ ...both, outcome: 'different', rules: actual.strict.rules }];
  const unread = expected.unread === true || actual.unread === true;
  return [{ ...both, outcome: unread ? 'cannot-tell' : 'different' }];
}
