import { z } from 'zod';

/*
 * The verdict as released: the shape of `detect-state --json`, of the library's answer, and of the shipped JSON Schema, from one source.
 * Names are stable; see `docs/formats.md`.
 */

export const REPORT_FORMAT = 1;

const grade = z.enum(['blocking', 'risky', 'harmless']);

export const differenceSchema = z.object({
  path: z.array(z.string()).describe('Where: kind of thing, qualified name, then kind and name within it'),
  outcome: z.enum(['missing', 'unexpected', 'different']),
  grade,
  expected: z.unknown(),
  actual: z.unknown(),
  introducedBy: z
    .string()
    .nullable()
    .describe('The revision that brought it; null when no revision knows it'),
  sql: z.string().nullable().describe('The statement that would mend it, where there is one'),
});

export const migrationEvidenceSchema = z.object({
  revision: z.string(),
  recordedName: z.string(),
  evidence: z.enum(['applied', 'absent', 'partly', 'superseded', 'traceless']),
  met: z.number().int(),
  expected: z.number().int(),
  recorded: z.boolean(),
  adopted: z.boolean(),
});

export const verdictSchema = z.object({
  format: z.literal(REPORT_FORMAT),
  state: z.enum(['fresh', 'legacy', 'partial', 'managed']),
  revision: z.string().nullable(),
  candidates: z.array(z.string()),
  ambiguous: z.boolean(),
  standing: z
    .enum(['upToDate', 'behind', 'ahead', 'inconsistent'])
    .nullable()
    .describe('Of a managed database: how its history stands to the chain'),
  drift: z
    .boolean()
    .nullable()
    .describe('Of a managed database: whether its schema differs from what its history promises'),
  head: z.string(),
  pending: z.array(z.string()),
  nearest: z.array(
    z.object({
      revision: z.string(),
      blocking: z.number().int(),
      risky: z.number().int(),
      harmless: z.number().int(),
    }),
  ),
  differences: z.array(differenceSchema),
  migrations: z.array(migrationEvidenceSchema),
  unmanaged: z.array(z.string()),
  foreignHistories: z.array(z.object({ tool: z.string(), table: z.string(), versions: z.array(z.string()) })),
  history: z.object({
    present: z.boolean(),
    rows: z.number().int(),
    lock: z.enum(['absent', 'free', 'held', 'stale', 'broken']),
    problem: z.string().nullable(),
  }),
  rulesUsed: z.array(z.string()),
  unmodelled: z.array(z.string()),
  server: z.object({ vendor: z.enum(['postgres', 'pglite', 'mysql', 'mariadb']), version: z.string() }),
  schemas: z.array(z.string()),
  fingerprint: z.string(),
});

export const reportSchema = verdictSchema.extend({
  timing: z.object({
    connectMs: z.number(),
    introspectMs: z.number(),
    classifyMs: z.number(),
    queries: z.number().int(),
  }),
});

/** Where a database stands, and the evidence. Plain data. */
export type Verdict = Readonly<z.infer<typeof verdictSchema>>;
/** One difference of a verdict, graded and attributed. */
export type Difference = Readonly<z.infer<typeof differenceSchema>>;
/** What the schema says of one migration. */
export type MigrationEvidence = Readonly<z.infer<typeof migrationEvidenceSchema>>;
/** A verdict with what it cost to make: the answer of `detectState`, and `detect-state --json`. */
export type Report = Readonly<z.infer<typeof reportSchema>>;
