import { objectKey } from '../../schema/object-key.ts';
import type {
  CanonicalText,
  CheckConstraint,
  Column,
  ColumnDefault,
  Deferrable,
  ForeignKey,
  Identity,
  PrimaryKey,
  ReferentialAction,
  Table,
  UniqueConstraint,
} from '../../schema/snapshot.ts';
import { sortedBy } from '../../util/order.ts';
import { type Assembly, type ColumnAssembly, columnNames, indexOf, relationKey } from './assembly.ts';
import { assembleIndexes } from './indexes.ts';
import { canonicalDefault, canonicalExpression } from './normalize.ts';
import {
  DEFAULT_COLLATION,
  type Names,
  NONE,
  type RawCatalog,
  type RawColumn,
  type RawConstraint,
  type RawRelation,
  type TypeName,
} from './raw-catalog.ts';
import { unstable } from './rows.ts';
import type { RuleSet } from './rules.ts';
import { namesOfWords, unmodelledWords } from './unmodelled.ts';

const NO_DEFAULT: ColumnDefault = { kind: 'none' };

const IDENTITIES: Readonly<Record<string, Identity>> = { a: 'always', d: 'by-default' };

/** `pg_constraint.confupdtype` and `confdeltype` (manual, pg_constraint). */
const ACTIONS: Readonly<Record<string, ReferentialAction>> = {
  a: 'no-action',
  r: 'restrict',
  c: 'cascade',
  n: 'set-null',
  d: 'set-default',
};
const MATCHES: Readonly<Record<string, ForeignKey['match']>> = { s: 'simple', f: 'full', p: 'partial' };

/** A table without its columns, which wait for their defaults. */
export type TableFrame = Omit<Table, 'columns'>;

/** All of a table that can be told before the defaults are read: the server prints them meanwhile. */
export function assembleFrame(relation: RawRelation, assembly: Assembly): TableFrame {
  const { catalog, rules } = assembly;
  const constraints = sortedBy(catalog.constraints.get(relation.oid) ?? [], (one) => one.name);
  let primary: PrimaryKey | null = null;
  const uniques: UniqueConstraint[] = [];
  const foreignKeys: ForeignKey[] = [];
  const checks: CheckConstraint[] = [];
  for (const one of constraints) {
    if (one.shape.kind === 'p') primary ??= primaryKey(one, relation);
    else if (one.shape.kind === 'u') uniques.push(uniqueConstraint(one, relation, catalog));
    else if (one.shape.kind === 'c') checks.push(check(one, rules));
    // One that stands for a partition of the referenced table is no constraint of its own.
    else if (one.shape.kind === 'f' && catalog.constraintRelations.get(one.parent) !== relation.oid)
      foreignKeys.push(foreignKey(one, relation, assembly));
  }
  return {
    key: relationKey(relation, assembly),
    schema: relation.schema,
    name: relation.name,
    primaryKey: primary,
    uniques,
    foreignKeys,
    checks,
    indexes: assembleIndexes(relation, constraints, assembly),
    unmodelled: unmodelledWords(relation, constraints, assembly),
    named: namesOfWords(constraints, assembly),
  };
}

/** The table that a frame is of. */
export function completeTable(frame: TableFrame, relation: RawRelation, assembly: ColumnAssembly): Table {
  const { key, schema, name, primaryKey, uniques, foreignKeys, checks, indexes, unmodelled, named } = frame;
  const columns = relation.columns.map((column) => assembleColumn(relation, column, assembly));
  return {
    key,
    schema,
    name,
    columns,
    primaryKey,
    uniques,
    foreignKeys,
    checks,
    indexes,
    unmodelled,
    ...(named === undefined ? {} : { named }),
  };
}

/** One column, of a table, a foreign table or a composite type: the same value for equal ones. */
export function assembleColumn(relation: RawRelation, column: RawColumn, assembly: ColumnAssembly): Column {
  const text = assembly.defaults.get(relation.oid)?.[column.number];
  const known = assembly.madeColumns.get(column)?.get(text ?? '');
  if (known !== undefined) return known;
  const made = makeColumn(relation, column, text, assembly);
  // The text names a sequence, which no other table has; whether the column owns it is this table's affair.
  if (!text?.startsWith('nextval')) rememberColumn(column, text ?? '', made, assembly);
  return made;
}

function rememberColumn(
  column: RawColumn,
  text: string,
  made: Column,
  { madeColumns }: ColumnAssembly,
): void {
  const byText = madeColumns.get(column);
  if (byText === undefined) madeColumns.set(column, new Map([[text, made]]));
  else byText.set(text, made);
}

