import { access, mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { AdoptError } from './errors.ts';
import { type MigrationBody, type ModuleKind, migrationText } from './migrations/migration-text.ts';
import { nextRevision } from './migrations/next-name.ts';
import { LOAD_EXTENSIONS } from './migrations/source.ts';
import { compareText } from './util/order.ts';

export interface CreateOptions {
  /** Absolute; made where it is missing. */
  readonly folder: string;
  readonly name: string;
  /** With its dot; undefined for that of the last migration there. */
  readonly extension?: string | undefined;
  readonly now: Date;
  /** What it does; nothing where it is not given. */
  readonly body?: MigrationBody | undefined;
}

const NOTHING: MigrationBody = { up: [], down: [] };

async function migrationsIn(folder: string): Promise<string[]> {
  const names = await readdir(folder).catch(() => []);
  return names
    .filter((name) => LOAD_EXTENSIONS.includes(path.extname(name)) && !/\.d\.[cm]?ts$/.test(name))
    .sort(compareText);
}

const exists = (file: string) =>
  access(file).then(
    () => true,
    () => false,
  );

/** Looks in the folder and in those above it. */
async function findUpwards(folder: string, name: string): Promise<string | null> {
  const file = path.join(folder, name);
  if (await exists(file)) return file;
  const above = path.dirname(folder);
  return above === folder ? null : findUpwards(above, name);
}

async function isEsmProject(folder: string): Promise<boolean> {
  const file = await findUpwards(folder, 'package.json');
  if (file === null) return false;
  const json: unknown = JSON.parse(await readFile(file, 'utf8'));
  return typeof json === 'object' && json !== null && Reflect.get(json, 'type') === 'module';
}

/** Written as the one before it is, else as the project is. */
async function moduleKind(folder: string, extension: string, last: string | undefined): Promise<ModuleKind> {
  if (extension.endsWith('ts')) return 'typescript';
  if (extension === '.mjs') return 'esm';
  if (extension === '.cjs') return 'commonjs';
  if (last !== undefined && path.extname(last) === extension) {
    const text = await readFile(path.join(folder, last), 'utf8');
    if (/^\s*export\s/m.test(text)) return 'esm';
    if (/\bexports\b/.test(text)) return 'commonjs';
  }
  return (await isEsmProject(folder)) ? 'esm' : 'commonjs';
}

async function usualExtension(folder: string, last: string | undefined): Promise<string> {
  if (last !== undefined) return path.extname(last);
  return (await findUpwards(folder, 'tsconfig.json')) === null ? '.js' : '.ts';
}

/**
 * Writes a new migration with up and down, empty unless told otherwise, named and written in the style of those there are.
 *
 * @returns the file's path.
 * @throws AdoptError `USAGE.INVALID`, `MIGRATIONS.EXISTS`; nothing is overwritten.
 */
export async function createMigration(options: CreateOptions): Promise<string> {
  const { folder, name, now } = options;
  const existing = await migrationsIn(folder);
  const last = existing.at(-1);
  const extension = options.extension ?? (await usualExtension(folder, last));
  const file = path.join(folder, `${nextRevision({ existing, name, now })}${extension}`);
  const text = migrationText(await moduleKind(folder, extension, last), options.body ?? NOTHING);
  await mkdir(folder, { recursive: true });
  try {
    await writeFile(file, text, { flag: 'wx' });
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== 'EEXIST') throw cause;
    throw new AdoptError('MIGRATIONS.EXISTS', `${file} exists already.`, {
      hint: 'Give another name.',
      cause,
    });
  }
  return file;
}
