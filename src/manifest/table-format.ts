import { z } from 'zod';

/*
 * How a table stands in a manifest: made to be read in a pull request. What is the common case is left out (no default, no identity, not
 * deferrable, valid, ascending btree), so a line says what is particular.
 */

const actions = ['no-action', 'restrict', 'cascade', 'set-null', 'set-default'] as const;
const deferrables = ['initially-immediate', 'initially-deferred'] as const;

const defaultFormat = z.union([
  z.strictObject({ literal: z.string() }),
  z.strictObject({ expression: z.string() }),
  z.strictObject({ sequence: z.literal(true) }),
  z.strictObject({ varying: z.enum(['literal', 'expression']) }),
]);

const collationFormat = z.union([
  z.string(),
  z.strictObject({ name: z.string(), default: z.enum(['database', 'charset']) }),
]);

const columnFormat = z.strictObject({
  name: z.string(),
  type: z.string(),
  nullable: z.boolean(),
  default: defaultFormat.optional(),
  identity: z.enum(['always', 'by-default', 'auto-increment']).optional(),
  generated: z.strictObject({ kind: z.enum(['stored', 'virtual']), expression: z.string() }).optional(),
  collation: collationFormat.optional(),
  extra: z.string().optional(),
});

const indexPartFormat = z.union([
  z.string(),
  z.strictObject({
    column: z.string().optional(),
    expression: z.string().optional(),
    order: z.literal('desc').optional(),
    nulls: z.enum(['first', 'last']).optional(),
    operatorClass: z.string().optional(),
    collation: z.string().optional(),
    length: z.number().int().positive().optional(),
  }),
]);

/** The zod schema of one table in a manifest. */
export const tableFormat = z.strictObject({
  columns: z.array(columnFormat),
  primaryKey: z.strictObject({ name: z.string().optional(), columns: z.array(z.string()) }).optional(),
  uniques: z
    .array(
      z.strictObject({
        name: z.string(),
        columns: z.array(z.string()),
        deferrable: z.enum(deferrables).optional(),
        nullsNotDistinct: z.literal(true).optional(),
      }),
    )
    .optional(),
  foreignKeys: z
    .array(
      z.strictObject({
        name: z.string(),
        columns: z.array(z.string()),
        references: z.strictObject({ table: z.string(), columns: z.array(z.string()) }),
        onUpdate: z.enum(actions).optional(),
        onDelete: z.enum(actions).optional(),
        match: z.enum(['full', 'partial']).optional(),
        deferrable: z.enum(deferrables).optional(),
        validated: z.literal(false).optional(),
      }),
    )
    .optional(),
  checks: z
    .array(
      z.strictObject({ name: z.string(), expression: z.string(), validated: z.literal(false).optional() }),
    )
    .optional(),
  indexes: z
    .array(
      z.strictObject({
        name: z.string(),
        parts: z.array(indexPartFormat),
        unique: z.literal(true).optional(),
        method: z.string().optional(),
        include: z.array(z.string()).optional(),
        predicate: z.string().optional(),
        nullsNotDistinct: z.literal(true).optional(),
        valid: z.literal(false).optional(),
      }),
    )
    .optional(),
  unmodelled: z.array(z.string()).optional(),
  named: z.record(z.string(), z.string()).optional(),
  unread: z.array(z.string()).optional(),
});

/** One table as it stands in a manifest. */
export type TableFormat = z.infer<typeof tableFormat>;
/** One column as it stands in a manifest. */
export type ColumnFormat = z.infer<typeof columnFormat>;
/** One index as it stands in a manifest. */
export type IndexFormat = NonNullable<TableFormat['indexes']>[number];
