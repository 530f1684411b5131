import type { Change, Ddl } from '../../database/ddl.ts';
import type { ObjectKey } from '../../schema/snapshot.ts';
import { alterColumn, keepsValues } from './ddl-alter-column.ts';
import { columnText } from './ddl-columns.ts';
import { checkText, createIndex, foreignKeyText, primaryKeyText, uniqueText } from './ddl-constraints.ts';
import { nameBeside, sqlName } from './ddl-names.ts';
import { createObject, dropObject } from './ddl-objects.ts';
import { obstacle } from './ddl-obstacles.ts';
import { replaceObject } from './ddl-replace.ts';
import { createTable } from './ddl-tables.ts';
import { readWords } from './ddl-words.ts';
import { quoteIdentifier, quoteLiteral } from './quote.ts';

function alterTable(table: ObjectKey, what: string | null): readonly string[] | null {
  return what === null ? null : [`ALTER TABLE ${sqlName(table)} ${what}`];
}

function add(table: ObjectKey, what: string | null): readonly string[] | null {
  return alterTable(table, what && `ADD ${what}`);
}

function dropConstraint(table: ObjectKey, name: string | null): readonly string[] | null {
  return alterTable(table, name === null ? null : `DROP CONSTRAINT ${quoteIdentifier(name)}`);
}

function words(
  { table, words: text, name }: Change & { readonly kind: 'create-words' | 'drop-words' },
  which: 'create' | 'drop',
): readonly string[] | null {
  const read = readWords(table, text, false, name);
  return read?.kind === 'statements' ? read[which] : null;
}

function addColumn(change: Change & { readonly kind: 'add-column' }): readonly string[] | null {
  const text = columnText(change.column);
  const table = `ALTER TABLE ${sqlName(change.table)}`;
  const name = quoteIdentifier(change.column.name);
  const key = change.key === undefined ? [] : write(change.key);
  return (
    text &&
    key && [
      `${table} ADD COLUMN ${text.definition}`,
      ...text.alterations.map((one) => `${table} ALTER COLUMN ${name} ${one}`),
      ...key,
    ]
  );
}

function write(change: Change): readonly string[] | null {
  switch (change.kind) {
    case 'create-table':
      return createTable(change.table);
    case 'fill-column':
      return [
        `UPDATE ${sqlName(change.table)} SET ${quoteIdentifier(change.column.name)} = ${quoteLiteral(change.value)} WHERE ${quoteIdentifier(change.column.name)} IS NULL`,
      ];
    case 'add-column':
      return addColumn(change);
    case 'alter-column':
      return alterColumn(change.table, change.expected, change.actual);
    case 'add-primary-key':
      return add(change.table, primaryKeyText(change.primaryKey));
    case 'add-unique':
      return add(change.table, uniqueText(change.unique));
    case 'add-foreign-key':
      return add(change.table, foreignKeyText(change.foreignKey));
    case 'add-check':
      return add(change.table, checkText(change.check));
    case 'create-index': {
      const text = createIndex(change.table, change.index);
      return text === null ? null : [text];
    }
    case 'create-words':
      return words(change, 'create');
    case 'create-object':
      return createObject(change.object);
    case 'drop-table':
      return [`DROP TABLE ${sqlName(change.table)}`];
    case 'drop-column':
      return alterTable(change.table, `DROP COLUMN ${quoteIdentifier(change.column.name)}`);
    case 'drop-primary-key':
      return dropConstraint(change.table, change.primaryKey.name);
    case 'drop-unique':
      return dropConstraint(change.table, change.unique.name);
    case 'drop-foreign-key':
      return dropConstraint(change.table, change.foreignKey.name);
    case 'drop-check':
      return dropConstraint(change.table, change.check.name);
    case 'drop-index':
      return [`DROP INDEX ${nameBeside(change.table, change.index.name)}`];
    case 'drop-words':
      return words(change, 'drop');
    case 'drop-object':
      return dropObject(change.object);
  }
}

/**
 * Changes of structure, as this family writes them. Canonical texts name what stands in the default schema bare, so the statements are for a
 * session whose search path begins with it.
 */
export const postgresDdl: Ddl = { write, replaceObject, obstacle, keepsValues };
