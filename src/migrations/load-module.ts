import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import type { Jiti } from 'jiti';
import type { Knex } from 'knex';
import { AdoptError } from '../errors.ts';
import { whileLoading } from './last-begun.ts';

let plain: Promise<Jiti> | undefined;

/** By the tsconfig.json whose path aliases they know. */
const withAliases = new Map<string, Promise<Jiti>>();

async function loader(tsconfig?: string): Promise<Jiti> {
  const { createJiti } = await import('jiti');
  return createJiti(import.meta.url, { fsCache: false, ...(tsconfig && { tsconfigPaths: tsconfig }) });
}

/** As TypeScript finds it: in the folder of the file, else in the nearest above that has one. */
function tsconfigOf(file: string): string | undefined {
  const folder = path.dirname(file);
  const found = path.join(folder, 'tsconfig.json');
  if (existsSync(found)) return found;
  return folder === path.dirname(folder) ? undefined : tsconfigOf(folder);
}

/** What Node says of an import that leads nowhere; an alias may look to it like a package, a member of one, or no name at all. */
const NOT_FOUND = new Set([
  'MODULE_NOT_FOUND',
  'ERR_MODULE_NOT_FOUND',
  'ERR_INVALID_MODULE_SPECIFIER',
  'ERR_PACKAGE_IMPORT_NOT_DEFINED',
  'ERR_PACKAGE_PATH_NOT_EXPORTED',
  'ERR_UNSUPPORTED_DIR_IMPORT',
]);

function leadsNowhere(error: unknown): boolean {
  const code = typeof error === 'object' && error !== null && 'code' in error ? error.code : undefined;
  return typeof code === 'string' && NOT_FOUND.has(code);
}

async function aliasLoader(tsconfig: string, notFound: unknown): Promise<Jiti> {
  const made = withAliases.get(tsconfig) ?? loader(tsconfig);
  withAliases.set(tsconfig, made);
  return made.catch((cause: unknown) => {
    withAliases.delete(tsconfig);
    throw new AdoptError(
      'MIGRATIONS.LOAD',
      `${reasonOf(notFound)}; it may be an alias, but ${tsconfig} cannot be used: ${reasonOf(cause)}`,
      { hint: 'Mend the tsconfig.json, or install what it extends.', cause: notFound },
    );
  });
}

/** Why a module does not load, in one line; with file, line and column where its syntax is why. */
export function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const [first = '', second = ''] = error.message.split('\n').map((line) => line.trim());
  return /^\S.*:\d+:\d+$/.test(second) ? `${first.replace(/\.$/, '')} (${second})` : first;
}

/**
 * Loads as Node does, and only what then lacks an import with the path aliases of the tsconfig.json. Those take more than twice the time, and would
 * lead astray who names declarations (`"paths": { "pg": ["types/pg.d.ts"] }`) or extends what is not installed where the migrations run.
 */
async function loadBy<T>(file: string, load: (jiti: Jiti) => Promise<T>): Promise<T> {
  try {
    plain ??= loader();
    return await load(await plain);
  } catch (error) {
    const tsconfig = leadsNowhere(error) ? tsconfigOf(file) : undefined;
    if (tsconfig === undefined) throw error;
    return load(await aliasLoader(tsconfig, error));
  }
}

/**
 * Imports a JavaScript or TypeScript module, ESM or CommonJS, whatever the project's own kind. What it, or what it imports, cannot find otherwise
 * is looked for by `paths` and `baseUrl` of the nearest tsconfig.json above it: a package goes before an alias of the same name, and an alias
 * that is imported only while a function runs is found if the module itself needed one.
 *
 * jiti does what neither Node 20 nor Knex's loader can: TypeScript in both kinds of project. It is loaded only when first needed, because an
 * up-to-date database never needs it. Its cache on disk stays off: it is in the temporary folder, where another user of the machine could put
 * code for us to run.
 *
 * @throws whatever the module throws, or the reason why it cannot be found; AdoptError `MIGRATIONS.LOAD` when the tsconfig.json cannot be used.
 */
export async function importModule(file: string): Promise<unknown> {
  return loadBy(file, (jiti) => jiti.import(file));
}

/**
 * What may be made up when a module is loaded: a call in a declaration at the left margin that is not of a function, or dates and chance anywhere.
 * One migration in five or so; the others are spared being transpiled again, which takes some 20 ms. What this takes for a call and is none costs
 * only that.
 */
const MADE_WHEN_LOADED = [
  /^(?:export\s+)?(?:const|let|var)\s(?![^=\n]+=\s*(?:async\b\s*)?(?:\([^()\n]*\)[^=\n]*|[\w$]+\s*)=>)[^\n]*?(?<![\w$.])(?!(?:require|function|async)\b)(?:new\s+)?[\w$.]+\(/m,
  /\bnew\s+Date\b|\bDate\s*[.(]|[Rr]andom/,
];

/** Evaluates a module that has been imported before once more; what it imports is there already, and who imports it later gets what there was. */
async function evaluateModule(file: string, source: string): Promise<unknown> {
  // Neither can Node's own cache of ESM be emptied, nor does Node evaluate CommonJS that it has: so it is transpiled, whatever it is.
  const options = { filename: file, ext: path.extname(file), async: true, forceTranspile: true };
  return loadBy(file, async ({ cache, evalModule }) => {
    const before = cache[file];
    try {
      return await evalModule(source, options);
    } finally {
      if (before === undefined) delete cache[file];
      else cache[file] = before;
    }
  });
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
    module = await whileLoading(file, () => importModule(file));
  } catch (cause) {
    throw new AdoptError('MIGRATIONS.LOAD', `Migration ${file} does not load: ${reasonOf(cause)}`, {
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

/** What was loaded, as a migration. @throws AdoptError `MIGRATIONS.INVALID` where it has no `up`. */
export function asMigration(file: string, module: unknown): MigrationModule {
  const exports = moduleMember(module, 'up');
  if (exports === null || typeof exports.up !== 'function') {
    throw new AdoptError('MIGRATIONS.INVALID', `Migration ${file} exports no function "up".`, {
      hint: 'Export async functions "up" and "down", each taking a Knex instance.',
    });
  }
  return exports as unknown as MigrationModule;
}
