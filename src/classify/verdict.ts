import { z } from 'zod';

/*
 * The verdict as released: the shape of `detect-state --json`, of the library's answer, and of the shipped JSON Schema, from one source.
 * Names are stable; see `docs/formats.md`.
 */

export const REPORT_FORMAT = 1;

const grade = z.enum(['blocking', 'risky', 'harmless']);

export const differenceSchema = z.object({
  path: z.array(z.string()).describe('Where: kind of thing, qualified name, then kind and name within it'),
  outcome: z
    .enum(['missing', 'unexpected', 'different', 'cannot-tell'])
    .describe('cannot-tell: the texts are not the same, and one of them could not be taken apart'),
  grade,
  expected: z.unknown(),
  actual: z.unknown(),
  rule: z
    .string()
    .nullable()
    .describe(
      'The rule that is switched off, or several, without which this is a difference; null where no rule is',
    ),
  introducedBy: z
    .string()
    .nullable()
    .describe('The revision that brought it; null when no revision knows it'),
  sql: z.string().nullable().describe('The statement that would mend it, where there is one'),
  accepted: z.string().nullable().describe('Why it was accepted in a reviewed file; null where it was not'),
});

const policySchema = z.object({ revision: z.string(), policy: z.enum(['run', 'skip']) });

const settledBySchema = z.discriminatedUnion('kind', [
  z.object({
    kind: z.literal('probe'),
    revisions: z.array(z.string()).describe('The migrations whose probes decided'),
  }),
  z.object({
    kind: z.literal('foreign-history'),
    tool: z.string(),
    table: z.string(),
    version: z.string().describe('What that table says, and what is mapped to the revision'),
  }),
  z.object({ kind: z.literal('policy'), policies: z.array(policySchema) }),
]);

const undecidedSchema = z.object({
  between: z.array(z.string()).describe('The candidates that evidence left'),
  conflict: z.boolean().describe('Whether evidence contradicts evidence, so that only a human can decide'),
  policies: z.array(policySchema).describe('Policies written for migrations between them'),
  reasons: z.array(z.string()).describe('Why evidence that there is did not settle it'),
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
  variant: z
    .string()
    .nullable()
    .describe(
      'The accepted variant that is met, of `revision` or, of a managed database, of an earlier one and migrated since; null where it is the revision as migrated',
    ),
  candidates: z.array(z.string()).describe('Every revision that the schema meets, in chain order'),
  ambiguous: z.boolean().describe('Several candidates, and nothing that settles which'),
  settledBy: settledBySchema
    .nullable()
    .describe('Which evidence chose among several candidates; null where there was nothing to choose'),
  undecided: undecidedSchema.nullable().describe('Of an ambiguous database: what is still open'),
  probes: z.array(
    z.object({
      revision: z.string(),
      file: z.string(),
      happened: z.boolean().nullable().describe('Null where it could not be told'),
      problem: z.string().nullable(),
    }),
  ),
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
  unusedAcceptances: z
    .array(z.string())
    .describe('Names of accepted differences of which there is none here'),
  migrations: z.array(migrationEvidenceSchema),
  unmanaged: z.array(z.string()),
  foreignHistories: z.array(
    z.object({
      tool: z.string(),
      table: z.string(),
      versions: z.array(z.string()),
      failed: z.string().nullable().describe('The version that failed half-way, or is under way'),
      ofThisChain: z.boolean().describe("Whether it is Knex's, and names migrations of this chain"),
    }),
  ),
  history: z.object({
    present: z.boolean(),
    rows: z.number().int(),
    lock: z.enum(['absent', 'free', 'held', 'stale', 'broken']),
    problem: z.string().nullable(),
  }),
  rulesUsed: z.array(z.string()),
  withoutRules: z.array(z.string()).describe('Rules that were switched off'),
  unmodelled: z.array(z.string()),
  server: z.object({ vendor: z.enum(['postgres', 'pglite', 'mysql', 'mariadb']), version: z.string() }),
  settings: z
    .array(
      z.object({
        name: z.string(),
        value: z.string().describe('As it is on this server now'),
        effect: z.string(),
        differences: z.array(z.string()).describe('Names of the differences that it explains'),
      }),
    )
    .describe('Settings of the server that may be why columns differ'),
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
/** Which evidence chose among several candidates. */
export type SettledBy = Readonly<z.infer<typeof settledBySchema>>;
/** What is still open where no evidence chose. */
export type Undecided = Readonly<z.infer<typeof undecidedSchema>>;
/** What the schema says of one migration. */
export type MigrationEvidence = Readonly<z.infer<typeof migrationEvidenceSchema>>;
/** A verdict with what it cost to make: the answer of `detectState`, and `detect-state --json`. */
export type Report = Readonly<z.infer<typeof reportSchema>>;
