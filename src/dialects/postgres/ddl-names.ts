import { parseObjectKey } from '../../schema/object-key.ts';
import type { ObjectKey } from '../../schema/snapshot.ts';
import { quoteIdentifier, quoteQualified } from './quote.ts';

/** NAMEDATALEN less one, in bytes (manual, 4.1.1): the server cuts longer names off. */
export const LONGEST_NAME = 63;

/** The name of what a key stands for: quoted, and with its schema unless that is the default one. */
export function sqlName(key: ObjectKey): string {
  const { schema, name } = parseObjectKey(key);
  return schema === null ? quoteIdentifier(name) : quoteQualified(schema, name);
}

/** Another name in the schema of a table, such as an index's. */
export function nameBeside(table: ObjectKey, name: string): string {
  const { schema } = parseObjectKey(table);
  return schema === null ? quoteIdentifier(name) : quoteQualified(schema, name);
}

/** Whether a name can be given as it is. Otherwise the server is left to choose one, since it would cut this one off. */
export function canBeNamed(name: string | null): name is string {
  return name !== null && name !== '' && Buffer.byteLength(name) <= LONGEST_NAME;
}

/** `CONSTRAINT "name" `, or nothing where the server is to choose. */
export function constraintPrefix(name: string | null): string {
  return canBeNamed(name) ? `CONSTRAINT ${quoteIdentifier(name)} ` : '';
}

/** `("a", "b")` */
export function columnList(names: readonly string[]): string {
  return `(${names.map(quoteIdentifier).join(', ')})`;
}

/** A text between dollar quotes that do not occur in it (manual, 4.1.2.4). */
export function dollarQuoted(text: string): string {
  let tag = 'body';
  while (text.includes(`$${tag}`)) tag += '_';
  return `$${tag}$${text}$${tag}$`;
}
