import { parseObjectKey } from '../../schema/object-key.ts';
import type { Column, ColumnDefault, ObjectKey } from '../../schema/snapshot.ts';
import { identityText } from './ddl-columns.ts';
import { canBeNamed, dollarQuoted, nameBeside, sqlName } from './ddl-names.ts';
import { mostOf } from './ddl-types.ts';
import { quoteIdentifier, quoteLiteral } from './quote.ts';

/** The name of the sequence that a column owns, as the server tells it, quoted where it must be (manual, 9.27.5). */
export function ownedSequence(table: string, column: string): string {
  return `pg_get_serial_sequence(${quoteLiteral(table)}, ${quoteLiteral(column)})`;
}

/** A statement about the sequence that a column owns, whose name only the server knows. */
export function alterOwnedSequence(table: string, column: string, what: string): string {
  const format = quoteLiteral(`ALTER SEQUENCE %s ${what}`);
  return `DO ${dollarQuoted(`BEGIN EXECUTE format(${format}, ${ownedSequence(table, column)}); END`)}`;
}

/** What `nextval('name'::regclass)` takes its values from, as a name in SQL; null for any other text. */
function sequenceNamed(expression: string): string | null {
  const name = /^nextval\('((?:[^']|'')*)'::regclass\)$/.exec(expression)?.[1];
  return name?.replaceAll("''", "'") ?? null;
}

