import type { Introspection, IntrospectOptions, ServerFacts } from '../../database/dialect.ts';
import { withoutProvided } from '../../database/provided.ts';
import type { Session, TextRow } from '../../database/session.ts';
import { AdoptError } from '../../errors.ts';
import type { ObjectKey, SchemaObject, Snapshot, Table } from '../../schema/snapshot.ts';
import { sortedBy, uniqueSorted } from '../../util/order.ts';
import { type CatalogContext, collationName, emptyMemory, type RuleName } from './context.ts';
import { readCreateTables } from './create-table.ts';
import { type Flavor, flavorOf } from './flavor.ts';
import {
  partitionNotes,
  routineObject,
  sequenceObject,
  sequencesQuery,
  sortedObjects,
  triggerNotes,
  viewObject,
} from './objects.ts';
import { tablesUnderChange } from './online-change.ts';
import { PROVIDED } from './provided.ts';
import {
  type BoundQuery,
  columnsQuery,
  constraintsQuery,
  detailsQuery,
  FOREIGN_KEY_COLUMNS_QUERY,
  PARTITIONS_QUERY,
  settingsQuery,
  statisticsQuery,
  TABLES_QUERY,
} from './queries.ts';
import {
  type ColumnRow,
  columnRow,
  type DetailRows,
  detailRows,
  type ForeignKeyRow,
  foreignKeyRow,
  groupBy,
  type IndexRow,
  indexRow,
  type PartitionRow,
  partitionRow,
  type RuleRow,
  type TableRow,
  tableRow,
} from './rows.ts';
import { createSpeller } from './spelling.ts';
import { buildTable, tableKey } from './tables.ts';
import { timestampSetting } from './timestamp-setting.ts';
import { judgeVisibility, readGrants } from './visibility.ts';

/** What one schema gave. */
interface SchemaPart {
  readonly tables: readonly Table[];
  readonly objects: readonly SchemaObject[];
  readonly hidden: readonly ObjectKey[];
  readonly hiddenRoutines: readonly ObjectKey[];
}

/** What one schema's catalog says, before anything is made canonical. */
interface SchemaRows {
  readonly context: ContextFacts;
  readonly listed: readonly TableRow[];
  readonly tables: readonly TableRow[];
  readonly columns: ReadonlyMap<string, readonly ColumnRow[]>;
  readonly indexes: ReadonlyMap<string, readonly IndexRow[]>;
  readonly foreignKeys: ReadonlyMap<string, readonly ForeignKeyRow[]>;
  readonly rules: ReadonlyMap<string, readonly RuleRow[]>;
  readonly details: DetailRows;
  readonly partitions: ReadonlyMap<string, readonly PartitionRow[]>;
  readonly periods: ReadonlyMap<string, readonly string[]>;
  readonly sequences: readonly TextRow[];
}

const TABLE_TYPES = new Set(['BASE TABLE', 'SYSTEM VERSIONED']);

/** What the catalog says of server, session and schema. */
interface ContextFacts
  extends Pick<
    CatalogContext,
    'flavor' | 'schema' | 'defaultSchema' | 'ansiQuotes' | 'foldCase' | 'literalGrants'
  > {
  /** As the server names it. */
  readonly databaseCollation: string;
  /** The default collation of each character set, as the server names them. */
  readonly charsetCollations: readonly string[];
  /** `explicit_defaults_for_timestamp`. */
  readonly explicitTimestamps: 'ON' | 'OFF';
}

async function readContext(
  session: Session,
  flavor: Flavor,
  schema: string,
  defaultSchema: string,
): Promise<ContextFacts> {
  const rows = await session.query(settingsQuery(flavor), [schema]);
  const of = (kind: string): readonly TextRow[] => rows.filter((row) => row[0] === kind);
  const setting = (name: string) => of('setting').find((row) => row[1] === name)?.[2] ?? '';
  const own = of('schema')[0];
  if (!own) {
    throw new AdoptError('DETECT.NO_SCHEMA', `There is no database "${schema}" that this user may see.`, {
      hint: 'Check its name, and that the user has a privilege on it (SHOW DATABASES lists what it sees).',
    });
  }
  const modes = new Set(setting('sql_mode').split(','));
  return {
    flavor,
    schema,
    defaultSchema,
    ansiQuotes: modes.has('ANSI_QUOTES'),
    foldCase: setting('lower_case_table_names') !== '0',
    literalGrants: setting('partial_revokes') === '1',
    databaseCollation: own[2] ?? '',
    charsetCollations: of('charset').map((row) => row[2] ?? ''),
    explicitTimestamps: setting('explicit_defaults_for_timestamp') === 'OFF' ? 'OFF' : 'ON',
  };
}

