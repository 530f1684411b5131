import type { ObjectCatalog } from './object-queries.ts';

/** An oid, as text. */
export type Oid = string;

/** The oid that stands for none. */
export const NONE: Oid = '0';

/** The database's own collation (`default` in `pg_collation.dat`). */
export const DEFAULT_COLLATION: Oid = '100';

/** A type as a column has it; one value for each pair, so that it can be a key. */
export interface ColumnType {
  readonly oid: Oid;
  readonly modifier: string;
}

/** The types of columns, each pair of oid and modifier once; and of equal columns of several tables the plain ones, once too. */
export interface ColumnTypes {
  of(oid: Oid, modifier: string): ColumnType;
  all(): readonly ColumnType[];
  /** A column without collation, identity or generation. @param packed type, number and NOT NULL, see `relationsQuery` */
  plain(packed: string, modifier: string, name: string): RawColumn;
}

export interface RawColumn {
  /** `pg_attribute.attnum`; gaps are columns that were dropped. */
  readonly number: number;
  readonly name: string;
  readonly type: ColumnType;
  /** Null for none and for the database's default, whichever the type says. */
  readonly collation: Oid | null;
  readonly notNull: boolean;
  readonly identity: string;
  readonly generated: string;
}

export interface RawRelation {
  readonly oid: Oid;
  readonly schema: string;
  readonly name: string;
  readonly kind: string;
  readonly readable: boolean;
  /** In order of their numbers. */
  readonly columns: readonly RawColumn[];
  /** Those that have a collation, an identity or a generation. */
  readonly specialColumns: readonly RawColumn[];
  readonly flags: ReadonlySet<string>;
  readonly partitionKey: string | null;
  readonly partitionBound: string | null;
  readonly ofType: string | null;
}

/** A referenced table outside the schemas that are read. */
export interface ForeignTarget {
  readonly schema: string;
  readonly name: string;
  readonly columns: Readonly<Record<string, string>>;
}

/** What constraints have in common with many others: one value for all that are alike. */
export interface ConstraintShape {
  readonly kind: string;
  readonly flags: ReadonlySet<string>;
  readonly columns: readonly string[];
  readonly referencedColumns: readonly string[];
  /** A character each, as `pg_constraint` has it. */
  readonly onUpdate: string;
  readonly onDelete: string;
  readonly match: string;
  readonly setColumns: readonly string[];
}

export interface RawConstraint {
  readonly oid: Oid;
  readonly relation: Oid;
  readonly domain: Oid;
  readonly name: string;
  readonly shape: ConstraintShape;
  readonly referenced: Oid;
  readonly index: Oid;
  readonly parent: Oid;
  readonly text: string | null;
}

/** What indexes have in common with many others: one value for all that are alike. */
export interface IndexShape {
  readonly method: Oid;
  readonly keyParts: number;
  readonly columns: readonly string[];
  readonly options: readonly number[];
  readonly operatorClasses: readonly Oid[];
  readonly collations: readonly Oid[];
  readonly flags: ReadonlySet<string>;
}

export interface RawIndex {
  readonly oid: Oid;
  readonly relation: Oid;
  readonly name: string;
  readonly shape: IndexShape;
  readonly expressions: readonly string[];
  readonly predicate: string | null;
  readonly operatorClassOptions: string | null;
}

export interface TypeName {
  /** With modifier: `character varying(255)`. */
  readonly text: string;
  /** Without: as a cast prints it. */
  readonly castName: string;
  readonly collation: Oid;
  /** For a domain, its base type's {@link castName}. */
  readonly baseCastName: string | null;
}

export interface OperatorClassName {
  readonly name: string;
  readonly inputType: Oid;
  readonly isDefault: boolean;
  readonly polymorphic: boolean;
}

export interface Names {
  readonly types: ReadonlyMap<ColumnType, TypeName>;
  readonly collations: ReadonlyMap<Oid, string>;
  readonly operatorClasses: ReadonlyMap<Oid, OperatorClassName>;
  readonly methods: ReadonlyMap<Oid, string>;
  /** The tables outside what is read that foreign keys reference. */
  readonly targets: ReadonlyMap<Oid, ForeignTarget>;
}

/** Something on a relation that has no field of its own; see `extrasQuery`. */
export interface RawExtra {
  readonly kind: string;
  readonly relation: Oid;
  readonly name: string;
  readonly text: string;
  readonly state: string;
  /** Of a sequence that a column owns: its name, as a default prints it. */
  readonly sequence: string | null;
}

export interface RawObject {
  readonly kind: string;
  readonly oid: Oid;
  readonly schema: string;
  readonly name: string;
  readonly payload: string;
}

/** All that was read but defaults and objects, by the oid of what it belongs to. */
export interface RawCatalog {
  readonly columnTypes: ColumnTypes;
  readonly relations: ReadonlyMap<Oid, RawRelation>;
  readonly constraints: ReadonlyMap<Oid, readonly RawConstraint[]>;
  readonly domainChecks: ReadonlyMap<Oid, readonly RawConstraint[]>;
  readonly constraintRelations: ReadonlyMap<Oid, Oid>;
  readonly indexes: ReadonlyMap<Oid, readonly RawIndex[]>;
  readonly names: Names;
  readonly extras: ReadonlyMap<Oid, readonly RawExtra[]>;
  readonly freeSequences: readonly RawObject[];
  /** The catalogs beside `pg_class` that have objects. */
  readonly beside: readonly ObjectCatalog[];
}

/** Texts by relation, then at the column's number. */
export type RawDefaults = ReadonlyMap<Oid, readonly (string | undefined)[]>;
