import { oneStatement, type SqlSyntax } from './one-statement.ts';

/** How the client that carries out a script takes it apart. */
interface Client {
  readonly syntaxes: readonly SqlSyntax[];
  readonly clientDelimiters: boolean;
}

/**
 * A statement as a script for the family's own client holds it: ended by a semicolon, and where the client would take it apart at those within
 * it, between `DELIMITER` lines with a mark that does not occur in it.
 */
export function scriptStatement(statement: string, { syntaxes, clientDelimiters }: Client): string {
  const { kind } = oneStatement(statement, syntaxes);
  if (clientDelimiters && (kind === 'several' || kind === 'executable-comment')) {
    let mark = '$$';
    while (statement.includes(mark)) mark += '$';
    return `DELIMITER ${mark}\n${statement.trimEnd()}\n${mark}\nDELIMITER ;`;
  }
  return /;\s*$/.test(statement) ? statement : `${statement};`;
}
