import type { TextRow } from '../../database/session.ts';
import { type ObjectCatalog, OWN_TYPES } from './object-queries.ts';
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

/**
 * The names behind oids: types (with their modifier), collations, operator classes, access methods and relations outside the schemas; and which catalogs have any
 * objects beside tables (`beside`; composite types do not count, they are seen among the relations), in one round trip.
 * Bindings: type oids, modifiers (in step with the oids), collation oids, operator class oids, access method oids, relation oids, schema oids three
 * times.
 */
export const NAMES_QUERY = `
select 'type', t.oid::text, p.modifier::text, format_type(t.oid, p.modifier), format_type(t.oid, -1), t.typcollation::text, t.typtype::text,
  case when t.typtype = 'd' then format_type(t.typbasetype, -1) end
from unnest(?::oid[], ?::int[]) p(type, modifier) join pg_type t on t.oid = p.type
union all
select 'collation', c.oid::text, null, case when n.nspname = 'pg_catalog' then quote_ident(c.collname)
  else quote_ident(n.nspname) || '.' || quote_ident(c.collname) end, null, null, null, null
from pg_collation c join pg_namespace n on n.oid = c.collnamespace where c.oid = any(?::oid[])
union all
select 'operator-class', o.oid::text, null, case when pg_opclass_is_visible(o.oid) then quote_ident(o.opcname)
  else quote_ident(n.nspname) || '.' || quote_ident(o.opcname) end, o.opcintype::text, o.opcdefault::text, t.typtype::text, null
from pg_opclass o join pg_namespace n on n.oid = o.opcnamespace join pg_type t on t.oid = o.opcintype where o.oid = any(?::oid[])
union all
select 'method', a.oid::text, null, a.amname::text, null, null, null, null from pg_am a where a.oid = any(?::oid[])
union all
select 'relation', c.oid::text, null, json_build_object('schema', n.nspname, 'name', c.relname, 'columns',
  (select json_object_agg(a.attnum, a.attname) from pg_attribute a where a.attrelid = c.oid and a.attnum > 0))::text, null, null, null, null
from pg_class c join pg_namespace n on n.oid = c.relnamespace where c.oid = any(?::oid[])
union all
select 'beside', '0', null, 'type', null, null, null, null
where exists (select from pg_type t where t.typnamespace = any(?::oid[]) and ${OWN_TYPES})
union all
select 'beside', '0', null, 'function', null, null, null, null where exists (select from pg_proc p where p.pronamespace = any(?::oid[]))
union all
select 'beside', '0', null, 'statistics', null, null, null, null
where exists (select from pg_statistic_ext s where s.stxnamespace = any(?::oid[]))`;

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
  for (const { specialColumns } of relations) {
    for (const { collation } of specialColumns) if (collation !== null) collations.add(collation);
  }
  for (const { shape, referenced } of constraints) {
    if (shape.kind === 'f' && !isRead(referenced)) targets.add(referenced);
  }
  for (const shape of new Set(indexes.map((index) => index.shape))) {
    methods.add(shape.method);
    for (const oid of shape.collations) if (oid !== NONE) collations.add(oid);
    for (const oid of shape.operatorClasses) operatorClasses.add(oid);
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
