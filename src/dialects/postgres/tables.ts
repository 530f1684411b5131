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
import { type Assembly, columnNames } from './assembly.ts';
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
import type { RuleSet } from './rewrites.ts';
import { unstable } from './rows.ts';
import { unmodelledWords } from './unmodelled.ts';

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

/** One table with all that belongs to it. */
export function assembleTable(relation: RawRelation, assembly: Assembly): Table {
  const { catalog, rules } = assembly;
  const constraints = sortedBy(catalog.constraints.get(relation.oid) ?? [], (one) => one.name);
  const ofKind = (kind: string): RawConstraint[] => constraints.filter((one) => one.kind === kind);
  const primary = ofKind('p')[0];
  return {
    key: objectKey(relation.schema, relation.name, assembly.defaultSchema),
    schema: relation.schema,
    name: relation.name,
    columns: relation.columns.map((column) => assembleColumn(relation, column, assembly)),
    primaryKey: primary === undefined ? null : primaryKey(primary, relation),
    uniques: ofKind('u').map((one) => uniqueConstraint(one, relation, catalog)),
    foreignKeys: ofKind('f')
      .filter((one) => catalog.constraintRelations.get(one.parent) !== relation.oid)
      .map((one) => foreignKey(one, relation, assembly)),
    checks: ofKind('c').map((one) => check(one, rules)),
    indexes: assembleIndexes(relation, constraints, assembly),
    unmodelled: unmodelledWords(relation, constraints, assembly),
  };
}

/** One column, of a table, a foreign table or a composite type. */
export function assembleColumn(relation: RawRelation, column: RawColumn, assembly: Assembly): Column {
  const { names } = assembly.catalog;
  const type = names.types.get(column.typeKey);
  if (type === undefined) throw unstable();
  const collation = explicitCollation(column, type, names);
  const text = assembly.catalog.defaults.get(relation.oid)?.get(column.number);
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

function canonicalType(type: TypeName, assembly: Assembly): CanonicalText {
  const known = assembly.types.get(type);
  if (known !== undefined) return known;
  const made = { raw: type.text, canonical: type.text };
  assembly.types.set(type, made);
  return made;
}

/** The whole text of a sequence's next value; which sequence it is, its dependencies say. */
const NEXT_VALUE = /^nextval\('(?:[^']|'')*'::regclass\)$/;

function columnDefault(
  relation: RawRelation,
  column: RawColumn,
  text: string,
  type: TypeName,
  assembly: Assembly,
): ColumnDefault {
  if (NEXT_VALUE.test(text)) {
    const owned = assembly.catalog.extras
      .get(relation.oid)
      ?.some(
        (one) =>
          one.kind === 'sequence' && one.state === 'a' && one.flag && one.name === String(column.number),
      );
    if (owned) return { kind: 'sequence', raw: text };
  }
  const memo = `${type.castName}\n${type.baseCastName ?? ''}\n${text}`;
  const known = assembly.defaults.get(memo);
  if (known !== undefined) return known;
  const made = canonicalDefault(text, type, assembly.rules);
  assembly.defaults.set(memo, made);
  return made;
}

function primaryKey(one: RawConstraint, relation: RawRelation): PrimaryKey {
  return { name: one.name, columns: columnNames(relation, one.columns) };
}

function deferrable(one: RawConstraint): Deferrable {
  if (one.flags.has('deferred')) return 'initially-deferred';
  return one.flags.has('deferrable') ? 'initially-immediate' : 'no';
}

function uniqueConstraint(one: RawConstraint, relation: RawRelation, catalog: RawCatalog): UniqueConstraint {
  return {
    name: one.name,
    columns: columnNames(relation, one.columns),
    deferrable: deferrable(one),
    nullsNotDistinct: catalog.indexesByOid.get(one.index)?.flags.has('nulls-not-distinct') ?? false,
  };
}

function foreignKey(one: RawConstraint, relation: RawRelation, assembly: Assembly): ForeignKey {
  const inScope = assembly.catalog.relations.get(one.referenced);
  const { target } = one;
  if (inScope === undefined && target === null) throw unstable();
  const schema = inScope?.schema ?? target?.schema ?? '';
  const name = inScope?.name ?? target?.name ?? '';
  const [onUpdate = '', onDelete = '', match = ''] = one.rules;
  return {
    name: one.name,
    columns: columnNames(relation, one.columns),
    referencedTable: objectKey(schema, name, assembly.defaultSchema),
    referencedColumns:
      inScope === undefined
        ? one.referencedColumns.map((number) => target?.columns[number] ?? '')
        : columnNames(inScope, one.referencedColumns),
    onUpdate: ACTIONS[onUpdate] ?? 'no-action',
    onDelete: ACTIONS[onDelete] ?? 'no-action',
    match: MATCHES[match] ?? 'simple',
    deferrable: deferrable(one),
    validated: !one.flags.has('not-valid'),
  };
}

function check(one: RawConstraint, rules: RuleSet): CheckConstraint {
  if (one.text === null) throw unstable();
  return {
    name: one.name,
    expression: canonicalExpression(one.text, rules),
    validated: !one.flags.has('not-valid'),
  };
}
