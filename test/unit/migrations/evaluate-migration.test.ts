import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { evaluateMigration } from '../../../src/migrations/load-module.ts';

const UP = 'export const up = async () => {};';

describe('a migration file', () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'knex-adopt-test-'));
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));
  let count = 0;
  const again = async (line: string) => {
    count += 1;
    const file = path.join(folder, `${count}.mjs`);
    await writeFile(file, `import path from 'node:path';\n${line}\n${line.includes(' up ') ? '' : UP}\n`);
    return evaluateMigration(file);
  };

  test.each([
    'const value = path.join("a", "b");',
    'const value = (() => path.join("a", "b"))();',
    'const [value] = [1].map((one) => String(one));',
    'export const value = [1].map(one => one), made = String(1);',
    'const up = (knex) => knex.raw("select ?", [Math.random()]);\nexport { up };',
  ])('that may make something up when it is loaded is evaluated again: %s', async (line) => {
    expect(await again(line)).toHaveProperty('up');
  });

  test.each([
    'const value = 7;',
    'export const up = (knex) => knex.schema.createTable("cats", (table) => { table.increments(); });',
    'export const up = async knex => knex.schema.dropTable("cats");',
    'const drop = (knex, name) => knex.schema.dropTable(name);',
  ])('that makes nothing then is not: %s', async (line) => {
    expect(await again(line)).toBeUndefined();
  });
});
