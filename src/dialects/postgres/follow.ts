import type { Follower, FollowOptions } from '../../database/introspection.ts';
import type { ServerFacts } from '../../database/server-facts.ts';
import type { Session } from '../../database/session.ts';
import { objectKey } from '../../schema/object-key.ts';
import type { SchemaObject, Snapshot, Table } from '../../schema/snapshot.ts';
import { sortedBy, uniqueSorted } from '../../util/order.ts';
import { askDefaults, askObjects, readCatalog, readPart } from './catalog.ts';
import { mergeCatalog, mergeDefaults } from './catalog-merge.ts';
import { readDefaults, readObjects } from './catalog-rows.ts';
import { type Changes, changesBetween, type Look, lookAtCatalog } from './changes.ts';
import { beginDraft, isTable } from './draft.ts';
import { flavorOf, versionNumberOf } from './flavor.ts';
import type { Oid, RawCatalog, RawDefaults, RawExtra, RawRelation } from './raw-catalog.ts';
import { groundObjects, readSchemas, type Schemas, schemaNames } from './schemas.ts';
import { repeating } from './session.ts';

/** A table as it was put together, and the rules that changed something in it. */
interface MadeTable {
  readonly table: Table;
  readonly rules: ReadonlySet<string>;
}

/** A session, and what it was found to see. */
interface Place {
  readonly given: Session;
  /** The same, for questions that are asked again and again. */
  readonly session: Session;
  readonly schemas: Schemas;
}

/** All that is known of the last state that was read. */
interface State {
  readonly place: Place;
  readonly look: Look;
  readonly catalog: RawCatalog;
  readonly defaults: RawDefaults;
  readonly tables: ReadonlyMap<Oid, MadeTable>;
  readonly snapshot: Snapshot;
}

/** One reading. */
interface Reading {
  readonly place: Place;
  readonly look: Look;
}

/**
 * Reads a database that only we change again and again: each time it looks which relations may have changed (see `changes.ts`), reads those, and
 * puts them among what it knows.
 *
 * Every schema is read that somebody made: nobody but the chain is there.
 *
 * All is read anew where something changed that any expression may name (a type, a function, the name of a relation, column or sequence), and
 * where policies name roles, which are not in this database.
 */
export function follow(facts: ServerFacts, options: FollowOptions): Follower {
  const flavor = flavorOf(versionNumberOf(facts.server));
  const defaultSchema = options.schemas[0] ?? facts.defaultSchema;
  const excluded = new Set(options.exclude.map((table) => objectKey(table.schema, table.name, '')));
  let last: State | null = null;

  const isIncluded = (one: RawRelation) => isTable(one) && !excluded.has(objectKey(one.schema, one.name, ''));

  /** Puts together those tables that are not among `kept`. */
  const finish = async (
    { place, look }: Reading,
    catalog: RawCatalog,
    defaults: RawDefaults,
    kept: ReadonlyMap<Oid, MadeTable>,
  ): Promise<State> => {
    const { session, schemas } = place;
    const rowsOfObjects = await askObjects(session, flavor, schemas.names, catalog);
    const found = [
      ...groundObjects(schemas, defaultSchema, 'all'),
      ...catalog.freeSequences,
      ...readObjects(rowsOfObjects, schemas.names),
    ];
    const draftOf = (relations: readonly RawRelation[]) =>
      beginDraft(catalog, relations, defaultSchema, { cryptoSchema: schemas.crypto });
    const tables = new Map<Oid, MadeTable>();
    for (const one of catalog.relations.values()) {
      if (!isIncluded(one)) continue;
      const known = kept.get(one.oid);
      if (known === undefined) {
        const draft = draftOf([one]);
        for (const table of draft.tables(defaults)) tables.set(one.oid, { table, rules: draft.rules });
      } else tables.set(one.oid, known);
    }
    const draft = draftOf([]);
    const objects: readonly SchemaObject[] = draft.objects(defaults, found);
    const made = [...tables.values()];
    const snapshot: Snapshot = {
      dialect: 'postgres',
      server: facts.server,
      schemas: schemaNames(schemas, options.schemas),
      tables: sortedBy(
        made.map(({ table }) => table),
        (table) => table.key,
      ),
      objects,
      rules: uniqueSorted([...draft.rules, ...made.flatMap(({ rules }) => [...rules])]),
    };
    return { place, look, catalog, defaults, tables, snapshot };
  };

  const readAll = async (reading: Reading): Promise<State> => {
    const { session, schemas } = reading.place;
    const catalog = await readCatalog(session, flavor, schemas.names);
    const defaults = readDefaults(await askDefaults(session, schemas.names, catalog));
    return finish(reading, catalog, defaults, new Map());
  };

  /** Null where only reading all will do. */
  const readChanged = async (reading: Reading, state: State, changes: Changes): Promise<State | null> => {
    const { session, schemas } = reading.place;
    const { relations: oids, sequences: allExtras } = changes;
    const { catalog: part, defaults: partDefaults } = await readPart(
      session,
      flavor,
      schemas.names,
      oids,
      state.catalog,
      allExtras,
    );
    if ([...part.relations.values()].some((one) => isRenamed(state.catalog.relations.get(one.oid), one))) {
      return null;
    }
    const catalog = mergeCatalog(state.catalog, part, oids, allExtras);
    const defaults = mergeDefaults(state.defaults, partDefaults, oids);
    const kept = [...state.tables].filter(
      ([oid]) => !oids.has(oid) && sameExtras(state.catalog.extras.get(oid), catalog.extras.get(oid)),
    );
    return finish(reading, catalog, defaults, new Map(kept));
  };

  /** Also pins the search path of the session. */
  const placeOf = async (given: Session): Promise<Place> => {
    const session = facts.pooled ? given : repeating(given);
    return { given, session, schemas: await readSchemas(session, options.schemas, facts, true) };
  };

  /** Null where only reading all will do. */
  const readNext = async (reading: Reading, state: State, changes: Changes): Promise<State | null> => {
    if (changes.names || hasPolicies(state.catalog)) return null;
    if (changes.relations.size === 0 && !changes.sequences) return { ...state, ...reading };
    return readChanged(reading, state, changes);
  };

  return {
    read: async (given) => {
      const before = last;
      const place = before?.place.given === given ? before.place : await placeOf(given);
      const look = await lookAtCatalog(place.session, before?.look ?? null);
      const reading: Reading = { place, look };
      const changes =
        before === null ? null : changesBetween(before.look, look, new Set(place.schemas.names.keys()));
      const next = before === null || changes === null ? null : await readNext(reading, before, changes);
      // Schemas and extensions are among the names.
      last = next ?? (await readAll({ look, place: before === null ? place : await placeOf(given) }));
      return last.snapshot;
    },
  };
}

/** Whether anything may print another name of a relation than before, or of one of its columns. */
function isRenamed(before: RawRelation | undefined, now: RawRelation): boolean {
  if (before === undefined) return false;
  const names = new Map(now.columns.map(({ number, name }) => [number, name]));
  return (
    before.name !== now.name ||
    before.schema !== now.schema ||
    before.columns.some(({ number, name }) => (names.get(number) ?? name) !== name)
  );
}

function sameExtras(before: readonly RawExtra[] = [], now: readonly RawExtra[] = []): boolean {
  const text = (one: RawExtra) => JSON.stringify(one);
  const [first, second] = [before, now].map((extras) => extras.map(text).sort().join('\n'));
  return first === second;
}

function hasPolicies({ extras }: RawCatalog): boolean {
  return [...extras.values()].some((list) => list.some(({ kind }) => kind === 'policy'));
}
