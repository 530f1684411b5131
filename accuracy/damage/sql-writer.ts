import type { DialectName, ForeignKey, Table } from '../../src/schema/snapshot.ts';

/** A foreign key to be made. */
export interface NewForeignKey {
  readonly name: string;
  readonly columns: readonly string[];
  readonly target: Table;
  readonly targetColumns: readonly string[];
  readonly onDelete: 'CASCADE' | 'NO ACTION';
}

/** The statements that alter one SQL family's databases. */
export interface SqlWriter {
  readonly dialect: DialectName;
  name(name: string): string;
  table(table: Pick<Table, 'schema' | 'name'>): string;
  dropColumn(table: Table, column: string): string;
  dropIndex(table: Table, name: string): string;
  dropUnique(table: Table, name: string): string;
  dropForeignKey(table: Table, name: string): string;
  dropPrimaryKey(table: Table, name: string): string;
  renameTable(table: Table, name: string): string;
  dropTable(table: Table): string;
  replaceForeignKey(table: Table, key: ForeignKey, by: NewForeignKey): string;
  /** A trigger that does nothing, and what it needs. */
  addTrigger(table: Table, name: string): string;
}

const postgresName = (name: string) => `"${name.replaceAll('"', '""')}"`;
const mysqlName = (name: string) => `\`${name.replaceAll('`', '``')}\``;

function foreignKeyText(writer: Pick<SqlWriter, 'name' | 'table'>, key: NewForeignKey): string {
  const list = (names: readonly string[]) => names.map(writer.name).join(', ');
  return `ADD CONSTRAINT ${writer.name(key.name)} FOREIGN KEY (${list(key.columns)}) REFERENCES ${writer.table(key.target)} (${list(key.targetColumns)}) ON DELETE ${key.onDelete}`;
}

function postgresWriter(): SqlWriter {
  const name = postgresName;
  const table: SqlWriter['table'] = (one) => `${name(one.schema)}.${name(one.name)}`;
  const dropConstraint = (one: Table, constraint: string) =>
    `ALTER TABLE ${table(one)} DROP CONSTRAINT ${name(constraint)} CASCADE`;
  return {
    dialect: 'postgres',
    name,
    table,
    dropColumn: (one, column) => `ALTER TABLE ${table(one)} DROP COLUMN ${name(column)} CASCADE`,
    dropIndex: (one, index) => `DROP INDEX ${table({ schema: one.schema, name: index })}`,
    dropUnique: dropConstraint,
    dropForeignKey: dropConstraint,
    dropPrimaryKey: dropConstraint,
    renameTable: (one, to) => `ALTER TABLE ${table(one)} RENAME TO ${name(to)}`,
    dropTable: (one) => `DROP TABLE ${table(one)} CASCADE`,
    replaceForeignKey: (one, key, by) =>
      `ALTER TABLE ${table(one)} DROP CONSTRAINT ${name(key.name)}, ${foreignKeyText({ name, table }, by)}`,
    addTrigger: (one, trigger) =>
      `CREATE FUNCTION ${table({ schema: one.schema, name: trigger })}() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
CREATE TRIGGER ${name(trigger)} BEFORE INSERT ON ${table(one)} FOR EACH ROW EXECUTE FUNCTION ${table({ schema: one.schema, name: trigger })}()`,
  };
}

function mysqlWriter(): SqlWriter {
  const name = mysqlName;
  const table: SqlWriter['table'] = (one) => name(one.name);
  const dropIndex = (one: Table, index: string) => `ALTER TABLE ${table(one)} DROP INDEX ${name(index)}`;
  return {
    dialect: 'mysql',
    name,
    table,
    dropColumn: (one, column) => `ALTER TABLE ${table(one)} DROP COLUMN ${name(column)}`,
    dropIndex,
    dropUnique: dropIndex,
    dropForeignKey: (one, key) => `ALTER TABLE ${table(one)} DROP FOREIGN KEY ${name(key)}`,
    dropPrimaryKey: (one) => `ALTER TABLE ${table(one)} DROP PRIMARY KEY`,
    renameTable: (one, to) => `RENAME TABLE ${table(one)} TO ${name(to)}`,
    dropTable: (one) => `DROP TABLE ${table(one)}`,
    replaceForeignKey: (one, key, by) =>
      `ALTER TABLE ${table(one)} DROP FOREIGN KEY ${name(key.name)}, ${foreignKeyText({ name, table }, by)}`,
    addTrigger: (one, trigger) =>
      `CREATE TRIGGER ${name(trigger)} BEFORE INSERT ON ${table(one)} FOR EACH ROW SET @${trigger} = 1`,
  };
}

/** The writer for a family. */
export function sqlWriterFor(dialect: DialectName): SqlWriter {
  return dialect === 'postgres' ? postgresWriter() : mysqlWriter();
}
