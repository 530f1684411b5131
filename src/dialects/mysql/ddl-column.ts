import { characterSetOf } from '../../schema/collation.ts';
import type { CheckConstraint, Collation, Column, ObjectKey } from '../../schema/snapshot.ts';
import { sqlExpression } from './ddl-expression.ts';
import { alterTable } from './ddl-names.ts';
import { quoteName, quoteString } from './expression-tree.ts';

/** Types whose literal default MySQL takes only as an expression (manual, 13.6 Data Type Default Values); MariaDB takes both. */
const NO_LITERAL_DEFAULT =
  /^(?:tiny|medium|long)?(?:text|blob)\b|^(?:json|geometry|geom\w*|point|linestring|polygon|multi\w+)\b/;
const BYTES_OR_BITS = /^(?:x'[0-9a-f]*'|b'[01]+')$/;
/** Given to a column for the moment of its making, see `columnDefinition`; any time that every mode takes. */
const PASSING_TIME = `'2000-01-01 00:00:00'`;

/** How a column's collation is to come about. */
export type CollationWish = 'as-expected' | { readonly keep: Collation | null };

/** A collation by the name that every server takes: `utf8_…` also where the catalog says `utf8mb3_…` (MariaDB before 10.6 knows no other). */
function collateClause(name: string): string {
  return name.startsWith('utf8mb3_')
    ? ` character set utf8mb3 collate ${name.replace(/^utf8mb3_/, 'utf8_')}`
    : ` collate ${name}`;
}

/**
 * What nobody chose is not written: it comes from the table, and so from the database, unless somebody changed the table's default. Where only
 * the character set was chosen, its collation is the server's affair.
 */
function collation(column: Column, wish: CollationWish): string {
  const wanted = wish === 'as-expected' ? column.collation : wish.keep;
  if (wanted === null) return '';
  if (wish !== 'as-expected') return collateClause(wanted.name);
  if (wanted.databaseDefault) return '';
  return wanted.charsetDefault ? ` character set ${characterSetOf(wanted)}` : collateClause(wanted.name);
}

/**
 * The collation that a table is given for columns yet to come: that of its text columns, where there are several and all have the same one by
 * choice. The model does not say that it was the table that was given it, but whoever chose it for all of them chose it there. Otherwise nothing.
 */
export function tableCollation(columns: readonly Column[]): string {
  const clauses = columns
    .filter((column) => column.collation !== null)
    .map((column) => collation(column, 'as-expected'));
  const [first = ''] = clauses;
  return clauses.length > 1 && clauses.every((clause) => clause === first) ? first : '';
}

