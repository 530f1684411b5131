import { objectIdentity } from '../schema/elements.ts';
import type { SchemaObject, Snapshot, Table } from '../schema/snapshot.ts';
import type { KnownStructure } from './known.ts';

/** What providers, extensions and services put into a schema under names of their own. */
export interface ProvidedNames {
  /** Tables, views, materialized views and foreign tables. */
  readonly relations: ReadonlySet<string>;
  /** Functions, with their input types. */
  readonly functions: ReadonlySet<string>;
}

/**
 * What AWS Database Migration Service makes in the schema that it works on (user guide, control table task settings), whichever family the
 * database is of.
 */
export const MIGRATION_SERVICE_TABLES: readonly string[] = [
  'awsdms_apply_exceptions',
  'awsdms_ddl_audit',
  'awsdms_history',
  'awsdms_status',
  'awsdms_suspended_tables',
  'awsdms_txn_state',
  'awsdms_validation_failures_v1',
  'awsdms_validation_failures_v2',
];

const RELATION_KINDS: ReadonlySet<string> = new Set(['view', 'materialized-view', 'foreign-table']);

/**
 * The snapshot without what was put there by others, by exact name, and which no revision and no variant of the chain knows: what the chain
 * makes itself stays, whatever it is called. Where there is no chain everything stays.
 */
export function withoutProvided(
  snapshot: Snapshot,
  provided: ProvidedNames,
  known: KnownStructure | undefined,
): Snapshot {
  if (known === undefined) return snapshot;
  const ofOthers = ({ kind, name }: SchemaObject) =>
    RELATION_KINDS.has(kind)
      ? provided.relations.has(name)
      : kind === 'function' && provided.functions.has(name);
  const keepsTable = ({ key, name }: Table) => !provided.relations.has(name) || known.tables.has(key);
  const keepsObject = (one: SchemaObject) => !ofOthers(one) || known.objects.has(objectIdentity(one));
  const { tables, objects } = snapshot;
  if (tables.every(keepsTable) && objects.every(keepsObject)) return snapshot;
  return { ...snapshot, tables: tables.filter(keepsTable), objects: objects.filter(keepsObject) };
}
