import type { Session } from './session.ts';

/** What stands where a rebuild set things aside, and what hangs on it. All names are for people. */
export interface PlaceContents {
  readonly tables: readonly string[];
  /** What is there and no rebuild puts there. */
  readonly others: readonly string[];
  /** What is elsewhere and would be broken, or go along, if the place were dropped; as far as this role sees. */
  readonly dependents: readonly string[];
}

/** How a place where things were set aside is looked at, and dropped. */
export interface SetAsidePlace {
  /**
   * What stands there; null where there is no such place.
   *
   * @param hold given a transaction's session: keeps anything from beginning to depend on the tables until that ends, where that can be.
   */
  look(session: Session, place: string, hold: boolean): Promise<PlaceContents | null>;
  /** The statement that drops the place with all that stands there. */
  drop(place: string): string;
}