/** The rules that reading made use of, and those it may not. */
type Reading = Pick<CatalogContext, 'rules' | 'off'>;

/** The context of one way of making a catalog canonical. */
function contextOf(facts: ContextFacts, reading: Reading): CatalogContext {
  const context: CatalogContext = {
    ...facts,
    ...reading,
    databaseCollation: '',
    charsetCollations: new Set(),
    unread: new Set(),
    memory: emptyMemory(),
  };
  // Which names of character sets the server knows is no use of a rule.
  const silent = { ...context, rules: new Set<RuleName>() };
  return {
    ...context,
    databaseCollation: collationName(facts.databaseCollation, context),
    charsetCollations: new Set(facts.charsetCollations.map((name) => collationName(name, silent))),
  };
}

/** Left-overs of an interrupted ALTER TABLE, which are no table of anybody's (MySQL 8.0 manual, 17.12.1). */
function isLeftover(name: string): boolean {
  return name.startsWith('#sql') || name.startsWith('#mysql50##sql');
}

function askBound(session: Session, query: BoundQuery, schema: string): Promise<readonly TextRow[]> {
  return session.query(query.sql, Array<string>(query.bindings).fill(schema));
}

async function readSequences(
  session: Session,
  tables: readonly TableRow[],
  { flavor, schema }: ContextFacts,
): Promise<readonly TextRow[]> {
  const names = tables.filter((table) => table.type === 'SEQUENCE').map((table) => table.name);
  if (names.length === 0 || !flavor.hasSequences()) return [];
  const rows = await session.query(sequencesQuery(schema, names));
  return rows.map(([position = null, ...values]) => [names[Number(position)] ?? null, ...values]);
}

function buildObjects(
  details: DetailRows,
  context: CatalogContext,
): { objects: SchemaObject[]; hidden: ObjectKey[]; hiddenRoutines: ObjectKey[] } {
  const objects: SchemaObject[] = [];
  const hidden: ObjectKey[] = [];
  const hiddenRoutines: ObjectKey[] = [];
  for (const row of details.views) {
    const view = viewObject(row, context);
    if (view) objects.push(view);
    else hidden.push(tableKey(context.schema, row.name, context));
  }
  const parameters = groupBy(details.parameters, (row) => row.routine);
  for (const row of details.routines) {
    const routine = routineObject(row, parameters.get(row.name) ?? [], context);
    if (routine) objects.push(routine);
    else hiddenRoutines.push(tableKey(context.schema, row.name, context));
  }
  return { objects, hidden, hiddenRoutines };
}

async function readSchema(session: Session, context: ContextFacts): Promise<SchemaRows> {
  const { flavor, schema } = context;
  const ask = (sql: string) => session.query(sql, [schema]);
  const useColumn = flavor.indexUseColumn();
  // All asked at once: mysql2 sends each when the answer before has come, so that the server works while that one is taken apart.
  const [listed, columns, indexes, foreignKeyRows, constraintRows] = await Promise.all([
    ask(TABLES_QUERY).then((rows) => rows.map(tableRow).filter((table) => !isLeftover(table.name))),
    ask(columnsQuery(flavor)).then((rows) => groupBy(rows.map(columnRow), (row) => row.table)),
    ask(statisticsQuery(flavor)).then((rows) =>
      groupBy(
        rows.map((row) => indexRow(row, useColumn)),
        (row) => row.table,
      ),
    ),
    ask(FOREIGN_KEY_COLUMNS_QUERY).then((rows) => rows.map(foreignKeyRow)),
    askBound(session, constraintsQuery(flavor), schema),
  ]);
  const hasViews = listed.some((table) => table.type.endsWith('VIEW'));
  const details = detailRows([
    ...constraintRows,
    ...(await askBound(session, detailsQuery(hasViews), schema)),
  ]);
  const created = await readCreateTables(session, context, foreignKeyRows, details.rules, details.checks);
  const tables = listed.filter((table) => TABLE_TYPES.has(table.type));
  const partitioned = tables.some((table) => /\bpartitioned\b/.test(table.options));
  return {
    context,
    listed,
    tables,
    columns,
    indexes,
    foreignKeys: groupBy(foreignKeyRows, (row) => row.table),
    rules: groupBy([...details.rules, ...created.rules], (row) => row.table),
    details,
    partitions: groupBy(
      partitioned ? (await ask(PARTITIONS_QUERY)).map(partitionRow) : [],
      (row) => row.table,
    ),
    periods: created.notes,
    sequences: await readSequences(session, listed, context),
  };
}

