import type {
  Introspection,
  IntrospectOptions,
  ServerFacts,
  TableUnderChange,
} from '../../database/dialect.ts';
import type { Session, TextRow } from '../../database/session.ts';
import { AdoptError } from '../../errors.ts';
import type { ObjectKey, SchemaObject, Table } from '../../schema/snapshot.ts';
import { sortedBy, uniqueSorted } from '../../util/order.ts';
import { type CatalogContext, collationName, emptyMemory } from './context.ts';
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
  columnRow,
  type DetailRows,
  detailRows,
  foreignKeyRow,
  groupBy,
  indexRow,
  partitionRow,
  type TableRow,
  tableRow,
} from './rows.ts';
import { buildTable, tableKey } from './tables.ts';
import { judgeVisibility, readGrants } from './visibility.ts';

/** What one schema gave. */
interface SchemaPart {
  readonly tables: readonly Table[];
  readonly objects: readonly SchemaObject[];
  readonly hidden: readonly ObjectKey[];
  readonly hiddenRoutines: readonly ObjectKey[];
  underChange(seesTriggers: boolean): readonly TableUnderChange[];
}

const TABLE_TYPES = new Set(['BASE TABLE', 'SYSTEM VERSIONED']);

async function readContext(
  session: Session,
  flavor: Flavor,
  schema: string,
  defaultSchema: string,
  rules: CatalogContext['rules'],
): Promise<CatalogContext> {
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
  const context: CatalogContext = {
    flavor,
    schema,
    defaultSchema,
    ansiQuotes: modes.has('ANSI_QUOTES'),
    foldCase: setting('lower_case_table_names') !== '0',
    literalGrants: setting('partial_revokes') === '1',
    databaseCollation: '',
    charsetCollations: new Set(),
    rules,
    memory: emptyMemory(),
  };
  return {
    ...context,
    databaseCollation: collationName(own[2] ?? '', context),
    charsetCollations: new Set(of('charset').map((row) => (row[2] ?? '').replace(/^utf8_/, 'utf8mb3_'))),
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
  context: CatalogContext,
): Promise<SchemaObject[]> {
  const names = tables.filter((table) => table.type === 'SEQUENCE').map((table) => table.name);
  if (names.length === 0 || !context.flavor.hasSequences()) return [];
  const rows = await session.query(sequencesQuery(context.schema, names), names);
  return rows.map((row) => sequenceObject(row, context));
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

async function readSchema(
  session: Session,
  context: CatalogContext,
  excluded: ReadonlySet<ObjectKey>,
): Promise<SchemaPart> {
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
  const partitions = groupBy(
    partitioned ? (await ask(PARTITIONS_QUERY)).map(partitionRow) : [],
    (row) => row.table,
  );
  const sequences = await readSequences(session, listed, context);

  const foreignKeys = groupBy(foreignKeyRows, (row) => row.table);
  const rules = groupBy([...details.rules, ...created.rules], (row) => row.table);
  const checks = groupBy(details.checks, (row) => row.table);
  const triggers = groupBy(details.triggers, (row) => row.table);
  const built = tables
    .filter((table) => !excluded.has(tableKey(schema, table.name, context)))
    .map((table) =>
      buildTable(
        {
          table,
          columns: columns.get(table.name) ?? [],
          indexes: indexes.get(table.name) ?? [],
          foreignKeys: foreignKeys.get(table.name) ?? [],
          rules: rules.get(table.name) ?? [],
          checks: checks.get(table.name) ?? [],
          unmodelled: [
            ...triggerNotes(triggers.get(table.name) ?? []),
            ...partitionNotes(partitions.get(table.name) ?? []),
            ...(created.notes.get(table.name) ?? []),
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
    objects: [...objects, ...sequences],
    hidden: [...hidden, ...columnless, ...ruleless],
    hiddenRoutines,
    underChange: (seesTriggers) =>
      tablesUnderChange(
        listed.map((table) => table.name),
        details.triggers,
        seesTriggers,
        (name) => tableKey(schema, name, context),
      ),
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
  const rules: CatalogContext['rules'] = new Set();
  const [defaultSchema = facts.defaultSchema] = options.schemas;
  const parts: SchemaPart[] = [];
  let literalGrants = false;
  for (const schema of options.schemas) {
    const context = await readContext(session, flavor, schema, defaultSchema, rules);
    literalGrants = context.literalGrants;
    const excluded = new Set(options.exclude.map((table) => tableKey(table.schema, table.name, context)));
    parts.push(await readSchema(session, context, excluded));
  }
  const grants = await readGrants(session, literalGrants);
  const sightings = {
    hidden: parts.flatMap((part) => part.hidden),
    hiddenRoutines: parts.flatMap((part) => part.hiddenRoutines),
  };
  const visibility = judgeVisibility(grants, sightings, facts, flavor, options.schemas);
  const seesTriggers = visibility.unseen?.some(({ kind }) => kind === 'trigger') !== true;
  return {
    snapshot: {
      dialect: 'mysql',
      server: facts.server,
      schemas: options.schemas,
      tables: sortedBy(
        parts.flatMap((part) => part.tables),
        (table) => table.key,
      ),
      objects: sortedObjects(parts.flatMap((part) => part.objects)),
      rules: uniqueSorted(rules),
    },
    visibility,
    underChange: parts.flatMap((part) => part.underChange(seesTriggers)),
  };
}
