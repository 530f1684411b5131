import type { CanonicalText, Collation, ColumnDefault } from '../../schema/snapshot.ts';
import {
  applies,
  type CatalogContext,
  collationName,
  expressionContext,
  expressionText,
  remembered,
  withRule,
} from './context.ts';
import { readExpression } from './expression.ts';
import { readQuoted } from './expression-lexer.ts';
import { type Expression, printExpression } from './expression-tree.ts';
import { canonicalBits, canonicalBytes, canonicalNumber, withoutPadding } from './literal.ts';
import type { ColumnRow } from './rows.ts';

const INTEGERS = /^(tinyint|smallint|mediumint|int|bigint|year)\(\d+\)/;
const NUMERIC = new Set('tinyint smallint mediumint int bigint decimal float double year'.split(' '));
const BINARY = new Set('binary varbinary tinyblob blob mediumblob longblob'.split(' '));

/** Whether the type is signed `tinyint(1)`, the family's boolean, which every server still prints with its width. */
function isBoolean(type: string): boolean {
  return type === 'tinyint(1)';
}

/**
 * A declared type in its one form: no display width but that of `tinyint(1)` and of ZEROFILL, where it shows in values (MySQL 8.0.19 release
 * notes, WL#13127); labels of ENUM and SET as they are; GEOMETRYCOLLECTION by its short name (MySQL 8.0.11).
 */
