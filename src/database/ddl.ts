import type {
  CheckConstraint,
  Column,
  ForeignKey,
  Index,
  ObjectKey,
  PrimaryKey,
  SchemaObject,
  Table,
  UniqueConstraint,
} from '../schema/snapshot.ts';

/** A key that a table is given. */
export type KeyChange =
  | { readonly kind: 'add-primary-key'; readonly table: ObjectKey; readonly primaryKey: PrimaryKey }
  | { readonly kind: 'add-unique'; readonly table: ObjectKey; readonly unique: UniqueConstraint }
  | { readonly kind: 'create-index'; readonly table: ObjectKey; readonly index: Index };

/**
 * One change of a structure, as a value. `table` is the key of the table that is changed; keys without a schema stand in the default one.
 *
 * - `create-table`: the table with its columns, primary key, unique constraints, checks, indexes and what is said in words; without its
 *   foreign keys, so that tables may be made in any order.
 * - `add-column`: `key` is added by the same statement, and by no other. An auto-increment column of the MySQL family cannot be without the
 *   key that it comes first in; nothing else needs one.
 * - `fill-column`: every row that has none is given one value, as text.
 * - `add-foreign-key`: `toNothing` where the other table, or the columns referred to, are made just before, and hold none of the values there are.
 * - `alter-column`: from `actual` to `expected`, which have one name. `checks` are those that the table has and keeps: MariaDB holds a column's
 *   own check in its definition, and would lose it.
 * - `drop-check`: `column` is the one that the check is named as, where the table has one, as it is: MariaDB takes a column's own check away only
 *   with the definition. Null without it.
 * - `drop-primary-key`, `drop-unique`, `drop-index`: a server refuses to drop a key that a foreign key or an auto-increment column stands on;
 *   drop the one, or alter the other, first. A key is made before the foreign key that needs it: the MySQL family would make one of its own.
 * - `create-words`, `drop-words`: what a table has beside the model (`Table.unmodelled`), such as a trigger; `name` where that is not among the
 *   words (`Table.named`).
 */
export type Change =
  | { readonly kind: 'create-table'; readonly table: Table }
  | {
      readonly kind: 'add-column';
      readonly table: ObjectKey;
      readonly column: Column;
      readonly key?: KeyChange | undefined;
    }
  | {
      readonly kind: 'fill-column';
      readonly table: ObjectKey;
      readonly column: Column;
      readonly value: string;
    }
  | {
      readonly kind: 'alter-column';
      readonly table: ObjectKey;
      readonly expected: Column;
      readonly actual: Column;
      readonly checks?: readonly CheckConstraint[] | undefined;
    }
  | KeyChange
  | {
      readonly kind: 'add-foreign-key';
      readonly table: ObjectKey;
      readonly foreignKey: ForeignKey;
      readonly toNothing?: boolean | undefined;
    }
  | { readonly kind: 'add-check'; readonly table: ObjectKey; readonly check: CheckConstraint }
  | {
      readonly kind: 'create-words';
      readonly table: ObjectKey;
      readonly words: string;
      readonly name?: string | undefined;
    }
  | { readonly kind: 'create-object'; readonly object: SchemaObject }
  | { readonly kind: 'drop-table'; readonly table: ObjectKey }
  | { readonly kind: 'drop-column'; readonly table: ObjectKey; readonly column: Column }
  | { readonly kind: 'drop-primary-key'; readonly table: ObjectKey; readonly primaryKey: PrimaryKey }
  | { readonly kind: 'drop-unique'; readonly table: ObjectKey; readonly unique: UniqueConstraint }
  | { readonly kind: 'drop-foreign-key'; readonly table: ObjectKey; readonly foreignKey: ForeignKey }
  | {
      readonly kind: 'drop-check';
      readonly table: ObjectKey;
      readonly check: CheckConstraint;
      readonly column?: Column | undefined;
    }
  | { readonly kind: 'drop-index'; readonly table: ObjectKey; readonly index: Index }
  | {
      readonly kind: 'drop-words';
      readonly table: ObjectKey;
      readonly words: string;
      readonly name?: string | undefined;
    }
  | { readonly kind: 'drop-object'; readonly object: SchemaObject };

/** What existing rows may hold against a change. */
export interface Obstacle {
  /** The rows that stand in the way, in words that follow a number: `rows without a value in "name"`. */
  readonly rows: string;
  /** One SELECT of one row with one column: how many rows stand in the way. */
  readonly sql: string;
}

/** How a family writes changes of structure. Pure: the same change gives the same text. */
export interface Ddl {
  /**
   * The statements that make the change, in order, without semicolons: every name quoted, every table qualified unless it stands in the
   * default schema. Run on a database without the piece they give what the model says of it: reading it back compares equal.
   *
   * On the MySQL family a collation that nobody chose comes from the table's default, which the model does not hold: it is the database's unless
   * somebody gave the table another (see `inDatabaseCollation`). Comments are not held either; an altered column loses its own. The text is for sessions without
   * NO_BACKSLASH_ESCAPES.
   *
   * Null where the model does not say enough to write it (a foreign table's secrets, a base type, a text that was not understood): never an
   * approximation.
   */
  write(change: Change): readonly string[] | null;

  /**
   * The statements that make an object as expected where another one of its kind and name is, in place where the family can: what stands on it
   * (triggers on a function, columns on a type) goes on to do so, and a sequence goes on where it is. Null where it cannot be written so, and where
   * it would have to be dropped though it is hardly ever without something that stands on it.
   */
  replaceObject(expected: SchemaObject, actual: SchemaObject): readonly string[] | null;

  /**
   * What rows could stand in the way of the change; null where none can. The statements of `write` succeed when it counts 0; those of an altered
   * column where `keepsValues` too. Asked of a database that has everything the change refers to, such as a foreign key's other table.
   */
  obstacle(change: Change): Obstacle | null;

  /**
   * Whether every value of the actual column is kept, unchanged, by altering it to what is expected: `varchar(20)` to `varchar(40)`, `int` to
   * `bigint`, another default, NULL allowed. False wherever that is not certain; what rows decide (NOT NULL) is `obstacle`'s to ask.
   */
  keepsValues(expected: Column, actual: Column): boolean;
}
