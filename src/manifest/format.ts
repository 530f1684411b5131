import { z } from 'zod';
import { AdoptError } from '../errors.ts';
import { DIALECT_NAMES, OBJECT_KINDS } from '../schema/snapshot.ts';
import { stableJson } from '../util/stable-json.ts';
import { type TableFormat, tableFormat } from './table-format.ts';

/** The version of the manifest format that this release writes, and the only one it reads. */
export const MANIFEST_FORMAT = 1;

/** A zod schema of a name-to-value map that is read as entries, because a table may be called `__proto__`. */
export function entriesOf<T extends z.ZodType>(value: T) {
  return z.preprocess(
    (map) => (typeof map === 'object' && map !== null && !Array.isArray(map) ? Object.entries(map) : map),
    z.array(z.tuple([z.string(), value])),
  );
}

const objectFormat = z.strictObject({
  kind: z.enum(OBJECT_KINDS),
  definition: z.string(),
  unread: z.literal(true).optional(),
});

const manifestFormat = z.strictObject({
  format: z.literal(MANIFEST_FORMAT),
  dialect: z.enum(DIALECT_NAMES),
  revision: z.string().min(1),
  variant: z.string().min(1).optional(),
  parent: z.string().nullable(),
  fingerprint: z.string().regex(/^sha256:[0-9a-f]{64}$/),
  recordedOn: z.string(),
  defaultCollation: z.string().optional(),
  tables: entriesOf(tableFormat.nullable()),
  objects: entriesOf(objectFormat.nullable()),
});

/**
 * One manifest: what one migration changed in the structure of a database, and the fingerprint of the whole structure expected after it.
 *
 * `tables` holds complete tables by key, null for one that is gone; `objects` likewise, by `kind key`.
 */
export interface Manifest {
  readonly format: typeof MANIFEST_FORMAT;
  readonly dialect: (typeof DIALECT_NAMES)[number];
  readonly revision: string;
  /** Of an accepted variant: its name. */
  readonly variant?: string | undefined;
  /** The revision before, whose expectation this one builds on; null for the first. Of a variant: the revision itself. */
  readonly parent: string | null;
  readonly fingerprint: string;
  /** Server and version that the expectation was read from, for people: `postgres 15.18`. */
  readonly recordedOn: string;
  /** What `"collation": "default"` stands for (MySQL family). */
  readonly defaultCollation?: string | undefined;
  readonly tables: readonly (readonly [string, TableFormat | null])[];
  readonly objects: readonly (readonly [string, ObjectFormat | null])[];
}

/** An object beside the tables, as it stands in a manifest. */
export type ObjectFormat = z.infer<typeof objectFormat>;

/**
 * Reads a manifest's text.
 *
 * @throws AdoptError `MANIFEST.INVALID`, saying where in the file and what was expected there.
 */
export function parseManifest(text: string, file: string): Manifest {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (cause) {
    throw new AdoptError('MANIFEST.INVALID', `${file} is not valid JSON: ${(cause as Error).message}.`, {
      hint: 'Restore it from version control, or write it anew with "knex-adopt manifest build".',
      cause,
    });
  }
  const result = manifestFormat.safeParse(json);
  if (result.success) return result.data;
  const issue = result.error.issues[0];
  const where = issue === undefined || issue.path.length === 0 ? 'its top level' : issue.path.join('.');
  throw new AdoptError(
    'MANIFEST.INVALID',
    `${file} is not a manifest: at ${where}, ${issue?.message ?? 'unreadable'}.`,
    {
      hint: 'Restore it from version control, or write it anew with "knex-adopt manifest build".',
      cause: result.error,
    },
  );
}

/** A manifest's text: the same manifest always gives the same bytes. */
export function serializeManifest(manifest: Manifest): string {
  const { tables, objects, ...head } = manifest;
  return stableJson({ ...head, tables: Object.fromEntries(tables), objects: Object.fromEntries(objects) });
}