export function canonicalType(raw: string, context: CatalogContext): string {
  if (/^(?:enum|set)\(/i.test(raw)) return raw.replace(/^[a-z]+/i, (word) => word.toLowerCase());
  // MariaDB marks temporal columns of the format before 5.6 with a comment; the values are the same (KB, mysql56_temporal_format).
  const lower = raw.toLowerCase().replace(/ \/\* mariadb-5\.3 \*\/$/, '');
  const type = withRule(
    context,
    'geometry-collection-name',
    lower,
    lower.replace(/^geometrycollection/, 'geomcollection'),
  );
  if (isBoolean(type) || type.includes('zerofill')) return type;
  return withRule(context, 'integer-display-width', type, type.replace(INTEGERS, '$1'));
}

/** The type of a column; on MariaDB a JSON column is recognised by its check, which the caller has matched. */
export function columnType(row: ColumnRow, isJson: boolean, context: CatalogContext): CanonicalText {
  if (isJson) return { raw: row.type, canonical: withRule(context, 'mariadb-json', row.type, 'json') };
  return remembered(context.memory.types, row.type, () => ({
    raw: row.type,
    canonical: canonicalType(row.type, context),
  }));
}

/** The effective collation of a text column with its two marks (`versions.md` B2 rule 6); null for other types. */
export function columnCollation(row: ColumnRow, isJson: boolean, context: CatalogContext): Collation | null {
  const { collation } = row;
  if (collation === null || isJson) return null;
  return remembered(context.memory.collations, collation, () => {
    const name = collationName(collation, context);
    return {
      name,
      databaseDefault: name === context.databaseCollation,
      charsetDefault: context.charsetCollations.has(name),
    };
  });
}

/** `current_timestamp` in any of its spellings, with the rule for it; otherwise the expression's own form. */
function expressionDefault(raw: string, tree: Expression | null, context: CatalogContext): ColumnDefault {
  if (tree?.kind === 'call' && tree.name.length === 1 && tree.name[0] === 'current_timestamp') {
    const canonical = withRule(context, 'current-timestamp', raw, printExpression(tree));
    return { kind: 'expression', raw, canonical };
  }
  return { kind: 'expression', ...expressionText(raw, context) };
}

/** A literal's value in the one spelling that its column's type gives it. */
function literalDefault(raw: string, value: string, row: ColumnRow, context: CatalogContext): ColumnDefault {
  if (NUMERIC.has(row.dataType)) {
    const canonical = withRule(context, 'numeric-literal', value, canonicalNumber(value) ?? value);
    return { kind: 'literal', raw, canonical };
  }
  if (row.dataType === 'bit') {
    const canonical = withRule(context, 'binary-literal', value, canonicalBits(value) ?? value);
    return { kind: 'literal', raw, canonical };
  }
  if (BINARY.has(row.dataType)) {
    const bytes = canonicalBytes(value);
    const canonical = row.dataType === 'binary' ? withoutPadding(bytes) : bytes;
    return { kind: 'literal', raw, canonical: withRule(context, 'binary-literal', value, canonical) };
  }
  return { kind: 'literal', raw, canonical: value };
}

/** The value of a literal's tree, or null where the tree is no literal. */
function literalValue(tree: Expression | null): string | null {
  if (tree?.kind !== 'literal') return null;
  if (tree.type === 'string') return readQuoted(tree.text, 0, true)?.value ?? null;
  return tree.type === 'number' || /^[xb]'/.test(tree.text) ? tree.text : null;
}

/** A default given as SQL text: a literal when it is one, `NULL` for none, otherwise an expression. */
function defaultFromSql(raw: string, row: ColumnRow, context: CatalogContext): ColumnDefault {
  const tree = readExpression(raw, expressionContext(context));
  if (tree?.kind === 'literal' && tree.text === 'null') return { kind: 'none' };
  const value = literalValue(tree);
  return value === null ? expressionDefault(raw, tree, context) : literalDefault(raw, value, row, context);
}

/** MariaDB's COLUMN_DEFAULT: SQL text. A quoted value that the parser would not take whole is still a literal. */
function mariadbDefault(raw: string, row: ColumnRow, context: CatalogContext): ColumnDefault {
  if (raw === 'NULL') return { kind: 'none' };
  if (raw.startsWith("'")) {
    const quoted = readQuoted(raw, 0, true);
    if (quoted?.end === raw.length) return literalDefault(raw, quoted.value, row, context);
  }
  return defaultFromSql(raw, row, context);
}

/**
 * MySQL's default of the form `(…)`. A constant in parentheses is that constant, as MariaDB stores it (`versions.md` B2): `expression-form`.
 */
function generatedDefault(raw: string, row: ColumnRow, context: CatalogContext): ColumnDefault {
  const made = defaultFromSql(raw, row, context);
  if (made.kind === 'expression') return made;
  if (!applies(context, 'expression-form')) return { kind: 'expression', ...expressionText(raw, context) };
  context.rules.add('expression-form');
  return made;
}

/**
 * MySQL's COLUMN_DEFAULT: a literal's bare value, unless EXTRA says DEFAULT_GENERATED (8.0.13; manual, 26.3.8) or it is CURRENT_TIMESTAMP of a
 * temporal column, which before could be nothing else (5.7 manual, 11.2.6).
 */
function mysqlDefault(raw: string, row: ColumnRow, context: CatalogContext): ColumnDefault {
  const temporal = row.dataType === 'timestamp' || row.dataType === 'datetime';
  const generated =
    /\bDEFAULT_GENERATED\b/i.test(row.extra) || (temporal && /^current_timestamp(?:\(\d*\))?$/i.test(raw));
  return generated ? generatedDefault(raw, row, context) : literalDefault(raw, raw, row, context);
}

/** A column's default, read as this server writes it (`hazards.md` (c)), never by the shape of the text. */
export function columnDefault(row: ColumnRow, context: CatalogContext): ColumnDefault {
  if (row.defaultText === null || isGenerated(row)) return { kind: 'none' };
  const text = row.defaultText;
  return remembered(context.memory.defaults, `${row.dataType}\0${row.extra}\0${text}`, () =>
    context.flavor.quotesDefaults() ? mariadbDefault(text, row, context) : mysqlDefault(text, row, context),
  );
}

/** Whether the column is computed, whatever of it the server lets us see. */
export function isGenerated(row: ColumnRow): boolean {
  return row.extra !== '' && /\b(?:VIRTUAL|STORED|PERSISTENT) GENERATED\b/i.test(row.extra);
}

/**
 * Attributes that have no field of their own, in one order: `invisible`, `on update current_timestamp(3)`, `srid 4326`,
 * `without system versioning`. What the fields say already (`auto_increment`, generated, DEFAULT_GENERATED) is left out.
 */
export function columnExtra(row: ColumnRow, context: CatalogContext): string {
  if (row.extra === '' && row.spatialReference === null) return '';
  const lower = row.extra.toLowerCase();
  const update = /\bon update (\w+(?:\((\d*)\))?)/.exec(lower);
  const precision = update?.[2] ?? '';
  const onUpdate = update
    ? withRule(
        context,
        'current-timestamp',
        update[0].replace(/^on update /, ''),
        `current_timestamp${precision === '' || precision === '0' ? '' : `(${precision})`}`,
      )
    : null;
  const words = [
    onUpdate === null ? null : `on update ${onUpdate}`,
    /\binvisible\b/.test(lower) ? 'invisible' : null,
    /\bwithout system versioning\b/.test(lower) ? 'without system versioning' : null,
    row.spatialReference === null ? null : `srid ${row.spatialReference}`,
  ];
  return words.filter((word) => word !== null).join(', ');
}
