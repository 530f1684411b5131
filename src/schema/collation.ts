import type { Collation } from './snapshot.ts';

/**
 * The character set of a collation: its name up to the first underscore (manual, Collation Naming Conventions; `binary` is the name of both).
 */
export function characterSetOf({ name }: Pick<Collation, 'name'>): string {
  return name.replace(/_.*$/s, '');
}

/**
 * Whether two collations are one for comparing: of one name, or nobody's choice on both sides (`versions.md` B2 rule 6), which is the
 * database's default, or the server's default for one and the same character set: that set itself somebody did choose.
 */
export function sameCollation(a: Collation | null, b: Collation | null): boolean {
  if (a === null || b === null) return a === b;
  return (
    a.name === b.name ||
    (a.databaseDefault && b.databaseDefault) ||
    (a.charsetDefault && b.charsetDefault && characterSetOf(a) === characterSetOf(b))
  );
}

/** A collation as hashed: how it came to be where nobody chose it, its name otherwise. What has one text is one by {@link sameCollation}. */
export function collationValue(collation: Collation | null): string | null {
  if (collation === null) return null;
  const { name, databaseDefault, charsetDefault } = collation;
  if (databaseDefault) return charsetDefault ? '@dc' : '@d';
  return charsetDefault ? `@c ${characterSetOf(collation)}` : name;
}
