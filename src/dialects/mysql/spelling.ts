import type { KnownStructure } from '../../database/known.ts';
import { objectIdentity } from '../../schema/elements.ts';
import { objectKey } from '../../schema/object-key.ts';
import type {
  CanonicalText,
  Column,
  ForeignKey,
  Index,
  ObjectKey,
  SchemaObject,
  Snapshot,
  Table,
  UniqueConstraint,
} from '../../schema/snapshot.ts';
import { sortedBy } from '../../util/order.ts';
import type { RuleUse } from './context.ts';
import { sortedObjects } from './objects.ts';

/*
 * Names of columns are the same in whatever case (manual, 11.2.3), and names of tables are on servers with `lower_case_table_names` 1 or 2. A
 * chain recorded elsewhere may spell them otherwise than they are here: what is read is spelled as the chain spells it.
 */

/** Spells names as a chain does. */
export interface Speller {
  /** The key of a table or view. */
  key(key: ObjectKey): ObjectKey;
  snapshot(snapshot: Snapshot): Snapshot;
}

const AS_READ: Speller = { key: (key) => key, snapshot: (snapshot) => snapshot };

/** Whichever column of these versions is meant: the one of this name, or the latest whose name differs in case only; itself where there is none. */
function columnOf(versions: readonly Table[], name: string): string {
  const named = (is: (own: string) => boolean) =>
    versions
      .findLast(({ columns }) => columns.some((one) => is(one.name)))
      ?.columns.find((one) => is(one.name));
  const folded = name.toLowerCase();
  return (named((own) => own === name) ?? named((own) => own.toLowerCase() === folded))?.name ?? name;
}

/** A canonical text in pieces: constants, quoted names, and what is between them. */
const PIECES = /'(?:[^'\\]|\\[\s\S]|'')*'|`(?:[^`]|``)*`|[^'`]+|['`]/g;

/** The names in which two canonical texts differ, in case only; null where they differ in more. */
function namesApart(one: string, other: string): readonly (readonly [string, string])[] | null {
  const [left, right] = [one.match(PIECES) ?? [], other.match(PIECES) ?? []];
  if (left.length !== right.length) return null;
  const apart: (readonly [string, string])[] = [];
  for (const [at, piece] of left.entries()) {
    const partner = right[at] ?? '';
    if (piece === partner) continue;
    if (!piece.startsWith('`') || piece.toLowerCase() !== partner.toLowerCase()) return null;
    apart.push([piece.slice(1, -1), partner.slice(1, -1)]);
  }
  return apart;
}

/** The known text that is this one but for the case of such names as may differ in it; itself where there is none. */
function asKnown(
  texts: readonly string[],
  text: string,
  mayDiffer: (name: string) => boolean = () => true,
): string {
  if (texts.includes(text)) return text;
  const same = (known: string) =>
    namesApart(known, text)?.every(([one, other]) => mayDiffer(one) && mayDiffer(other));
  return texts.findLast((known) => same(known) === true) ?? text;
}

const textOf = (text: CanonicalText | null): string[] => (text === null ? [] : [text.canonical]);

/** How a chain spells the columns of one table, and the expressions in it. */
interface TableSpelling {
  column(name: string): string;
  text(text: string): string;
}

/** Whether some version has exactly these columns, in this order: nearly always, and cheap to tell. */
function isSpelledSo(versions: readonly Table[], { columns }: Table): boolean {
  return versions.some(
    (version) =>
      version.columns.length === columns.length &&
      version.columns.every(({ name }, at) => name === columns[at]?.name),
  );
}

/** Every canonical text of these versions. */
function textsOf(versions: readonly Table[]): string[] {
  return versions.flatMap((table) => [
    ...table.columns.flatMap(({ default: given, generated }) => [
      ...(given.kind === 'expression' ? [given.canonical] : []),
      ...textOf(generated?.expression ?? null),
    ]),
    ...table.checks.map(({ expression }) => expression.canonical),
    ...table.indexes.flatMap(({ parts }) => parts.flatMap(({ expression }) => textOf(expression))),
    ...table.unmodelled,
  ]);
}

function tableSpelling(versions: readonly Table[]): TableSpelling {
  const texts = textsOf(versions);
  return { column: (name) => columnOf(versions, name), text: (text) => asKnown(texts, text) };
}

/** `name`, or `name(10)` for a prefix. */
function keyColumn(text: string, columns: ReadonlySet<string>, spelling: TableSpelling): string {
  if (columns.has(text)) return spelling.column(text);
  const [, name = text, length = ''] = /^(.*?)(\(\d+\))$/s.exec(text) ?? [];
  return spelling.column(name) + length;
}

function canonicalText(text: CanonicalText, spelling: TableSpelling): CanonicalText {
  return { ...text, canonical: spelling.text(text.canonical) };
}

function spellColumn(column: Column, spelling: TableSpelling): Column {
  const { default: given, generated } = column;
  return {
    ...column,
    name: spelling.column(column.name),
    default: given.kind === 'expression' ? { ...given, ...canonicalText(given, spelling) } : given,
    generated:
      generated === null ? null : { ...generated, expression: canonicalText(generated.expression, spelling) },
  };
}

function spellIndex(index: Index, spelling: TableSpelling): Index {
  const parts = index.parts.map((part) => ({
    ...part,
    column: part.column === null ? null : spelling.column(part.column),
    expression: part.expression === null ? null : canonicalText(part.expression, spelling),
  }));
  return { ...index, parts };
}

