import { z } from 'zod';
import { AdoptError } from '../errors.ts';

const mappingFormat = z.strictObject({
  tables: z
    .record(
      z.string(),
      z.strictObject({
        to: z.string().optional(),
        columns: z.record(z.string(), z.string()).optional(),
      }),
    )
    .optional(),
  fill: z.record(z.string(), z.string()).optional(),
});

/**
 * Where rows of a rebuilt database go when names differ, and values for columns that nothing has a value for.
 *
 * Tables by their names here, with the name there and the columns by their names here; `fill` by `table.column` as it is to be. Tables outside
 * of the default schema are named `schema.table`.
 */
export type Mapping = z.infer<typeof mappingFormat>;

/**
 * Reads a mapping's text.
 *
 * @param file where it came from, for messages.
 * @throws AdoptError `CONFIG.BAD_MAPPING`, saying where in the file and what was expected there.
 */
export function parseMapping(text: string, file: string): Mapping {
  const bad = (what: string, cause: unknown) =>
    new AdoptError('CONFIG.BAD_MAPPING', `${file} is not a mapping: ${what}.`, {
      hint: 'It is JSON: { "tables": { "old": { "to": "new", "columns": { "a": "b" } } }, "fill": { "new.c": "value" } }.',
      cause,
    });
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (cause) {
    throw bad((cause as Error).message, cause);
  }
  const result = mappingFormat.safeParse(json);
  if (result.success) return result.data;
  const issue = result.error.issues[0];
  const where = issue === undefined || issue.path.length === 0 ? 'its top level' : issue.path.join('.');
  throw bad(`at ${where}, ${issue?.message ?? 'unreadable'}`, result.error);
}
