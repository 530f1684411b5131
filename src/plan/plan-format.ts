import { z } from 'zod';
import { AdoptError, ERROR_EXIT_CODES, type ErrorCode } from '../errors.ts';
import { stableJson } from '../util/stable-json.ts';
import type { Plan } from './plan.ts';

/*
 * A plan as a file: what `handle-legacy --plan FILE` writes and `--apply FILE` carries out, somewhere else and later, after it was reviewed.
 */

const names = z.array(z.string());
const revisions = { revisions: names, recordedNames: names };

const rowCheck = z.strictObject({ name: z.string(), rows: z.string(), sql: z.string() });

const tableName = z.strictObject({ schema: z.string(), name: z.string() });

const tableCopy = z.strictObject({
  from: tableName,
  to: tableName,
  columns: z.array(
    z.strictObject({ from: z.string(), to: z.string(), actual: z.string(), expected: z.string() }),
  ),
  keys: z.array(names),
  counted: names,
  filled: z.record(z.string(), z.string()),
  alone: z.boolean(),
  portionsBy: z.string().nullable(),
});

const receiptBasis = z.strictObject({
  strategy: z.enum(['stamp', 'complete', 'rebuild', 'unverified']),
  revision: z.string(),
  verdict: z.strictObject({ state: z.string(), candidates: names, digest: z.string() }).nullable(),
  accepted: names,
  rules: names,
  made: names,
  ran: names,
  setAside: z
    .strictObject({ place: z.string(), tables: z.number().int(), droppedAt: z.string().optional() })
    .optional(),
  notices: names.optional(),
});

const stepFormat = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('mend'),
    revision: z.string(),
    names,
    statements: names,
    checks: z.array(rowCheck),
    sql: z.string(),
  }),
  z.strictObject({
    kind: z.literal('run-missing'),
    revision: z.string(),
    recordedName: z.string(),
    sql: z.null(),
  }),
  z.strictObject({
    kind: z.literal('set-aside'),
    place: z.string(),
    tables: z.number().int(),
    statements: names,
    checks: z.array(rowCheck),
    undo: names,
    sql: z.string(),
  }),
  z.strictObject({
    kind: z.literal('replay'),
    place: z.string(),
    tables: z.number().int(),
    revision: z.string(),
    recordedNames: names,
    sql: z.null(),
  }),
  z.strictObject({
    kind: z.literal('copy'),
    copies: z.array(tableCopy),
    without: names,
    with: names,
    orphans: z.array(rowCheck),
    sql: z.null(),
  }),
  z.strictObject({ kind: z.literal('verify'), revision: z.string(), sql: z.null() }),
  z.strictObject({ kind: z.literal('create-history'), sql: z.string() }),
  z.strictObject({ kind: z.literal('stamp'), ...revisions, receipt: receiptBasis, sql: z.string() }),
  z.strictObject({ kind: z.literal('migrate'), ...revisions, chain: names, sql: z.null() }),
  z.strictObject({ kind: z.literal('intend-seeds'), seeds: names, sql: z.string() }),
  z.strictObject({ kind: z.literal('seed'), seeds: names, sql: z.null() }),
]);

const refusal = z.strictObject({
  code: z.enum(Object.keys(ERROR_EXIT_CODES) as [ErrorCode, ...ErrorCode[]]),
  message: z.string(),
  hint: z.string(),
});

/** The zod schema of a plan. */
export const planFormat = z.strictObject({
  format: z.literal(1),
  strategy: z.enum(['none', 'install', 'stamp', 'complete', 'rebuild', 'upgrade', 'seed', 'refuse']),
  target: z.string().nullable(),
  fingerprint: z.string(),
  historyDigest: z.string(),
  evidence: z.strictObject({ probes: names, digest: z.string() }).nullable(),
  steps: z.array(stepFormat),
  refused: z.array(refusal),
  notices: names,
}) satisfies z.ZodType<Plan>;

/** A plan's text: the same plan always gives the same bytes, and `parsePlan` gives it back. */
export function serializePlan(plan: Plan): string {
  return stableJson(plan);
}

/**
 * Reads a plan's text.
 *
 * @param file where it came from, for messages.
 * @throws AdoptError `PLAN.INVALID`, saying where in the file and what was expected there.
 */
export function parsePlan(text: string, file: string): Plan {
  const invalid = (what: string, cause: unknown) =>
    new AdoptError('PLAN.INVALID', `${file} is not a plan: ${what}.`, {
      hint: `Write it anew with "knex-adopt handle-legacy --plan ${file}".`,
      cause,
    });
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (cause) {
    throw invalid((cause as Error).message, cause);
  }
  const result = planFormat.safeParse(json);
  if (result.success) return result.data;
  const issue = result.error.issues[0];
  const where = issue === undefined || issue.path.length === 0 ? 'its top level' : issue.path.join('.');
  throw invalid(`at ${where}, ${issue?.message ?? 'unreadable'}`, result.error);
}