/** The canonical type as every server takes it: MariaDB knows GEOMETRYCOLLECTION by its long name only, and reads `/*M!` in upper case only. */
function typeText(canonical: string): string {
  return /^(?:enum|set)\(/.test(canonical)
    ? canonical
    : canonical.replace(/^geomcollection/, 'geometrycollection').replace('/*m!', '/*M!');
}

/** `current_timestamp` of the column's own precision, which stands bare; any other expression stands in parentheses (manual, 13.6). */
function isOwnTimestamp(column: Column, expression: string): boolean {
  const precision = /^current_timestamp(?:\((\d)\))?$/.exec(expression);
  const type = /^(?:timestamp|datetime)(?:\((\d)\))?$/.exec(column.type.canonical);
  return precision !== null && type !== null && precision[1] === type[1];
}

/** ` default …`, nothing where there is none, or null where it cannot be written. Numbers are quoted: no digit of a long one is lost. */
function defaultText(column: Column): string | null {
  const given = column.default;
  switch (given.kind) {
    case 'none':
      return '';
    case 'literal': {
      const { canonical } = given;
      const asBytes = /^(?:bit|binary|varbinary|(?:tiny|medium|long)?blob)\b/.test(column.type.canonical);
      if (asBytes && !BYTES_OR_BITS.test(canonical)) return null;
      const value = asBytes ? canonical : quoteString(canonical);
      return NO_LITERAL_DEFAULT.test(column.type.canonical) ? ` default (${value})` : ` default ${value}`;
    }
    case 'expression': {
      const expression = sqlExpression(given.canonical);
      if (expression === null) return null;
      return isOwnTimestamp(column, expression) ? ` default ${expression}` : ` default (${expression})`;
    }
    case 'sequence':
    case 'varying':
      return null;
  }
}

/** The attributes of `Column.extra`, each as SQL after the others. */
function extraText(extra: string): string | null {
  if (extra === '') return '';
  const known =
    /^(?:on update current_timestamp(?:\(\d\))?|invisible|without system versioning|srid \d+)(?:, |$)/;
  for (let rest = extra; rest !== ''; ) {
    const word = known.exec(rest)?.[0];
    if (word === undefined) return null;
    rest = rest.slice(word.length);
  }
  return ` ${extra.replaceAll(', ', ' ')}`;
}

function generatedText(column: Column): string | null {
  if (column.generated === null) return null;
  const { kind, expression } = column.generated;
  // The bounds of system versioning (KB, System-Versioned Tables) are NOT NULL by themselves.
  if (/^row (?:start|end)$/.test(expression.canonical)) return ` generated always as ${expression.canonical}`;
  const text = sqlExpression(expression.canonical);
  if (text === null) return null;
  // MariaDB has no NOT NULL here; where it is expected, MySQL alone can have it, and MariaDB says so.
  return ` generated always as (${text}) ${kind}${column.nullable ? '' : ' not null'}`;
}

/**
 * Whether a server with explicit_defaults_for_timestamp off (MariaDB before 10.10) would make up a default: a `timestamp not null` without one
 * (manual, 7.1.8). Such a column is made with a passing default, which `withoutPassingDefault` takes away.
 */
function hasPassingDefault(column: Column): boolean {
  return (
    /^timestamp\b/.test(column.type.canonical) &&
    !column.nullable &&
    column.default.kind === 'none' &&
    column.generated === null
  );
}

/** What has to follow the statement that makes these columns. */
export function withoutPassingDefault(table: ObjectKey, columns: readonly Column[]): readonly string[] {
  const actions = columns
    .filter(hasPassingDefault)
    .map((column) => `alter column ${quoteName(column.name)} drop default`);
  return actions.length === 0 ? [] : [alterTable(table, ...actions)];
}

/** A column's definition, its name first; null where the model does not say enough. */
export function columnDefinition(column: Column, wish: CollationWish = 'as-expected'): string | null {
  const head = `${quoteName(column.name)} ${typeText(column.type.canonical)}${collation(column, wish)}`;
  const extra = extraText(column.extra);
  if (extra === null || (column.identity !== null && column.identity !== 'auto-increment')) return null;
  if (column.generated !== null) {
    const generated = generatedText(column);
    return generated === null ? null : `${head}${generated}${extra}`;
  }
  const given = hasPassingDefault(column) ? ` default ${PASSING_TIME}` : defaultText(column);
  if (given === null) return null;
  // NULL is written because a TIMESTAMP is not nullable by itself where explicit_defaults_for_timestamp is off.
  const identity = column.identity === null ? '' : ' auto_increment';
  return `${head} ${column.nullable ? 'null' : 'not null'}${given}${identity}${extra}`;
}

/** Whether a check carries the name of a column that it is about, as MariaDB names one that is part of a column's definition. */
export function isNamedAsColumn(check: CheckConstraint): boolean {
  return check.expression.canonical.includes(quoteName(check.name));
}

/**
 * MODIFY with the whole definition. On MariaDB a column's own check is part of it and would be lost, so it is written again for MariaDB alone,
 * in a comment that MariaDB executes (KB, Comment Syntax); on MySQL every check is the table's.
 */
export function modifyColumn(
  column: Column,
  wish: CollationWish,
  checks: readonly CheckConstraint[],
): string | null {
  const definition = columnDefinition(column, wish);
  const own = checks.filter(
    (check) => check.name.toLowerCase() === column.name.toLowerCase() && isNamedAsColumn(check),
  );
  const texts = own.map((check) => sqlExpression(check.expression.canonical));
  if (definition === null || texts.some((text) => text === null || text.includes('*/'))) return null;
  return `modify column ${definition}${texts.map((text) => ` /*M!100201 check (${text}) */`).join('')}`;
}
