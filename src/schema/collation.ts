import type { Collation } from './snapshot.ts';

/**
 * The character set of a collation: its name up to the first underscore (manual, Collation Naming Conventions; `binary` is the name of both).
 */
export function characterSetOf({ name }: Pick<Collation, 'name'>): string {
  return name.replace(/_.*$/s, '');
}

/**
 * Whether a collation is one that some release gives its character set: those of the sets of Unicode have moved, from `general_ci` to
 * `0900_ai_ci` (of utf8mb4 in MySQL 8.0; manual, What Is New) and to `uca1400_ai_ci` (MariaDB 11.5; KB, Setting Character Sets and Collations).
 */
export function wasCharsetDefault({ name }: Pick<Collation, 'name'>): boolean {
  return /^(?:utf8mb[34]|ucs2|utf16|utf32)_(?:general_ci|0900_ai_ci|uca1400_ai_ci)$/.test(name);
}

/** Whether nobody chose more than the character set; a server that was upgraded goes on with the defaults of its databases. */
const isOfSet = (collation: Collation) =>
  collation.charsetDefault || (collation.databaseDefault && wasCharsetDefault(collation));

/**
 * Whether two collations are one for comparing: of one name, or nobody's choice on both sides (`versions.md` B2 rule 6), which is the
 * database's default, or the server's default for one and the same character set: that set itself somebody did choose.
 */
export function sameCollation(a: Collation | null, b: Collation | null): boolean {
  if (a === null || b === null) return a === b;
  return (
    a.name === b.name ||
    (a.databaseDefault && b.databaseDefault) ||
    (isOfSet(a) && isOfSet(b) && characterSetOf(a) === characterSetOf(b))
  );
}

/** A collation as hashed: how it came to be where nobody chose it, its name otherwise. What has one text is one by {@link sameCollation}. */
export function collationValue(collation: Collation | null): string | null {
  if (collation === null) return null;
  const { name, databaseDefault, charsetDefault } = collation;
  if (databaseDefault) return charsetDefault ? '@dc' : '@d';
  return charsetDefault ? `@c ${characterSetOf(collation)}` : name;
}
