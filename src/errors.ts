/**
 * Every failure this tool can report, with the exit status it ends a command with.
 *
 * The one list: `docs/errors.md` is tested against it, and so is the command line. The statuses are those of the command line's
 * contract: 2 usage, configuration or "could not tell"; 3 declined; 4 refused; 6 busy; 7 unreachable; 1 a defect of the tool itself.
 */
export const ERROR_EXIT_CODES = {
  'INTERNAL.BUG': 1,
  'USAGE.INVALID': 2,
  'USAGE.UNKNOWN_REVISION': 2,
  'USAGE.DECLINED': 3,
  'CONFIG.NO_DATABASE': 2,
  'CONFIG.BAD_URL': 2,
  'CONFIG.BAD_KNEXFILE': 2,
  'CONFIG.DRIVER_MISSING': 2,
  'CONFIG.UNSUPPORTED_DIALECT': 2,
  'CONFIG.FILE': 2,
  'CONFIG.BAD_MAPPING': 2,
  'CONNECT.UNREACHABLE': 7,
  'CONNECT.AUTH': 7,
  'CONNECT.NO_DATABASE': 7,
  'CONNECT.IN_USE': 6,
  'CONNECT.LOST': 7,
  'MIGRATIONS.MISSING': 2,
  'MIGRATIONS.LOAD': 2,
  'MIGRATIONS.INVALID': 2,
  'MIGRATIONS.DUPLICATE': 2,
  'MIGRATIONS.VARYING': 2,
  'MIGRATIONS.FAILED': 4,
  'MIGRATIONS.OUTSIDE': 4,
  'MIGRATIONS.EXISTS': 2,
  'SEEDS.MISSING': 2,
  'SEEDS.LOAD': 2,
  'SEEDS.FAILED': 4,
  'MANIFEST.MISSING': 2,
  'MANIFEST.INVALID': 2,
  'MANIFEST.FINGERPRINT': 2,
  'MANIFEST.DIALECT': 2,
  'MANIFEST.CHAIN': 2,
  'MANIFEST.STALE': 4,
  'DECISIONS.INVALID': 2,
  'PROBE.INVALID': 2,
  'PROBE.FAILED': 2,
  'DETECT.BLIND': 2,
  'DETECT.UNSTABLE': 2,
  'DETECT.NO_SCHEMA': 2,
  'DETECT.DEFAULT_SCHEMA': 2,
  'DETECT.UNSUPPORTED_SERVER': 2,
  'HISTORY.UNREADABLE': 2,
  'HISTORY.SEVERAL': 2,
  'HISTORY.INVALID': 2,
  'HISTORY.UNKNOWN_NAMES': 4,
  'HISTORY.GAP': 4,
  'HISTORY.EXTENSION': 4,
  'HISTORY.DUPLICATES': 4,
  'HISTORY.SEQUENCE': 4,
  'HISTORY.CONFLICT': 4,
  'LOCK.TIMEOUT': 6,
  'LOCK.KNEX_HELD': 6,
  'LOCK.KNEX_STALE': 4,
  'LOCK.KNEX_BROKEN': 4,
  'LOCK.LOST': 6,
  'LOCK.POOLED': 2,
  'PLAN.STALE': 4,
  'PLAN.READ_ONLY': 4,
  'PLAN.FORBIDDEN': 4,
  'PLAN.UNMET': 4,
  'PLAN.INVALID': 2,
  'PLAN.NOT_SCRIPTABLE': 4,
  'REHEARSAL.FAILED': 4,
  'REHEARSAL.DIFFERS': 4,
  'REHEARSAL.IMPOSSIBLE': 2,
  'REFUSED.PARTIAL': 4,
  'REFUSED.AMBIGUOUS': 4,
  'REFUSED.SHARED': 4,
  'REFUSED.OTHER_HISTORY': 4,
  'REFUSED.RISKY': 4,
  'REFUSED.NAME': 4,
  'REFUSED.DRIFT': 4,
  'REFUSED.INTERRUPTED': 4,
  'REFUSED.UNMET': 4,
  'REFUSED.NOT_A_CANDIDATE': 4,
  'REFUSED.BELOW_ADOPTION': 4,
  'REFUSED.NOT_ADOPTED': 4,
  'REFUSED.TARGET': 4,
  'REFUSED.NO_RECEIPT': 4,
  'REFUSED.RAN_SINCE': 4,
  'REFUSED.LEFTOVER': 4,
  'REFUSED.NARROWING': 4,
  'REFUSED.UNWRITABLE': 4,
  'REFUSED.ROWS': 4,
  'REFUSED.NO_HOME': 4,
  'REFUSED.DEPENDENT': 4,
  'REFUSED.UNMOVABLE': 4,
  'REFUSED.NOT_TRANSACTIONAL': 4,
  'REFUSED.UNFINISHED': 4,
  'WAIT.TIMEOUT': 7,
} as const;

/** The closed union of failure codes. */
export type ErrorCode = keyof typeof ERROR_EXIT_CODES;

export interface AdoptErrorOptions {
  /** The next thing to type or to change, as one sentence. */
  readonly hint?: string | undefined;
  readonly cause?: unknown;
  /** Facts for machines; never a secret. JSON-safe. */
  readonly details?: Readonly<Record<string, unknown>> | undefined;
}

/**
 * The only error this library throws on purpose. The message says what happened in one sentence; `hint` says what to do next.
 *
 * Recognise it with {@link isAdoptError}, not with `instanceof`: two copies of the package may be loaded in one process.
 */
export class AdoptError extends Error {
  readonly code: ErrorCode;
  readonly hint: string | undefined;
  readonly details: Readonly<Record<string, unknown>> | undefined;

  constructor(code: ErrorCode, message: string, options: AdoptErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'AdoptError';
    this.code = code;
    this.hint = options.hint;
    this.details = options.details;
  }

  /** The exit status a command ends with when this error reaches it. */
  get exitCode(): number {
    return ERROR_EXIT_CODES[this.code];
  }

  toJSON(): { code: ErrorCode; message: string; hint?: string; details?: Readonly<Record<string, unknown>> } {
    return {
      code: this.code,
      message: this.message,
      ...(this.hint === undefined ? {} : { hint: this.hint }),
      ...(this.details === undefined ? {} : { details: this.details }),
    };
  }
}

/** Whether a caught value is an {@link AdoptError}, of this or of another copy of the package. */
export function isAdoptError(value: unknown): value is AdoptError {
  return (
    value instanceof Error &&
    value.name === 'AdoptError' &&
    'code' in value &&
    String(value.code) in ERROR_EXIT_CODES
  );
}

/**
 * Marks a place that no input can reach; the type system proves it for unions.
 *
 * @throws AdoptError `INTERNAL.BUG`, always.
 */
export function assertNever(value: never, what: string): never {
  throw new AdoptError('INTERNAL.BUG', `Unexpected ${what}: ${JSON.stringify(value)}.`, {
    hint: 'This is a defect in knex-adopt; please report it with the command that you typed.',
  });
}
