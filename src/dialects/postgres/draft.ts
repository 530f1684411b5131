import type { SchemaObject, Table } from '../../schema/snapshot.ts';
import { markUnread } from '../../schema/unread.ts';
import { sortedBy } from '../../util/order.ts';
import type { Assembly, ColumnAssembly } from './assembly.ts';
import { ALL, type Portion } from './catalog.ts';
import { assembleObjects } from './objects.ts';
import type { RawCatalog, RawDefaults, RawObject, RawRelation } from './raw-catalog.ts';
import type { RuleSet } from './rules.ts';
import { assembleFrame, completeTable, type TableFrame } from './tables.ts';

/** A catalog being made canonical, in the steps in which it is read. */
export interface Draft {
  /** All tables, or a portion of them, by key; the defaults of others are not looked at. */
  tables(defaults: RawDefaults, portion?: Portion): Table[];
  objects(defaults: RawDefaults, found: readonly RawObject[]): SchemaObject[];
  /** Those that changed something so far. */
  readonly rules: ReadonlySet<string>;
}

/** Begins with everything that needs no defaults. @param reading which rules are not applied, and what they need. */
export function beginDraft(
  catalog: RawCatalog,
  relations: readonly RawRelation[],
  defaultSchema: string,
  reading: Pick<RuleSet, 'off' | 'cryptoSchema'>,
): Draft {
  const used = new Set<string>();
  const unread = new Set<string>();
  const rules: RuleSet = { ...reading, add: (rule) => used.add(rule), unread };
  const assembly: Assembly = { catalog, defaultSchema, rules, keys: new Map() };
  const frames = relations.map((one) => assembleFrame(one, assembly));
  const made = { madeDefaults: new Map(), madeTypes: new Map(), madeColumns: new Map() };
  return {
    tables: (defaults, { first, last } = ALL) => {
      const columns: ColumnAssembly = { ...assembly, ...made, defaults };
      const tables = relations.flatMap((one, at) => {
        const oid = Number(one.oid);
        return oid < first || oid > last ? [] : [completeTable(frames[at] as TableFrame, one, columns)];
      });
      return sortedBy(
        tables.map((table) => markUnread(table, unread)),
        (table) => table.key,
      );
    },
    objects: (defaults, found) => assembleObjects(found, { ...assembly, ...made, defaults }),
    rules: used,
  };
}

/** Whether a relation is a table of the model. */
export function isTable(relation: RawRelation): boolean {
  return relation.kind === 'r' || relation.kind === 'p';
}
