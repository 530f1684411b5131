import type { KnownStructure } from '../../database/known.ts';
import type { CheckConstraint, Column, Snapshot, Table } from '../../schema/snapshot.ts';
import type { RuleUse } from './context.ts';
import { quoteName } from './expression-tree.ts';

/**
 * The check that makes a text JSON: of this column and nothing else, enforced. Under the name of the column it would be MariaDB's own, which is
 * another rule's (`mariadb-json`).
 */
function jsonCheck(table: Table, column: Column): CheckConstraint | undefined {
  if (column.type.canonical !== 'longtext' || column.collation?.name !== 'utf8mb4_bin') return undefined;
  const condition = `json_valid(${quoteName(column.name)})`;
  return table.checks.find(
    ({ name, expression, validated }) =>
      validated && name !== column.name && expression.canonical === condition,
  );
}

function isJsonThroughout(versions: readonly Table[], name: string): boolean {
  const types = versions.flatMap(({ columns }) => columns.filter((one) => one.name === name));
  return types.length > 0 && types.every(({ type }) => type.canonical === 'json');
}

function asJson(table: Table, versions: readonly Table[]): Table {
  const checks = new Map(
    table.columns.flatMap((column) => {
      const check = isJsonThroughout(versions, column.name) ? jsonCheck(table, column) : undefined;
      return check === undefined ? [] : [[column.name, check] as const];
    }),
  );
  if (checks.size === 0) return table;
  const gone = new Set(checks.values());
  return {
    ...table,
    columns: table.columns.map((column) =>
      checks.has(column.name)
        ? { ...column, type: { ...column.type, canonical: 'json' }, collation: null }
        : column,
    ),
    checks: table.checks.filter((check) => !gone.has(check)),
  };
}

/**
 * Rule `checked-json-text`: a `longtext` of `utf8mb4_bin` that a check holds to JSON is the chain's JSON, if the chain has the column as JSON at
 * every revision. MariaDB's dumps spell JSON so (KB, JSON Data Type), and MySQL keeps it as it is spelled, with a name of its own for the check
 * (measured on 9.7; manual, CHECK Constraints), under which it comes back to MariaDB. A chain that itself goes from one to the other on MySQL is
 * told by it: there the two stay two.
 *
 * @param rules whether it is to be applied, and who is told where it made a difference.
 */
export function withCheckedJson(
  snapshot: Snapshot,
  known: KnownStructure | undefined,
  rules: RuleUse,
): Snapshot {
  if (known === undefined || !rules.applies('checked-json-text')) return snapshot;
  const tables = snapshot.tables.map((table) => asJson(table, known.tables.get(table.key) ?? []));
  if (tables.every((table, at) => table === snapshot.tables[at])) return snapshot;
  rules.use('checked-json-text');
  return { ...snapshot, tables };
}
