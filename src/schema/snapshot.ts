/**
 * The structure of a database as plain data: sorted, frozen, JSON-safe, without back references.
 *
 * A snapshot is canonical. Everything a server may print in several ways has been brought to one form by the dialect that read it, so that
 * comparing never parses SQL. Where a canonical form differs from what the server printed, the printed form is kept beside it in `raw`, for
 * people; it takes no part in comparison.
 */

export const DIALECT_NAMES = ['postgres', 'mysql'] as const;
/** The SQL family; one set of manifests serves one family. PGlite is `postgres`, MariaDB is `mysql`. */
export type DialectName = (typeof DIALECT_NAMES)[number];

export type ServerVendor = 'postgres' | 'pglite' | 'mysql' | 'mariadb';

export interface ServerInfo {
  readonly vendor: ServerVendor;
  /** As the server says it, without its build suffix: `15.18`, `10.11.19`. */
  readonly version: string;
}

/**
 * The name of a table or other object, made for comparing: the bare name in the default schema, `schema.name` elsewhere, each part quoted
 * where a dot or a quote in it would make the key ambiguous. See `objectKey`.
 */
export type ObjectKey = string;

/** A text that servers print in several ways: `canonical` is compared, `raw` is shown. */
export interface CanonicalText {
  readonly raw: string;
  readonly canonical: string;
}

/**
 * A column's default.
 *
 * - `none`: no default, or an explicit `DEFAULT NULL`.
 * - `literal`: `canonical` is the value's text without quotes or casts.
 * - `expression`: evaluated by the server for each row.
 * - `sequence`: the next value of the sequence that the column owns (PostgreSQL's `serial`); the sequence's name takes no part.
 * - `varying`: only ever expected, never read: the migration makes up another constant on every run (`defaultTo(uuid())`), so any default of
 *   that kind meets it.
 */
export type ColumnDefault =
  | { readonly kind: 'none' }
  | ({ readonly kind: 'literal' } & CanonicalText)
  | ({ readonly kind: 'expression' } & CanonicalText)
  | { readonly kind: 'sequence'; readonly raw: string }
  | { readonly kind: 'varying'; readonly of: 'literal' | 'expression' };

/** `auto-increment` is the MySQL family's; the other two are the SQL standard's `GENERATED … AS IDENTITY`. */
export type Identity = 'always' | 'by-default' | 'auto-increment';

export interface Generated {
  readonly kind: 'stored' | 'virtual';
  readonly expression: CanonicalText;
}

/**
 * A text column's collation. On PostgreSQL only an explicit one is recorded and both marks are false. On the MySQL family the effective one
 * is recorded with two marks, because it is the server that fills it in when nobody named one (`versions.md` B2 rule 6).
 */
export interface Collation {
  readonly name: string;
  readonly databaseDefault: boolean;
  readonly charsetDefault: boolean;
}

export interface Column {
  readonly name: string;
  readonly type: CanonicalText;
  readonly nullable: boolean;
  readonly default: ColumnDefault;
  readonly identity: Identity | null;
  readonly generated: Generated | null;
  readonly collation: Collation | null;
  /** Further attributes of this family, canonical, such as MySQL's `on update current_timestamp`; empty when there are none. */
  readonly extra: string;
}

export interface PrimaryKey {
  readonly name: string | null;
  readonly columns: readonly string[];
}

/** PostgreSQL: a unique constraint. MySQL family: a unique index, which is the same thing there. */
export interface UniqueConstraint {
  readonly name: string;
  /** Column names, with a prefix length or expression where the family has them: `name(10)`. */
  readonly columns: readonly string[];
  readonly deferrable: Deferrable;
  readonly nullsNotDistinct: boolean;
}

export type Deferrable = 'no' | 'initially-immediate' | 'initially-deferred';
export type ReferentialAction = 'no-action' | 'restrict' | 'cascade' | 'set-null' | 'set-default';

export interface ForeignKey {
  readonly name: string;
  readonly columns: readonly string[];
  readonly referencedTable: ObjectKey;
  readonly referencedColumns: readonly string[];
  readonly onUpdate: ReferentialAction;
  readonly onDelete: ReferentialAction;
  readonly match: 'simple' | 'full' | 'partial';
  readonly deferrable: Deferrable;
  /** False for a constraint declared `NOT VALID` and not validated since. */
  readonly validated: boolean;
}

export interface CheckConstraint {
  readonly name: string;
  readonly expression: CanonicalText;
  readonly validated: boolean;
}

