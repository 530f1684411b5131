import type { Change, Ddl } from '../database/ddl.ts';

/** The statements of changes that do away with one difference; null where one of them cannot be written. */
function statementsOf(changes: readonly Change[], ddl: Ddl): readonly string[] | null {
  const [drop, create] = changes;
  if (changes.length === 2 && drop?.kind === 'drop-object' && create?.kind === 'create-object')
    return ddl.replaceObject(create.object, drop.object);
  const statements: string[] = [];
  for (const change of changes) {
    const own = ddl.write(change);
    if (own === null) return null;
    statements.push(...own);
  }
  return statements;
}

/** The SQL that does away with one difference, given its changes; null where there are none, and where one of them cannot be written. */
export function mendingSql(changes: readonly Change[] | null, ddl: Ddl): string | null {
  const statements = changes === null ? null : statementsOf(changes, ddl);
  if (statements === null || statements.length === 0) return null;
  return statements.map((statement) => `${statement};`).join('\n');
}
