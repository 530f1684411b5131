import { AdoptError } from '../errors.ts';
import { oneStatement, type SqlSyntax } from '../util/one-statement.ts';

/** The folder of probes, in the manifests folder or in that of a dialect. */
export const PROBES_FOLDER = 'probes';

/** A file that asks whether a migration's data change has happened. */
export interface ProbeFile {
  readonly revision: string;
  /** Below the manifests folder, with slashes. */
  readonly file: string;
  readonly text: string;
}

/** A question to a database: one query that answers with one boolean. */
export interface Probe {
  readonly revision: string;
  readonly file: string;
  /** One SELECT, without its semicolon. */
  readonly sql: string;
}

/**
 * Reads a probe.
 *
 * @param syntaxes the ways in which the server that will be asked may read it.
 * @throws AdoptError `PROBE.INVALID` when it is anything but one SELECT.
 */
export function parseProbe({ revision, file, text }: ProbeFile, syntaxes: readonly SqlSyntax[]): Probe {
  const invalid = (what: string) =>
    new AdoptError('PROBE.INVALID', `The probe ${file} ${what}.`, {
      hint: 'Let it hold one SELECT that gives one row with one boolean: whether the data change has happened.',
    });
  const statement = oneStatement(text.replace(/^\uFEFF/, ''), syntaxes);
  switch (statement.kind) {
    case 'none':
      throw invalid('holds no statement');
    case 'several':
      throw invalid('holds more than one statement');
    case 'executable-comment':
      throw invalid('holds a comment that the server would carry out');
    case 'one':
      if (statement.firstWord !== 'select' && statement.firstWord !== 'with') {
        throw invalid(
          `begins with ${statement.firstWord.toUpperCase() || 'something else'}, and not with SELECT or WITH`,
        );
      }
      return { revision, file, sql: statement.sql };
  }
}