export interface IndexPart {
  /** A column name, or null where the part is an expression. */
  readonly column: string | null;
  readonly expression: CanonicalText | null;
  readonly order: 'asc' | 'desc';
  /** PostgreSQL; null where it is the default of the order. */
  readonly nulls: 'first' | 'last' | null;
  /** Operator class (PostgreSQL) where it is not the type's default. */
  readonly operatorClass: string | null;
  /** Collation where it is not the column's. */
  readonly collation: string | null;
  /** Prefix length (MySQL family). */
  readonly length: number | null;
}

/** An index that no primary key or unique constraint of this snapshot stands for. */
export interface Index {
  readonly name: string;
  readonly unique: boolean;
  /** Access method, lower case: `btree`, `gin`, `fulltext`. */
  readonly method: string;
  readonly parts: readonly IndexPart[];
  /** Covering columns (`INCLUDE`). */
  readonly include: readonly string[];
  readonly predicate: CanonicalText | null;
  readonly nullsNotDistinct: boolean;
  /** False for what a failed `CREATE INDEX CONCURRENTLY` leaves behind. */
  readonly valid: boolean;
}

export interface Table {
  readonly key: ObjectKey;
  readonly schema: string;
  readonly name: string;
  /** In the table's own order, which takes no part in comparison. */
  readonly columns: readonly Column[];
  readonly primaryKey: PrimaryKey | null;
  readonly uniques: readonly UniqueConstraint[];
  readonly foreignKeys: readonly ForeignKey[];
  readonly checks: readonly CheckConstraint[];
  readonly indexes: readonly Index[];
  /** What was seen on this table and is not modelled, in words. A verdict that depends on it is refused. */
  readonly unmodelled: readonly string[];
  /**
   * What the constraints are called that words are of, by those words. Names take no part in comparison, but a later migration may use them. Absent
   * where there are none.
   */
  readonly named?: Readonly<Record<string, string>> | undefined;
  /**
   * Canonical texts of this table that could not be taken apart, so that of another text nobody can tell whether it is the same. Absent where
   * there are none.
   */
  readonly unread?: readonly string[];
  /** Absent where every rule counts. */
  readonly strict?: TableWithout;
}

/** What a table is that was read without some of the equivalence rules. */
export interface TableWithout {
  /** The rules that are switched off; those of comparing among them. */
  readonly off: readonly string[];
  /** The same table with every rule applied: each of its lists has its items in the same places. */
  readonly canonical: Table;
  /** For each element, as `kind position`, the rules without which it reads otherwise; as `table`, those without which its key does. */
  readonly rules: ReadonlyMap<string, readonly string[]>;
}

export const OBJECT_KINDS = [
  'schema',
  'extension',
  'view',
  'materialized-view',
  'sequence',
  'enum',
  'domain',
  'type',
  'function',
  'foreign-table',
  'statistics',
] as const;
export type ObjectKind = (typeof OBJECT_KINDS)[number];

/** Anything beside tables that has a name of its own; compared as one piece, by its definition. */
export interface SchemaObject {
  readonly kind: ObjectKind;
  readonly key: ObjectKey;
  readonly schema: string;
  readonly name: string;
  /** Canonical, complete enough that equal texts mean equal objects; shown to people as it is. */
  readonly definition: string;
  /** Some of the definition could not be taken apart: of another text nobody can tell whether it is the same. */
  readonly unread?: true;
  /** Where it reads otherwise without the rules that are switched off: what it is with every rule, and which they are. */
  readonly strict?: { readonly canonical: SchemaObject; readonly rules: readonly string[] };
}

export interface Snapshot {
  readonly dialect: DialectName;
  readonly server: ServerInfo;
  /** What was looked at; the first is the default schema, whose objects have unqualified keys. */
  readonly schemas: readonly string[];
  /** Sorted by key. */
  readonly tables: readonly Table[];
  /** Sorted by kind, then key. */
  readonly objects: readonly SchemaObject[];
  /** Names of the equivalence rules that changed some text while this snapshot was made canonical; sorted. */
  readonly rules: readonly string[];
  /** MySQL family: what a column of the default schema gets of which nobody says anything. Absent where a dialect knows no such thing. */
  readonly defaultCollation?: string | undefined;
  /** A foreign key without an index of its columns is given one by the server (MySQL family), which looks like any other. */
  readonly foreignKeysBringIndexes?: true | undefined;
}