function makeColumn(
  relation: RawRelation,
  column: RawColumn,
  text: string | undefined,
  assembly: ColumnAssembly,
): Column {
  const { names } = assembly.catalog;
  const type = names.types.get(column.type);
  if (type === undefined) throw unstable();
  const collation = explicitCollation(column, type, names);
  const generated = column.generated !== '';
  if (generated && text === undefined) throw unstable();
  return {
    name: column.name,
    type: canonicalType(type, assembly),
    nullable: !column.notNull,
    default:
      generated || text === undefined ? NO_DEFAULT : columnDefault(relation, column, text, type, assembly),
    identity: IDENTITIES[column.identity] ?? null,
    generated: generated
      ? {
          kind: column.generated === 'v' ? 'virtual' : 'stored',
          expression: canonicalExpression(text ?? '', assembly.rules),
        }
      : null,
    collation:
      collation === undefined ? null : { name: collation, databaseDefault: false, charsetDefault: false },
    extra: '',
  };
}

/** The name of the collation where it is not the type's own. */
function explicitCollation(column: RawColumn, type: TypeName, names: Names): string | undefined {
  const typesOwn = type.collation === NONE || type.collation === DEFAULT_COLLATION ? null : type.collation;
  if (column.collation === typesOwn) return undefined;
  // Only a domain with a collation of its own can be overruled by the database's.
  if (column.collation === null) return '"default"';
  const name = names.collations.get(column.collation);
  if (name === undefined) throw unstable();
  return name;
}

function canonicalType(type: TypeName, assembly: ColumnAssembly): CanonicalText {
  const known = assembly.madeTypes.get(type);
  if (known !== undefined) return known;
  const made = { raw: type.text, canonical: type.text };
  assembly.madeTypes.set(type, made);
  return made;
}

/** Whether a default is all the next value of a sequence that its column owns. */
function isOwnNextValue(
  text: string,
  relation: RawRelation,
  column: RawColumn,
  { catalog }: ColumnAssembly,
): boolean {
  if (!text.startsWith('nextval')) return false;
  const owned = catalog.extras.get(relation.oid) ?? [];
  return owned.some(
    ({ kind, state, name, sequence }) =>
      kind === 'sequence' &&
      state === 'a' &&
      sequence !== null &&
      name === String(column.number) &&
      isNextValueOf(sequence, text),
  );
}

function isNextValueOf(sequence: string, text: string): boolean {
  const quoted = sequence.replaceAll("'", "''");
  if (text === `nextval('${quoted}'::regclass)`) return true;
  // Backslashes are printed twice where standard_conforming_strings is off (`simple_quote_literal` in ruleutils.c).
  return sequence.includes('\\') && text === `nextval('${quoted.replaceAll('\\', '\\\\')}'::regclass)`;
}

function columnDefault(
  relation: RawRelation,
  column: RawColumn,
  text: string,
  type: TypeName,
  assembly: ColumnAssembly,
): ColumnDefault {
  if (isOwnNextValue(text, relation, column, assembly)) return { kind: 'sequence', raw: text };
  let ofType = assembly.madeDefaults.get(type);
  if (ofType === undefined) {
    ofType = new Map();
    assembly.madeDefaults.set(type, ofType);
  }
  const known = ofType.get(text);
  if (known !== undefined) return known;
  const made = canonicalDefault(text, type, assembly.rules);
  ofType.set(text, made);
  return made;
}

function primaryKey(one: RawConstraint, relation: RawRelation): PrimaryKey {
  return { name: one.name, columns: columnNames(relation, one.shape.columns) };
}

function deferrable(one: RawConstraint): Deferrable {
  if (one.shape.flags.has('deferred')) return 'initially-deferred';
  return one.shape.flags.has('deferrable') ? 'initially-immediate' : 'no';
}

function uniqueConstraint(one: RawConstraint, relation: RawRelation, catalog: RawCatalog): UniqueConstraint {
  return {
    name: one.name,
    columns: columnNames(relation, one.shape.columns),
    deferrable: deferrable(one),
    nullsNotDistinct: indexOf(one, catalog)?.shape.flags.has('nulls-not-distinct') ?? false,
  };
}

function foreignKey(one: RawConstraint, relation: RawRelation, assembly: Assembly): ForeignKey {
  const inScope = assembly.catalog.relations.get(one.referenced);
  const target = assembly.catalog.names.targets.get(one.referenced);
  if (inScope === undefined && target === undefined) throw unstable();
  const { onUpdate, onDelete, match } = one.shape;
  return {
    name: one.name,
    columns: columnNames(relation, one.shape.columns),
    referencedTable:
      inScope === undefined
        ? objectKey(target?.schema ?? '', target?.name ?? '', assembly.defaultSchema)
        : relationKey(inScope, assembly),
    referencedColumns:
      inScope === undefined
        ? one.shape.referencedColumns.map((number) => target?.columns[number] ?? '')
        : columnNames(inScope, one.shape.referencedColumns),
    onUpdate: ACTIONS[onUpdate] ?? 'no-action',
    onDelete: ACTIONS[onDelete] ?? 'no-action',
    match: MATCHES[match] ?? 'simple',
    deferrable: deferrable(one),
    validated: !one.shape.flags.has('not-valid'),
  };
}

function check(one: RawConstraint, rules: RuleSet): CheckConstraint {
  if (one.text === null) throw unstable();
  return {
    name: one.name,
    expression: canonicalExpression(one.text, rules),
    validated: !one.shape.flags.has('not-valid'),
  };
}
