import type { Knex } from 'knex';
import { AdoptError } from '../errors.ts';

let jiti: Promise<{ import(file: string): Promise<unknown> }> | undefined;

/**
 * Imports a JavaScript or TypeScript module, ESM or CommonJS, whatever the project's own kind.
 *
 * jiti does what neither Node 20 nor Knex's loader can: TypeScript in both kinds of project. It is loaded only when first needed, because an
 * up-to-date database never needs it. Its cache on disk stays off: it is in the temporary folder, where another user of the machine could put
 * code for us to run.
 */
export async function importModule(file: string): Promise<unknown> {
  jiti ??= import('jiti').then(({ createJiti }) => createJiti(import.meta.url, { fsCache: false }));
  return (await jiti).import(file);
}

/** A module's namespace, or its default export where that is where the members are. */
export function moduleMember(module: unknown, member: string): Record<string, unknown> | null {
  if (typeof module !== 'object' || module === null) return null;
  const namespace = module as Record<string, unknown>;
  if (member in namespace) return namespace;
  const inner = namespace.default;
  return typeof inner === 'object' && inner !== null && member in inner
    ? (inner as Record<string, unknown>)
    : null;
}

/** A migration as Knex runs it. */
export interface MigrationModule extends Knex.Migration {
  readonly config?: { readonly transaction?: boolean };
}

/**
 * Imports one migration file.
 *
 * @throws AdoptError `MIGRATIONS.LOAD` when it cannot be imported, `MIGRATIONS.INVALID` when it exports no `up`.
 */
export async function importMigration(file: string): Promise<MigrationModule> {
  let module: unknown;
  try {
    module = await importModule(file);
  } catch (cause) {
    const reason = cause instanceof Error ? (cause.message.split('\n')[0] ?? '') : String(cause);
    throw new AdoptError('MIGRATIONS.LOAD', `Migration ${file} does not load: ${reason}`, {
      hint: 'Mend the file, or install what it imports; nothing has been changed in the database.',
      cause,
    });
  }
  const exports = moduleMember(module, 'up');
  if (exports === null || typeof exports.up !== 'function') {
    throw new AdoptError('MIGRATIONS.INVALID', `Migration ${file} exports no function "up".`, {
      hint: 'Export async functions "up" and "down", each taking a Knex instance.',
    });
  }
  return exports as unknown as MigrationModule;
}
