import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { Validation } from '../../src/validate.ts';
import { createProject, failureOf, type Project } from './command-line.ts';

const UP = "exports.up = (knex) => knex.schema.createTable('cats', (table) => { table.increments(); });\n";

async function problemsOf(project: Project, ...args: string[]): Promise<Validation['problems']> {
  const ended = await project.run(['validate', '--offline', '--json', ...args]);
  return (JSON.parse(ended.stdout) as Validation).problems;
}

test('a migration without down, which Knex does not run, is said to be so before anything is replayed', async () => {
  const project = await createProject({ 'migrations/001_cats.js': UP });
  const ended = await project.run(['manifest', 'check']);
  expect([failureOf(ended).code, ended.exitCode], ended.stderr).toEqual(['MIGRATIONS.INVALID', 2]);
  expect(failureOf(ended).message).toBe('Migration 001_cats.js has no function "down".');
});

test('a migration whose syntax is wrong is named with line and column', async () => {
  const project = await createProject({
    'migrations/001_cats.ts': 'export const up = async () => {};\nexport const down = ;\n',
    'migrations/002_dogs.js': "const word = require('./words/word.js');\n",
    'migrations/words/word.js': '\n\nexports.word = = 1;\n',
  });
  const [first, second] = await problemsOf(project);
  expect(first?.message).toMatch(/does not load: .*\(\S+\/001_cats\.ts:2:\d+\)$/);
  expect(second?.message).toMatch(/002_dogs\.js does not load: .*\(\S+\/words\/word\.js:3:\d+\)$/);
});

describe('with manifests of two dialects', () => {
  test('what is wrong with a shared probe is told once', async () => {
    const project = await createProject({}, { chain: true });
    await project.write({ 'migrations/manifests/probes/002_cat_recognition.sql': 'delete from cats' });
    expect((await problemsOf(project)).map(({ code }) => code)).toEqual(['PROBE.INVALID']);
  });

  test('--dialect leaves those of the other alone', async () => {
    const project = await createProject({}, { chain: true });
    const manifests = join(project.folder, 'migrations/manifests');
    await rm(join(manifests, 'mysql/002_cat_recognition.json'));
    expect(await problemsOf(project, '--dialect', 'postgres')).toEqual([]);
    expect((await problemsOf(project, '--dialect', 'mysql')).map(({ code }) => code)).toEqual([
      'MANIFEST.CHAIN',
    ]);
  });
});
