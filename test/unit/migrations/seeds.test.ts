import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import knexFactory, { type Knex } from 'knex';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { openSeeds } from '../../../src/migrations/seeds.ts';

describe('openSeeds', () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'knex-adopt-seeds-'));
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  const at = (...parts: string[]) => path.join(folder, ...parts);
  const write = async (...names: string[]) => {
    for (const name of names) {
      await mkdir(path.dirname(at(name)), { recursive: true });
      await writeFile(at(name), 'exports.seed = async () => {};');
    }
  };
  const configured = (seeds: object): Knex => knexFactory({ client: 'pg', seeds });
  const namesOf = async (seeds: object) => (await openSeeds(configured(seeds))).names;
  /** The order in which Knex's own source takes the same files. */
  const knexOrder = async (seeds: object): Promise<string[]> => {
    const seeder = configured(seeds).seed as unknown as { _listAll(config: object): Promise<string[]> };
    return seeder._listAll({});
  };

  test('takes JavaScript and TypeScript in the order of names, and neither types nor texts', async () => {
    await write('b.ts', 'a.js', 'c.mjs', '10.cjs', '9.cts', 'types.d.ts', 'notes.md', 'map.js.map');
    expect(await namesOf({ directory: folder })).toEqual(['10.cjs', '9.cts', 'a.js', 'b.ts', 'c.mjs']);
  });

  test('looks below a folder only where that is asked for', async () => {
    await write('a.js', 'users/a.js', 'z.js');
    expect(await namesOf({ directory: folder })).toEqual(['a.js', 'z.js']);
    expect(await namesOf({ directory: folder, recursive: true })).toEqual(['a.js', 'users/a.js', 'z.js']);
  });

  test.each([false, true])(
    'orders several folders as Knex does, sorted separately: %s',
    async (separately) => {
      await write('two/a.js', 'two/c.js', 'one/b.js', 'one/d.js');
      const seeds = { directory: [at('two'), at('one')], sortDirsSeparately: separately };
      const names = await namesOf(seeds);
      expect(names.map((name) => path.resolve(name))).toEqual(await knexOrder(seeds));
      expect(names).toHaveLength(4);
    },
  );

  test('takes the extensions that the configuration names, and the one seed that it names', async () => {
    await write('a.js', 'b.ts', 'c.js');
    expect(await namesOf({ directory: folder, loadExtensions: ['.ts'] })).toEqual(['b.ts']);
    expect(await namesOf({ directory: folder, specific: 'c.js' })).toEqual(['c.js']);
  });

  test('loads a default export, and names a seed that there is not', async () => {
    await writeFile(at('a.mjs'), 'export default { seed: async () => {} };');
    const seeds = await openSeeds(configured({ directory: folder }));
    expect(await seeds.load('a.mjs')).toMatchObject({ seed: expect.any(Function) });
    await expect(seeds.load('b.js')).rejects.toMatchObject({ code: 'SEEDS.MISSING' });
  });
});
