import type { NamedKind } from '../manifest/in-place-of.ts';
import type { ElementKind } from '../schema/elements.ts';

/**
 * `missing`: expected and not there. `unexpected`: there and not expected. `different`: there, but not as expected. `cannot-tell`: there, not
 * word for word as expected, and one of the texts could not be taken apart.
 */
export type Outcome = 'missing' | 'unexpected' | 'different' | 'cannot-tell';

/** What a difference means for a verdict; see `grade.ts`. */
export type Grade = 'blocking' | 'risky' | 'harmless';

/** What kind of thing differs. */
export type DifferenceKind = 'table' | ElementKind | 'object';

/** JSON-safe evidence: an element as a manifest writes it, or only its attributes that differ. */
export type Evidence = unknown;

/** One place where expected and actual disagree. The outcome follows from which side is present. */
export interface Disagreement {
  readonly kind: DifferenceKind;
  /** The table's key, or the object's identity. */
  readonly owner: string;
  /** Structural identity within the owner; empty for the owner itself. */
  readonly identity: string;
  /** Name within the owner, for paths; empty for the owner itself. */
  readonly name: string;
  readonly outcome: Outcome;
  /** The rules without which this is a difference, where some are switched off; absent where no rule makes it equal. */
  readonly rules?: readonly string[];
  /**
   * Where the two sides have things of two kinds under one name (a view in the place of a table), and a schema has room for one of them: what it
   * is, and what is expected. Absent elsewhere.
   */
  readonly kinds?: { readonly actual: NamedKind; readonly expected: NamedKind };
}

/** A disagreement with its evidence. Comparing is total: everything that differs is listed, and only grading says what matters. */
export interface RawDifference extends Disagreement {
  readonly expected?: Evidence;
  readonly actual?: Evidence;
}
