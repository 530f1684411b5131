import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import { evaluateMigration, importMigration, importModule } from '../../../src/migrations/load-module.ts';

const folders: string[] = [];
afterEach(async () => {
  for (const folder of folders.splice(0)) await rm(folder, { recursive: true });
});

async function createFolder(files: Readonly<Record<string, string>>): Promise<string> {
  const folder = await mkdtemp(path.join(tmpdir(), 'knex-adopt-aliases-'));
  folders.push(folder);
  for (const [name, text] of Object.entries(files)) {
    await mkdir(path.dirname(path.join(folder, name)), { recursive: true });
    await writeFile(path.join(folder, name), text);
  }
  return folder;
}

const PATHS = `{
  // As TypeScript reads it: with comments, and a comma too many.
  "compilerOptions": { "baseUrl": ".", "paths": { "@/*": ["src/*"], "foo": ["types/foo.d.ts"] }, },
}`;

const HELPERS = {
  'src/names.ts': `import { suffix } from '@/deep/suffix'; export const table: string = 'cats' + suffix;`,
  'src/deep/suffix.ts': `export const suffix = '_of_the_house';`,
  'back-end/lib/names.ts': `export const other = 'dogs';`,
  'types/foo.d.ts': `declare const foo: string; export = foo;`,
  'node_modules/foo/index.js': `module.exports = { foo: 'the package' };`,
};

const ESM = `import { table } from '@/names'; import { other } from 'back-end/lib/names';
export const up = () => [table, other]; export const down = () => {};`;
const COMMONJS = `const { table } = require('@/names'); const { other } = require('back-end/lib/names');
exports.up = () => [table, other]; exports.down = () => {};`;

const made = (migration: { readonly up: unknown }): unknown =>
  Reflect.apply(migration.up as () => unknown, null, []);

describe.each(['{}', '{ "type": "module" }'])('in a project with the package.json %s', (packageJson) => {
  test.each([
    ['001.ts', ESM],
    ['001.mts', ESM],
    ['001.mjs', ESM],
    ['001.js', packageJson === '{}' ? COMMONJS : ESM],
    ['001.cjs', COMMONJS],
    ['001.cts', COMMONJS],
  ])('%s imports by paths and by baseUrl, and what it imports does too', async (name, text) => {
    const folder = await createFolder({
      ...HELPERS,
      'package.json': packageJson,
      'tsconfig.json': PATHS,
      [`db/migrations/${name}`]: text,
    });
    const file = path.join(folder, 'db/migrations', name);
    expect(made(await importMigration(file))).toEqual(['cats_of_the_house', 'dogs']);
  });
});

test('paths come from what a tsconfig.json extends, and a module is evaluated again with them', async () => {
  const folder = await createFolder({
    ...HELPERS,
    'tsconfig.base.json': PATHS,
    'db/tsconfig.json': '{ "extends": "../tsconfig.base.json" }',
    'db/001.ts': `${ESM} export const chance = Math.random();`,
  });
  const file = path.join(folder, 'db/001.ts');
  const first = await importMigration(file);
  const again = await evaluateMigration(file);
  expect(again && made(again)).toEqual(['cats_of_the_house', 'dogs']);
  expect(Reflect.get(again ?? {}, 'chance')).not.toBe(Reflect.get(first, 'chance'));
});

test('seeds and knexfiles, which are loaded the same way, know them too', async () => {
  const folder = await createFolder({
    ...HELPERS,
    'tsconfig.json': PATHS,
    'knexfile.ts': `import { other } from 'back-end/lib/names'; export default { client: 'pg', connection: { database: other } };`,
  });
  expect(await importModule(path.join(folder, 'knexfile.ts'))).toMatchObject({
    default: { connection: { database: 'dogs' } },
  });
});

test('what loads without them loads as it did: a package, although paths name its declarations', async () => {
  const folder = await createFolder({
    ...HELPERS,
    'tsconfig.json': PATHS,
    '001.ts': `import { foo } from 'foo'; export const up = () => foo;`,
  });
  expect(made(await importMigration(path.join(folder, '001.ts')))).toBe('the package');
});

describe('a project without a tsconfig.json that can be used', () => {
  test('loads what needs no alias', async () => {
    const folder = await createFolder({
      'tsconfig.json': '{ "extends": "not-installed/tsconfig.json" }',
      '001.ts': `export const up = (): string => 'up';`,
    });
    expect(made(await importMigration(path.join(folder, '001.ts')))).toBe('up');
  });

  test.each([
    ['none', {}, /^Migration \S+001\.ts does not load: Cannot find module '@\/names'$/],
    ['one without paths', { 'tsconfig.json': '{}' }, /Cannot find module '@\/names'$/],
    ['one with an unknown path', { 'tsconfig.json': PATHS }, /Cannot find module '@\/names'$/],
    [
      'one that extends what is not there',
      { 'tsconfig.json': '{ "extends": "not-installed/tsconfig.json" }' },
      /Cannot find module '@\/names'; it may be an alias, but \S+tsconfig\.json cannot be used: File 'not-installed\/tsconfig\.json' not found\.$/,
    ],
    ['one that is cut off', { 'tsconfig.json': '{ "compilerOptions": { "paths": ' }, /'@\/names'/],
    ['one that is no object', { 'tsconfig.json': '[1, 2]' }, /'@\/names'/],
    ['one that is empty', { 'tsconfig.json': '' }, /'@\/names'/],
  ])('says in one line what is not found: %s', async (_, files, message) => {
    const folder = await createFolder({
      ...files,
      '001.ts': `import { table } from '@/names'; export const up = () => table;`,
    });
    const failure = await importMigration(path.join(folder, '001.ts')).catch((error: unknown) => error);
    expect(failure).toMatchObject({ code: 'MIGRATIONS.LOAD', message: expect.stringMatching(message) });
    expect((failure as Error).message).not.toMatch(/\n|\bat .*:\d+/);
  });

  test('a module that fails for another reason is evaluated once', async () => {
    Reflect.set(globalThis, 'evaluated', 0);
    const folder = await createFolder({
      'tsconfig.json': PATHS,
      '001.cts': `globalThis.evaluated += 1; throw new Error('no'); export const up = 1;`,
    });
    await expect(importMigration(path.join(folder, '001.cts'))).rejects.toMatchObject({
      message: expect.stringMatching(/: no$/),
    });
    expect(Reflect.get(globalThis, 'evaluated')).toBe(1);
  });
});
