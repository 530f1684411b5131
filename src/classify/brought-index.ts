import type { Finding } from '../compare/compare-table.ts';
import type { Timeline } from '../manifest/chain.ts';
import type { ForeignKey, Table } from '../schema/snapshot.ts';

/**
 * The foreign keys that no revision knows, of what was found of a table.
 *
 * @param isKnown whether some revision knows what is unexpected.
 */
export function strangerForeignKeys(
  findings: readonly Finding[],
  actual: Table,
  isKnown: (found: Finding) => boolean,
): readonly ForeignKey[] {
  return findings.flatMap((found) => {
    const [, element] = found.sides;
    if (found.kind !== 'foreign-key' || found.outcome !== 'unexpected' || element === null) return [];
    const foreignKey = actual.foreignKeys[element.position];
    return foreignKey === undefined || isKnown(found) ? [] : [foreignKey];
  });
}

/**
 * Whether an unexpected index came with one of these foreign keys: it begins with its columns, and could be none that a revision made by its name.
 * It is then no sign of a revision that makes one of the same structure.
 */
export function isBroughtBy(
  foreignKeys: readonly ForeignKey[],
  { kind, sides: [, element] }: Finding,
  actual: Table,
  timeline: Timeline<Table>,
): boolean {
  const index = kind === 'index' && element !== null ? actual.indexes[element.position] : undefined;
  if (index === undefined || index.unique) return false;
  return (
    foreignKeys.some(({ columns }) => columns.every((column, at) => index.parts[at]?.column === column)) &&
    !timeline.some(({ value }) => value?.indexes.some(({ name }) => name === index.name))
  );
}
