import { AdoptError, ERROR_EXIT_CODES, type ErrorCode, isAdoptError } from '../errors.ts';
import { visible } from './render/text.ts';

/** What is said of a failure. */
export interface Failure {
  readonly code: ErrorCode;
  readonly message: string;
  readonly hint: string | null;
  /** For those who mend this tool; null where it was thrown on purpose. */
  readonly stack: string | null;
}

/** One line, ending as a sentence does; drivers leave the end away. */
const oneLine = (text: string) =>
  text
    .trim()
    .replace(/\s*\n\s*/g, ' ')
    .replace(/([^.?!])$/, '$1.');

function fieldOf(error: unknown, name: string): string {
  const value: unknown = typeof error === 'object' && error !== null ? Reflect.get(error, name) : undefined;
  return typeof value === 'string' ? value : '';
}

/** What Node says of files without naming them; of nothing else. */
const OF_FILES = new Set(['EISDIR', 'ENOTDIR', 'ENOSPC', 'EDQUOT', 'EFBIG', 'EROFS', 'EMFILE', 'ENFILE']);

/** A package that the project was to install itself, or a file that cannot be read or written: not our defect, and nobody translated it. */
function environmentalFailure(error: unknown): AdoptError | null {
  const message = error instanceof Error ? error.message : '';
  const code = fieldOf(error, 'code');
  const missing = /Cannot find (?:package|module) '((?:@[^'/]+\/)?[^'/]+)/.exec(message)?.[1];
  if (missing !== undefined && /MODULE_NOT_FOUND/.test(code)) {
    return new AdoptError('CONFIG.DRIVER_MISSING', `The package ${missing} is not installed.`, {
      hint: `Run: npm install ${missing}`,
    });
  }
  if (OF_FILES.has(code) || (/^E[A-Z]+$/.test(code) && fieldOf(error, 'path') !== '')) {
    return new AdoptError('CONFIG.FILE', `A file could not be read or written: ${message}.`, {
      hint: 'Check that the path exists and that you may write there.',
    });
  }
  return null;
}

/**
 * What was thrown where nobody waits for it.
 *
 * @param migration the recorded name of the one that was begun last; null where none was.
 * @returns AdoptError `MIGRATIONS.FAILED` where one was, and what was thrown otherwise.
 */
export function strayFailure(error: unknown, migration: string | null): unknown {
  if (migration === null) return error;
  const reason = error instanceof Error ? error.message : String(error);
  return new AdoptError(
    'MIGRATIONS.FAILED',
    `Migration ${migration} failed at what it does not wait for: ${reason}`,
    {
      hint: 'Have it await, or return, all that it does; then look at "knex-adopt detect-state", and run the same command again.',
      cause: error,
      details: { migration },
    },
  );
}

/**
 * What is to be said where the process ends and the command has not: a migration called `process.exit()`, mostly.
 *
 * @param loading the file of the migration that is being loaded; null where none is.
 * @param begun the recorded name of the migration that was begun last; null where none was.
 * @returns AdoptError `MIGRATIONS.LOAD`, `MIGRATIONS.FAILED`
 */
export function endedEarly(loading: string | null, begun: string | null): AdoptError {
  if (loading !== null) {
    return new AdoptError('MIGRATIONS.LOAD', `The process was ended while migration ${loading} was loaded.`, {
      hint: 'Remove what ends it (process.exit) from the file, or from what it imports; nothing has been changed in the database.',
    });
  }
  const last = begun === null ? '' : `; migration ${begun} was begun last`;
  return new AdoptError('MIGRATIONS.FAILED', `The process was ended before the command was${last}.`, {
    hint: 'Remove what ends it (process.exit) from the migration, seed or knexfile; then look at "knex-adopt detect-state", and run the same command again.',
    ...(begun === null ? {} : { details: { migration: begun } }),
  });
}

/** What is to be said where the command is done, and what it printed was not to be written. @returns AdoptError `CONFIG.FILE` */
export function unwritten(cause: NodeJS.ErrnoException): AdoptError {
  return new AdoptError(
    'CONFIG.FILE',
    `The command is done, but what it printed could not be written to stdout (${cause.code ?? cause.message}).`,
    { hint: 'Make room where its output goes, or send it elsewhere.', cause },
  );
}

/** What is to be said of anything that was thrown. */
export function describeFailure(error: unknown): Failure {
  const known = isAdoptError(error) ? error : environmentalFailure(error);
  if (known !== null) {
    return { code: known.code, message: oneLine(known.message), hint: known.hint ?? null, stack: null };
  }
  const message = error instanceof Error ? error.message : String(error);
  return {
    code: 'INTERNAL.BUG',
    message: `This is a defect in knex-adopt: ${oneLine(message)}`,
    hint: 'Please report it with the command that you typed and what --verbose prints.',
    stack: error instanceof Error ? (error.stack ?? null) : null,
  };
}

/** The exit status of a failure. */
export function exitCodeOf(failure: Pick<Failure, 'code'>): number {
  return ERROR_EXIT_CODES[failure.code];
}

/** A failure in lines for people: one sentence, the next thing to do, the code. What was said from outside is harmless to a terminal. */
export function failureText({ code, message, hint }: Omit<Failure, 'stack'>): string {
  const lines = [`knex-adopt: ${message}`, ...(hint === null ? [] : [`  hint: ${hint}`]), `  code: ${code}`];
  return `${lines.map(visible).join('\n')}\n`;
}

/** A failure as the one object that `--json` promises. */
export function failureJson({ code, message, hint }: Omit<Failure, 'stack'>): string {
  return `${JSON.stringify({ error: { code, message, hint } }, null, 2)}\n`;
}
