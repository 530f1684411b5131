import type { TextRow } from '../../database/session.ts';
import type { ObjectCatalog } from './queries.ts';
import {
  type ColumnTypes,
  type Names,
  NONE,
  type Oid,
  type RawConstraint,
  type RawIndex,
  type RawRelation,
} from './raw-catalog.ts';
import { arrayLiteral, parseJson, unstable } from './rows.ts';

/** Nothing is known by name yet. */
export const NO_NAMES: Names = {
  types: new Map(),
  collations: new Map(),
  operatorClasses: new Map(),
  methods: new Map(),
  targets: new Map(),
};

/** What names are wanted of. */
export interface Named {
  readonly types: ColumnTypes;
  readonly relations: readonly RawRelation[];
  readonly constraints: readonly RawConstraint[];
  readonly indexes: readonly RawIndex[];
  /** Whether a relation is among those that are read, so that a foreign key to it needs no name. */
  readonly isRead: (oid: Oid) => boolean;
}

/** The bindings of the query for the names that are not known yet, but for the schemas. */
export function wantedNames(
  { types, relations, constraints, indexes, isRead }: Named,
  known: Names,
): string[] {
  const collations = new Set<Oid>();
  const operatorClasses = new Set<Oid>();
  const methods = new Set<Oid>();
  const targets = new Set<Oid>();
  for (const relation of relations) {
    for (const { collation } of relation.columns) if (collation !== null) collations.add(collation);
  }
  for (const { kind, referenced } of constraints) {
    if (kind === 'f' && !isRead(referenced)) targets.add(referenced);
  }
  for (const index of indexes) {
    methods.add(index.method);
    for (const oid of index.collations) if (oid !== NONE) collations.add(oid);
    for (const oid of index.operatorClasses) operatorClasses.add(oid);
  }
  const unknown = (oids: ReadonlySet<Oid>, names: ReadonlyMap<Oid, unknown>) =>
    arrayLiteral([...oids].filter((oid) => !names.has(oid)));
  const pairs = types.all().filter((type) => !known.types.has(type));
  return [
    arrayLiteral(pairs.map(({ oid }) => oid)),
    arrayLiteral(pairs.map(({ modifier }) => modifier)),
    unknown(collations, known.collations),
    unknown(operatorClasses, known.operatorClasses),
    unknown(methods, known.methods),
    unknown(targets, known.targets),
  ];
}

/** The names known, and those of these rows. */
export function readNames(rows: readonly TextRow[], columnTypes: ColumnTypes, known: Names): Names {
  const types = new Map(known.types);
  const collationNames = new Map(known.collations);
  const operatorClasses = new Map(known.operatorClasses);
  const methods = new Map(known.methods);
  const targets = new Map(known.targets);
  for (const [kind, oid = '', modifier, text, first, second, third, fourth] of rows) {
    if (oid === null || text == null) throw unstable();
    if (kind === 'beside') continue;
    if (kind === 'type') {
      types.set(columnTypes.of(oid, modifier ?? '-1'), {
        text,
        castName: first ?? text,
        collation: second ?? '0',
        baseCastName: fourth ?? null,
      });
    } else if (kind === 'collation') collationNames.set(oid, text);
    else if (kind === 'method') methods.set(oid, text);
    else if (kind === 'relation') targets.set(oid, parseJson(text));
    else {
      operatorClasses.set(oid, {
        name: text,
        inputType: first ?? '0',
        isDefault: second === 'true',
        polymorphic: third === 'p',
      });
    }
  }
  return { types, collations: collationNames, operatorClasses, methods, targets };
}

/** The catalogs beside `pg_class` that have objects, as these rows say. */
export function besideCatalogs(rows: readonly TextRow[]): ObjectCatalog[] {
  return rows.flatMap(([kind, , , catalog]) => (kind === 'beside' ? [catalog as ObjectCatalog] : []));
}
