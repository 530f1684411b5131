import { hash } from 'node:crypto';
import { elementLines } from './element-lines.ts';
import { objectIdentity } from './elements.ts';
import type { SchemaObject, Table } from './snapshot.ts';

/** `sha256:` and 64 hexadecimal digits. */
export type Fingerprint = string;

const MODULUS = 1n << 256n;

function sha256(text: string): string {
  return hash('sha256', text, 'hex');
}

const hashOf = new WeakMap<Table, string>();

/**
 * The hash of one table's structure: equal hashes mean that comparing finds nothing. It ignores the order of columns, constraints and
 * indexes, and the names of constraints and indexes. Made once for each table value.
 *
 * What is hashed is one line for each element, sorted: the JSON of kind, name (of columns only) and value. A table held to expectations
 * without some rules has a hash that no other table has: it must be looked at, even where every element is as expected.
 */
export function tableHash(table: Table): string {
  const known = hashOf.get(table);
  if (known !== undefined) return known;
  const lines = elementLines(table);
  // Without a comparison function texts are sorted by code units, as compareText does, and several times faster.
  if (table.strict !== undefined) lines.push(JSON.stringify(['without', table.strict.off]));
  const made = sha256(lines.sort().join('\n'));
  hashOf.set(table, made);
  return made;
}

/**
 * The fingerprint of a set of tables and objects, kept while single ones come and go.
 *
 * It is an incremental multiset hash: the SHA-256 of each member, summed modulo 2^256 (AdHash; Bellare and Micciancio 1997), hashed once more
 * at the end. So it does not depend on the order in which anything was read or created, and the fingerprints of a thousand revisions cost
 * what their changes cost. It guards against mistakes, not against somebody who sets out to forge one.
 */
export interface FingerprintSum {
  add(member: Table | SchemaObject): void;
  remove(member: Table | SchemaObject): void;
  fingerprint(): Fingerprint;
}

const memberHashOf = new WeakMap<Table | SchemaObject, bigint>();

/**
 * The hash of one member, with every rule applied: a fingerprint does not depend on which are switched off. Made once for each value, because
 * a snapshot is added whole each time that it is fingerprinted.
 */
function memberHash(strictMember: Table | SchemaObject): bigint {
  const member = strictMember.strict?.canonical ?? strictMember;
  const known = memberHashOf.get(member);
  if (known !== undefined) return known;
  const line =
    'columns' in member
      ? ['table', member.key, tableHash(member)]
      : ['object', objectIdentity(member), member.definition];
  const made = BigInt(`0x${sha256(JSON.stringify(line))}`);
  memberHashOf.set(member, made);
  return made;
}

/** The fingerprint of nothing, to add to. */
export function fingerprintSum(): FingerprintSum {
  let sum = 0n;
  return {
    add: (member) => {
      sum = (sum + memberHash(member)) % MODULUS;
    },
    remove: (member) => {
      sum = (sum - memberHash(member) + MODULUS) % MODULUS;
    },
    fingerprint: () => `sha256:${sha256(sum.toString(16).padStart(64, '0'))}`,
  };
}

/** The fingerprint of a whole schema, expected or actual. */
export function schemaFingerprint(schema: {
  readonly tables: Iterable<Table>;
  readonly objects: Iterable<SchemaObject>;
}): Fingerprint {
  const sum = fingerprintSum();
  for (const table of schema.tables) sum.add(table);
  for (const object of schema.objects) sum.add(object);
  return sum.fingerprint();
}