/** What one schema's catalog comes to in canonical form. */
function buildSchema(rows: SchemaRows, reading: Reading, exclude: IntrospectOptions['exclude']): SchemaPart {
  const context = contextOf(rows.context, reading);
  const { schema } = context;
  const { details, rules } = rows;
  const excluded = new Set(exclude.map((table) => tableKey(table.schema, table.name, context)));
  const checks = groupBy(details.checks, (row) => row.table);
  const triggers = groupBy(details.triggers, (row) => row.table);
  const built = rows.tables
    .filter((table) => !excluded.has(tableKey(schema, table.name, context)))
    .map((table) =>
      buildTable(
        {
          table,
          columns: rows.columns.get(table.name) ?? [],
          indexes: rows.indexes.get(table.name) ?? [],
          foreignKeys: rows.foreignKeys.get(table.name) ?? [],
          rules: rules.get(table.name) ?? [],
          checks: checks.get(table.name) ?? [],
          unmodelled: [
            ...triggerNotes(triggers.get(table.name) ?? []),
            ...partitionNotes(rows.partitions.get(table.name) ?? []),
            ...(rows.periods.get(table.name) ?? []),
          ],
        },
        context,
      ),
    );
  const { objects, hidden, hiddenRoutines } = buildObjects(details, context);
  // A foreign key whose rules nobody tells is hidden, not one that restricts.
  const ruleless = built
    .filter((table) => {
      const known = new Set((rules.get(table.name) ?? []).map((rule) => rule.name));
      return table.foreignKeys.some((foreignKey) => !known.has(foreignKey.name));
    })
    .map((table) => table.key);
  const columnless = built.filter((table) => table.columns.length === 0).map((table) => table.key);
  return {
    tables: built,
    objects: [...objects, ...rows.sequences.map((row) => sequenceObject(row, context))],
    hidden: [...hidden, ...columnless, ...ruleless],
    hiddenRoutines,
  };
}

/**
 * The structure of the given databases, and whether this role sees all of it.
 *
 * Eight queries for one database, whatever its size; one more each where there are sequences, partitioned tables, or on MariaDB what only SHOW
 * CREATE TABLE tells (see `readCreateTables`).
 *
 * @throws AdoptError `DETECT.NO_SCHEMA` when a database does not exist or is invisible, `DETECT.UNSTABLE` when a lock is not given in time.
 */
export async function introspect(
  session: Session,
  facts: ServerFacts,
  options: IntrospectOptions,
): Promise<Introspection> {
  const flavor = flavorOf(facts.server);
  const [defaultSchema = facts.defaultSchema] = options.schemas;
  const catalogs: SchemaRows[] = [];
  for (const schema of options.schemas) {
    catalogs.push(await readSchema(session, await readContext(session, flavor, schema, defaultSchema)));
  }
  const grants = await readGrants(session, catalogs.at(-1)?.context.literalGrants ?? false);
  const foldsTables = catalogs.some(({ context }) => context.foldCase);
  const build = (off: ReadonlySet<string>) => {
    const reading: Reading = { rules: new Set(), off };
    const parts = catalogs.map((rows) => buildSchema(rows, reading, options.exclude));
    const speller = createSpeller(options.known, foldsTables, {
      applies: (rule) => !off.has(rule),
      use: (rule) => reading.rules.add(rule),
    });
    const read: Snapshot = {
      dialect: 'mysql',
      server: facts.server,
      schemas: options.schemas,
      tables: sortedBy(
        parts.flatMap((part) => part.tables),
        (table) => table.key,
      ),
      objects: sortedObjects(parts.flatMap((part) => part.objects)),
      rules: [],
    };
    const spelled = speller.snapshot(withoutProvided(read, PROVIDED, options.known));
    return { parts, speller, snapshot: { ...spelled, rules: uniqueSorted(reading.rules) } };
  };
  const { parts, speller, snapshot } = build(new Set());
  const sightings = {
    hidden: parts.flatMap((part) => part.hidden).map(speller.key),
    hiddenRoutines: parts.flatMap((part) => part.hiddenRoutines),
  };
  const visibility = judgeVisibility(grants, sightings, facts, flavor, options.schemas);
  const seesTriggers = visibility.unseen?.some(({ kind }) => kind === 'trigger') !== true;
  return {
    snapshot,
    without: (options.without ?? []).map((off) => build(off).snapshot),
    visibility,
    settings: catalogs.slice(0, 1).map(({ context }) => timestampSetting(context.explicitTimestamps)),
    underChange: catalogs.flatMap(({ context, listed, details }) =>
      tablesUnderChange(
        listed.map((table) => table.name),
        details.triggers,
        seesTriggers,
        (name) => speller.key(tableKey(context.schema, name, context)),
      ),
    ),
  };
}
