import type { ServerSetting } from '../../database/server-setting.ts';
import { sameCollation } from '../../schema/collation.ts';
import { columnValue } from '../../schema/elements.ts';

/** The types of long texts, each able to hold more bytes than the one before. */
const TEXTS = ['tinytext', 'text', 'mediumtext', 'longtext'];

/** The type that a conversion makes of a text, which must hold as many characters as before. */
const largerThan = (type: string): string | undefined =>
  TEXTS.includes(type) ? TEXTS[TEXTS.indexOf(type) + 1] : undefined;

/**
 * The character set of the database: where a chain converts its tables, what it makes depends on the set that they were made in (8.0 manual, ALTER
 * TABLE, "Changing the Character Set": a TEXT column of latin1 becomes a MEDIUMTEXT of utf8mb4, and stays a TEXT if it was utf8mb4 before).
 */
export function conversionSetting(value: string): ServerSetting {
  return {
    name: 'character_set_database',
    value,
    effect:
      'CONVERT TO CHARACTER SET makes a TEXT column one size larger where characters of the new set take more bytes than those of the old one, as in a database that was latin1 or utf8mb3 when its tables were made. Nothing is lost by it: accept it in decisions.json, or record such a database as a variant of the revision.',
    explains: (expected, actual) =>
      largerThan(expected.type.canonical) === actual.type.canonical &&
      sameCollation(expected.collation, actual.collation) &&
      columnValue({ ...expected, type: actual.type, collation: null }) ===
        columnValue({ ...actual, collation: null }),
  };
}
