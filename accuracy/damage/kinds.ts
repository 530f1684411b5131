import type { Proposer } from './alteration.ts';
import * as columns from './columns.ts';
import * as keys from './keys.ts';
import * as tables from './tables.ts';

/** Everything that can be done to a database, by the name it has in the report. */
export const KINDS: readonly { readonly name: string; readonly propose: Proposer }[] = Object.entries({
  'drop a column': columns.dropColumn,
  'add a nullable column': columns.addNullableColumn,
  'add a column with a default': columns.addDefaultedColumn,
  'add a required column': columns.addRequiredColumn,
  "add another revision's column": columns.addKnownColumn,
  'rename a column': columns.renameColumn,
  'retype a column': columns.retypeColumn,
  'change a collation': columns.recollateColumn,
  'make a column nullable': columns.makeNullable,
  'make a column not null': columns.makeNotNull,
  'change a default': columns.changeDefault,
  'drop a default': columns.dropDefault,
  'reorder columns': columns.reorderColumns,
  'drop an index': keys.dropIndex,
  'drop a unique constraint': keys.dropUnique,
  'drop a foreign key': keys.dropForeignKey,
  'drop a primary key': keys.dropPrimaryKey,
  'drop a check': keys.dropCheck,
  'change a foreign key': keys.changeForeignKey,
  'add an index': keys.addIndex,
  'copy an index': keys.copyIndex,
  'add a unique index': keys.addUniqueIndex,
  'add a unique constraint': keys.addUnique,
  'add a check': keys.addCheck,
  'add a foreign key': keys.addForeignKey,
  'add a stray table': tables.addTable,
  'drop a table': tables.dropTable,
  'rename a table': tables.renameTable,
  'drop a view': tables.dropView,
  'extend an enum': tables.extendEnum,
  'add a trigger': tables.addTrigger,
  'drop a trigger': tables.dropTrigger,
}).map(([name, propose]) => ({ name, propose }));
