import type { SchemaObject } from '../../schema/snapshot.ts';
import { compareText, sortedBy } from '../../util/order.ts';
import { type CatalogContext, withRule } from './context.ts';
import { quoteName } from './expression-tree.ts';
import { canonicalType } from './normalize.ts';
import type { ParameterRow, PartitionRow, RoutineRow, TriggerRow, ViewRow } from './rows.ts';
import { tableKey } from './tables.ts';
import { canonicalView } from './view-text.ts';

/** A view, or null when its text is hidden from this role. */
export function viewObject(row: ViewRow, context: CatalogContext): SchemaObject | null {
  if (row.definition === '') return null;
  const view = canonicalView(row.definition, context);
  const text = withRule(context, 'expression-form', row.definition, view.text);
  const check =
    row.checkOption === '' || row.checkOption === 'NONE'
      ? ''
      : ` with ${row.checkOption.toLowerCase()} check option`;
  const security = row.security === 'INVOKER' ? 'sql security invoker ' : '';
  return {
    kind: 'view',
    key: tableKey(context.schema, row.name, context),
    schema: context.schema,
    name: row.name,
    definition: `${security}${text}${check}`,
    ...(view.read ? {} : { unread: true }),
  };
}

/**
 * A stored function or procedure, or null when its body is hidden from this role. The two have name spaces of their own; a procedure's key
 * says that it is one.
 */
export function routineObject(
  row: RoutineRow,
  parameters: readonly ParameterRow[],
  context: CatalogContext,
): SchemaObject | null {
  if (row.body === null) return null;
  const procedure = row.type === 'PROCEDURE';
  const list = [...parameters]
    .filter((parameter) => parameter.routineType === row.type)
    .sort((a, b) => a.position - b.position)
    .map((parameter) => {
      const mode = procedure ? `${parameter.mode.toLowerCase()} ` : '';
      return `${mode}${quoteName(parameter.name)} ${canonicalType(parameter.type, context)}`;
    });
  const words = [
    `${row.type.toLowerCase()} (${list.join(', ')})`,
    row.returns === '' ? '' : `returns ${canonicalType(row.returns, context)}`,
    row.deterministic === 'YES' ? 'deterministic' : '',
    row.dataAccess.toLowerCase() === 'contains sql' ? '' : row.dataAccess.toLowerCase(),
    row.security === 'INVOKER' ? 'sql security invoker' : '',
    row.body.trim(),
  ];
  const key = tableKey(context.schema, row.name, context);
  return {
    kind: 'function',
    key: procedure ? `procedure ${key}` : key,
    schema: context.schema,
    name: row.name,
    definition: words.filter((word) => word !== '').join(' '),
  };
}

/** The columns of a MariaDB sequence, read as a table (KB, SHOW CREATE SEQUENCE), without the position it has come to. */
export const SEQUENCE_COLUMNS = [
  'start_value',
  'minimum_value',
  'maximum_value',
  'increment',
  'cache_size',
  'cycle_option',
];

/** One query for all sequences of a schema: the values of {@link SEQUENCE_COLUMNS} after the name's position in the list. */
export function sequencesQuery(schema: string, names: readonly string[]): string {
  return names
    .map((name, position) => {
      const values = SEQUENCE_COLUMNS.map((column, index) => `${column} as v${index}`).join(', ');
      return `select ${position} as a, ${values} from ${quoteName(schema)}.${quoteName(name)}`;
    })
    .join(' union all ');
}

/** A MariaDB sequence out of its name and its {@link SEQUENCE_COLUMNS}. */
export function sequenceObject(row: readonly (string | null)[], context: CatalogContext): SchemaObject {
  const [name = null, ...values] = row;
  const text = SEQUENCE_COLUMNS.map((column, index) => `${column.replace('_', ' ')} ${values[index] ?? ''}`);
  return {
    kind: 'sequence',
    key: tableKey(context.schema, name ?? '', context),
    schema: context.schema,
    name: name ?? '',
    definition: text.join(', '),
  };
}

/**
 * A table's triggers in words that carry their definition, and, for triggers of one moment, each pair in the order in which they run: a
 * stranger's trigger adds words and changes none of the others'.
 */
export function triggerNotes(rows: readonly TriggerRow[]): string[] {
  const definitions = rows.map(
    (row) => `trigger ${quoteName(row.name)} ${row.timing} ${row.event}: ${row.statement.trim()}`,
  );
  const orders = rows.flatMap((row) =>
    rows
      .filter((other) => other.timing === row.timing && other.event === row.event && other.order > row.order)
      .map(
        (other) =>
          `trigger ${quoteName(row.name)} runs before ${quoteName(other.name)} ${row.timing} ${row.event}`,
      ),
  );
  return [...definitions, ...orders];
}

/** A table's partitioning in words that carry its definition, or nothing. */
export function partitionNotes(rows: readonly PartitionRow[]): string[] {
  const sorted = [...rows].sort(
    (a, b) => a.position - b.position || a.subPosition - b.subPosition || compareText(a.name, b.name),
  );
  const [first] = sorted;
  if (!first) return [];
  const sub = first.subMethod === '' ? '' : `, subpartitioned by ${first.subMethod} (${first.subExpression})`;
  const parts = sorted.map((row) => {
    const name = row.subName === '' ? row.name : `${row.name}.${row.subName}`;
    return row.description === '' ? name : `${name} ${row.description}`;
  });
  return [`partitioned by ${first.method} (${first.expression})${sub}: ${parts.join('; ')}`];
}

/** Objects as a snapshot wants them: by kind, then key. */
export function sortedObjects(objects: readonly SchemaObject[]): SchemaObject[] {
  return sortedBy(objects, (object) => `${object.kind}\0${object.key}`);
}