/** The table in the spelling of its columns; the same value where they are spelled so already. */
function spellTable(table: Table, spelling: TableSpelling): Table {
  const columns = new Set(table.columns.map(({ name }) => name));
  if ([...columns].every((name) => spelling.column(name) === name)) return table;
  const keyColumns = (of: readonly string[]) => of.map((text) => keyColumn(text, columns, spelling));
  return {
    ...table,
    columns: table.columns.map((column) => spellColumn(column, spelling)),
    primaryKey:
      table.primaryKey === null
        ? null
        : { ...table.primaryKey, columns: keyColumns(table.primaryKey.columns) },
    uniques: table.uniques.map((one): UniqueConstraint => ({ ...one, columns: keyColumns(one.columns) })),
    foreignKeys: table.foreignKeys.map(
      (one): ForeignKey => ({ ...one, columns: one.columns.map(spelling.column) }),
    ),
    checks: table.checks.map((one) => ({ ...one, expression: canonicalText(one.expression, spelling) })),
    indexes: table.indexes.map((one) => spellIndex(one, spelling)),
    unmodelled: table.unmodelled.map(spelling.text),
  };
}

/** The foreign keys with what they refer to as the chain spells it; the same value where they have it so. */
function spellReferences(
  table: Table,
  spellKey: (key: ObjectKey) => ObjectKey,
  spellColumnOf: (table: ObjectKey, name: string) => string,
): Table {
  const spelled = table.foreignKeys.map((one): ForeignKey => {
    const referencedTable = spellKey(one.referencedTable);
    const referencedColumns = one.referencedColumns.map((name) => spellColumnOf(referencedTable, name));
    const same =
      referencedTable === one.referencedTable &&
      referencedColumns.every((name, at) => name === one.referencedColumns[at]);
    return same ? one : { ...one, referencedTable, referencedColumns };
  });
  return spelled.every((one, at) => one === table.foreignKeys[at])
    ? table
    : { ...table, foreignKeys: spelled };
}

/** The keys of a chain by what a server that folds names makes of them; of two that become one, the one that is so already. */
function keysByFolded({ tables, objects }: KnownStructure): ReadonlyMap<string, ObjectKey> {
  const ofObjects = [...objects.keys()].map((identity) => identity.slice(identity.indexOf(' ') + 1));
  const keys = [...tables.keys(), ...ofObjects];
  return new Map(
    [...keys, ...keys.filter((key) => key === key.toLowerCase())].map((key) => [key.toLowerCase(), key]),
  );
}

/**
 * A speller for a chain; without one, everything stays as it was read.
 *
 * - `column-name-case`: a column whose name differs from that of one of the chain in case only is that one. The chain's latest spelling is
 *   meant, unless the name is spelled as in some revision: a migration that changes the case of a name is told by it.
 * - `table-name-case`: the same of tables and views, on servers that fold their names.
 *
 * @param foldsTables whether names of tables that differ in case only are one name on this server.
 * @param rules whether one is to be applied, and who is told of each that made a difference.
 */
export function createSpeller(
  known: KnownStructure | undefined,
  foldsTables: boolean,
  rules: RuleUse,
): Speller {
  if (known === undefined) return AS_READ;
  const foldsKeys = foldsTables && rules.applies('table-name-case');
  const byFolded = foldsKeys ? keysByFolded(known) : new Map<string, ObjectKey>();
  const spellKey = (key: ObjectKey) => byFolded.get(key) ?? key;
  const versionsOf = (key: ObjectKey) => known.tables.get(key) ?? [];
  const respellsColumns = rules.applies('column-name-case');
  const spelledTable = (table: Table, defaultSchema: string): Table => {
    const key = spellKey(table.key);
    const named = key === table.key ? table : { ...table, key };
    if (named !== table && key !== objectKey(table.schema, table.name, defaultSchema))
      rules.use('table-name-case');
    const asIs = !respellsColumns || isSpelledSo(versionsOf(key), table);
    const spelled = asIs ? named : spellTable(named, tableSpelling(versionsOf(key)));
    if (spelled !== named) rules.use('column-name-case');
    return spellReferences(spelled, spellKey, (referenced, name) =>
      respellsColumns ? columnOf(versionsOf(referenced), name) : name,
    );
  };
  const spelledObject = (object: SchemaObject, isTable: (name: string) => boolean): SchemaObject => {
    const key = spellKey(object.key);
    const named = key === object.key ? object : { ...object, key };
    if (object.kind !== 'view') return named;
    const texts = (known.objects.get(objectIdentity(named)) ?? []).map(({ definition }) => definition);
    const mayDiffer = (name: string) => (isTable(name) ? foldsKeys : respellsColumns);
    const definition = asKnown(texts, object.definition, mayDiffer);
    if (definition === object.definition) return named;
    const apart = namesApart(definition, object.definition) ?? [];
    rules.use(apart.some(([name]) => isTable(name)) ? 'table-name-case' : 'column-name-case');
    return { ...named, definition };
  };
  return {
    key: spellKey,
    snapshot: (snapshot) => {
      const { tables, objects } = snapshot;
      // Of what the chain knows, a key is enough of a name: where it is more, the database has the name too, or the chain's table is not there.
      const names = [...tables, ...objects].map(({ name }) => name).concat([...known.tables.keys()]);
      const folded = new Set(names.map((name) => name.toLowerCase()));
      return {
        ...snapshot,
        tables: sortedBy(
          tables.map((table) => spelledTable(table, snapshot.schemas[0] ?? '')),
          (table) => table.key,
        ),
        objects: sortedObjects(
          objects.map((object) => spelledObject(object, (name) => folded.has(name.toLowerCase()))),
        ),
      };
    },
  };
}
