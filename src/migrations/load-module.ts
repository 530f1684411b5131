import { readFile } from 'node:fs/promises';
import path from 'node:path';
import type { Jiti } from 'jiti';
import type { Knex } from 'knex';
import { AdoptError } from '../errors.ts';

let jiti: Promise<Jiti> | undefined;

async function loader(): Promise<Jiti> {
  jiti ??= import('jiti').then(({ createJiti }) => createJiti(import.meta.url, { fsCache: false }));
  return jiti;
}

/**
 * Imports a JavaScript or TypeScript module, ESM or CommonJS, whatever the project's own kind.
 *
 * jiti does what neither Node 20 nor Knex's loader can: TypeScript in both kinds of project. It is loaded only when first needed, because an
 * up-to-date database never needs it. Its cache on disk stays off: it is in the temporary folder, where another user of the machine could put
 * code for us to run.
 */
export async function importModule(file: string): Promise<unknown> {
  return (await loader()).import(file);
}

/**
 * What may be made up when a module is loaded: a call in a declaration at the left margin, or dates and chance anywhere. One migration in five or
 * so; the others are spared being transpiled again, which takes some 20 ms. What this takes for a call and is none costs only that.
 */
const MADE_WHEN_LOADED = [
  /^(?:export\s+)?(?:const|let|var)\s[^\n]*?(?<![\w$.])(?!(?:require|function|async)\b)(?:new\s+)?[\w$.]+\(/m,
  /\bnew\s+Date\b|\bDate\s*[.(]|[Rr]andom/,
];

/** Evaluates a module that has been imported before once more; what it imports is there already, and who imports it later gets what there was. */
async function evaluateModule(file: string, source: string): Promise<unknown> {
  const { cache, evalModule } = await loader();
  const before = cache[file];
  try {
    // Neither can Node's own cache of ESM be emptied, nor does Node evaluate CommonJS that it has: so it is transpiled, whatever it is.
    const options = { filename: file, ext: path.extname(file), async: true, forceTranspile: true };
    return await evalModule(source, options);
  } finally {
    if (before === undefined) delete cache[file];
    else cache[file] = before;
  }
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
  return asMigration(file, module);
}

/**
 * Evaluates one migration file once more, for what it makes up when it is loaded: `const today = new Date()` at its top.
 *
 * @returns undefined where its text calls nothing then but `require`.
 * @throws whatever it throws when it is evaluated; AdoptError `MIGRATIONS.INVALID`.
 */
export async function evaluateMigration(file: string): Promise<MigrationModule | undefined> {
  const source = await readFile(file, 'utf8');
  if (!MADE_WHEN_LOADED.some((pattern) => pattern.test(source))) return undefined;
  return asMigration(file, await evaluateModule(file, source));
}

function asMigration(file: string, module: unknown): MigrationModule {
  const exports = moduleMember(module, 'up');
  if (exports === null || typeof exports.up !== 'function') {
    throw new AdoptError('MIGRATIONS.INVALID', `Migration ${file} exports no function "up".`, {
      hint: 'Export async functions "up" and "down", each taking a Knex instance.',
    });
  }
  return exports as unknown as MigrationModule;
}
