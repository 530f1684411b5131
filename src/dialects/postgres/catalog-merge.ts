import type { Oid, RawCatalog, RawDefaults } from './raw-catalog.ts';

/** A map with the entries of some keys as another has them; what that one has not is gone. */
function replaced<K, T>(
  known: ReadonlyMap<K, T>,
  part: ReadonlyMap<K, T>,
  isReplaced: (key: K, value: T) => boolean,
): ReadonlyMap<K, T> {
  const kept = [...known].filter(([key, value]) => !isReplaced(key, value));
  return new Map([...kept, ...part]);
}

/**
 * A catalog read before, with some relations as they are now.
 *
 * @param part holds them as they are now, and no others.
 * @param oids which relations these are; those that `part` has not are gone.
 * @param allExtras whether `part` has what hangs on relations, and free sequences, of the whole schemas.
 */
export function mergeCatalog(
  known: RawCatalog,
  part: RawCatalog,
  oids: ReadonlySet<Oid>,
  allExtras: boolean,
): RawCatalog {
  const isReplaced = (oid: Oid) => oids.has(oid);
  return {
    columnTypes: known.columnTypes,
    relations: replaced(known.relations, part.relations, isReplaced),
    constraints: replaced(known.constraints, part.constraints, isReplaced),
    domainChecks: known.domainChecks,
    constraintRelations: replaced(known.constraintRelations, part.constraintRelations, (_, relation) =>
      oids.has(relation),
    ),
    indexes: replaced(known.indexes, part.indexes, isReplaced),
    names: part.names,
    beside: known.beside,
    extras: allExtras ? part.extras : replaced(known.extras, part.extras, isReplaced),
    freeSequences: allExtras ? part.freeSequences : known.freeSequences,
  };
}

/** The same for defaults. */
export function mergeDefaults(known: RawDefaults, part: RawDefaults, oids: ReadonlySet<Oid>): RawDefaults {
  return replaced(known, part, (oid) => oids.has(oid));
}
