import type { Introspection, IntrospectOptions } from '../../database/introspection.ts';
import { withoutProvided } from '../../database/provided.ts';
import type { ServerFacts } from '../../database/server-facts.ts';
import type { Session } from '../../database/session.ts';
import { characterSetOf } from '../../schema/collation.ts';
import type { ObjectKey, SchemaObject, Snapshot, Table } from '../../schema/snapshot.ts';
import { sortedBy, uniqueSorted } from '../../util/order.ts';
import { withCheckedJson } from './checked-json.ts';
import { collationSetting } from './collation-setting.ts';
import { type CatalogContext, collationName, emptyMemory, type RuleName, type RuleUse } from './context.ts';
import { conversionSetting } from './conversion-setting.ts';
import { flavorOf } from './flavor.ts';
import {
  partitionNotes,
  routineObject,
  sequenceObject,
  sortedObjects,
  triggerNotes,
  viewObject,
} from './objects.ts';
import { tablesUnderChange } from './online-change.ts';
import { PROVIDED } from './provided.ts';
import { type ContextFacts, readContext, readSchema, type SchemaRows } from './read-schema.ts';
import { type DetailRows, groupBy } from './rows.ts';
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
  readonly defaultCollation: string;
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
    defaultCollation: context.databaseCollation,
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
    const rules: RuleUse = {
      applies: (rule) => !off.has(rule),
      use: (rule) => reading.rules.add(rule),
    };
    const speller = createSpeller(options.known, foldsTables, rules);
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
      defaultCollation: parts[0]?.defaultCollation,
      foreignKeysBringIndexes: true,
    };
    const spelled = speller.snapshot(withoutProvided(read, PROVIDED, options.known));
    const chained = withCheckedJson(spelled, options.known, rules);
    return { parts, speller, snapshot: { ...chained, rules: uniqueSorted(reading.rules) } };
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
    settings: catalogs
      .slice(0, 1)
      .flatMap(({ context }) => [
        timestampSetting(context.explicitTimestamps),
        collationSetting(context.databaseCollation),
        conversionSetting(characterSetOf({ name: context.databaseCollation })),
      ]),
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