/** The first value after all that the column has; from 1 on, where a sequence begins. Null for what is no number. */
function afterLargest({ name, type }: Column): string | null {
  const isNumber = mostOf(type.canonical) !== null || /^numeric(?:\(|$)/.test(type.canonical);
  return isNumber ? `greatest(ceil(coalesce(max(${quoteIdentifier(name)}), 0))::bigint, 0) + 1` : null;
}

/** The sequence that the column took its values from becomes its own; null where the default is more than that. */
export function ownSequence(
  table: ObjectKey,
  { name }: Column,
  expression: string,
): readonly string[] | null {
  const sequence = sequenceNamed(expression);
  if (sequence === null) return null;
  return [
    `ALTER SEQUENCE ${sequence} OWNED BY ${sqlName(table)}.${quoteIdentifier(name)}`,
    `ALTER TABLE ${sqlName(table)} ALTER COLUMN ${quoteIdentifier(name)} SET DEFAULT nextval(${quoteLiteral(sequence)}::regclass)`,
  ];
}

/** The name that `serial` gives (manual, 8.1.4), cut so that it fits. */
function serialName(table: ObjectKey, column: string): string {
  let stem = [...`${parseObjectKey(table).name}_${column}`];
  while (!canBeNamed(`${stem.join('')}_seq`)) stem = stem.slice(0, -1);
  return nameBeside(table, `${stem.join('')}_seq`);
}

/**
 * A column that has no default takes its values from a sequence of its own, going on after the largest value; from the one that it still owns where
 * only the default was taken away. Null where values are no numbers.
 */
export function newSequence(table: ObjectKey, column: Column): readonly string[] | null {
  const [relation, name] = [sqlName(table), quoteIdentifier(column.name)];
  const next = afterLargest(column);
  const own = ownedSequence(relation, column.name);
  const type = mostOf(column.type.canonical) === null ? '' : ` AS ${column.type.canonical}`;
  if (next === null) return null;
  const setDefault = quoteLiteral(
    `${plain(`ALTER TABLE ${relation} ALTER COLUMN ${name}`)} SET DEFAULT nextval(%L::regclass)`,
  );
  const body = [
    'BEGIN',
    `  IF ${own} IS NULL THEN`,
    `    CREATE SEQUENCE ${serialName(table, column.name)}${type} OWNED BY ${relation}.${name};`,
    '  END IF;',
    // Locks the table, so that no larger value comes in between.
    `  EXECUTE format(${setDefault}, ${own});`,
    `  PERFORM setval(${own}, greatest(${next}, nextval(${own})), false) FROM ${relation};`,
    'END',
  ];
  return [`DO ${dollarQuoted(`\n${body.join('\n')}\n`)}`];
}

/** Lets a new identity go on after the largest value, and after what the former default would have given; null where values are no numbers. */
export function restartIdentity(table: ObjectKey, column: Column, was: ColumnDefault): string | null {
  const sequence = was.kind === 'expression' ? sequenceNamed(was.canonical) : null;
  const next = afterLargest(column);
  const from = sequence === null ? next : `greatest(${next}, nextval(${quoteLiteral(sequence)}::regclass))`;
  const relation = sqlName(table);
  return next && `SELECT setval(${ownedSequence(relation, column.name)}, ${from}, false) FROM ${relation}`;
}

const PARAMETERS = 'START WITH %s INCREMENT BY %s MINVALUE %s MAXVALUE %s CACHE %s %s';

/** Their values, of the row `one` of `pg_sequence`. */
function parameterValues({ type }: Column): string {
  const most = mostOf(type.canonical);
  const maximum = most === null ? 'one.seqmax' : `least(one.seqmax, ${most})`;
  return `one.seqstart, one.seqincrement, one.seqmin, ${maximum}, one.seqcache, CASE WHEN one.seqcycle THEN 'CYCLE' ELSE 'NO CYCLE' END`;
}

/** A block that reads the column's sequence, does something, and lets the sequence that is there then go on where the former was. */
function goingOn(
  table: ObjectKey,
  column: Column,
  steps: (alter: string, relation: string) => readonly string[],
): string {
  const relation = sqlName(table);
  const own = ownedSequence(relation, column.name);
  const alter = `ALTER TABLE ${relation} ALTER COLUMN ${quoteIdentifier(column.name)}`;
  const body = [
    'DECLARE',
    `  was regclass := ${own};`,
    '  named text := was::text;',
    '  one pg_catalog.pg_sequence;',
    '  next_value bigint;',
    'BEGIN',
    // A transaction that has the next number in hand is waited for.
    `  LOCK TABLE ${relation} IN ACCESS EXCLUSIVE MODE;`,
    '  next_value := nextval(was);',
    '  SELECT * INTO STRICT one FROM pg_catalog.pg_sequence WHERE seqrelid = was;',
    ...steps(alter, relation).map((step) => `  ${step};`),
    `  PERFORM setval(${own}, next_value, false);`,
    'END',
  ];
  return `DO ${dollarQuoted(`\n${body.join('\n')}\n`)}`;
}

/** A name within the text that `format` takes (manual, 9.4.1). */
function plain(text: string): string {
  return text.replaceAll('%', '%%');
}

/** The sequence that the column owns becomes its identity. */
export function identityFromSequence(table: ObjectKey, column: Column): string {
  const identity = identityText(column.identity) ?? '';
  return goingOn(table, column, (alter) => [
    `${alter} DROP DEFAULT`,
    `EXECUTE format('DROP SEQUENCE %s', named)`,
    `EXECUTE format(${quoteLiteral(`${plain(alter)} ADD ${identity} (${PARAMETERS})`)}, ${parameterValues(column)})`,
  ]);
}

/** The identity becomes a sequence that the column owns, under the same name. */
export function sequenceFromIdentity(table: ObjectKey, column: Column): string {
  const type = mostOf(column.type.canonical) === null ? '' : ` AS ${column.type.canonical}`;
  return goingOn(table, column, (alter, relation) => {
    const owner = plain(`${relation}.${quoteIdentifier(column.name)}`);
    const create = quoteLiteral(`CREATE SEQUENCE %s${type} ${PARAMETERS} OWNED BY ${owner}`);
    return [
      `${alter} DROP IDENTITY`,
      `EXECUTE format(${create}, named, ${parameterValues(column)})`,
      `EXECUTE format(${quoteLiteral(`${plain(alter)} SET DEFAULT nextval(%L::regclass)`)}, named)`,
    ];
  });
}
