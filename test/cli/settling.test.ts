/** What is decided in files beside the manifests, as the command line shows it. */
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { createDatabase, runSql } from '../support/database.ts';
import { loadFixture } from '../support/fixtures.ts';
import { createProject, failureOf } from './command-line.ts';

test('manifest record --variant writes a variant, and the report names it', async () => {
  const database = await createDatabase('postgres');
  try {
    await runSql(database, await loadFixture('postgres', 'partial-critical-column'));
    const project = await createProject({}, { chain: true });
    const at = ['--url', database.url];
    expect((await project.run(['detect-state', ...at])).stdout).toContain('partial:');

    const refused = await project.run([
      'manifest',
      'record',
      '002_cat_recognition',
      '--variant',
      'a/b',
      ...at,
    ]);
    expect(refused.exitCode).toBe(2);
    expect(failureOf(refused)).toMatchObject({ code: 'USAGE.INVALID' });

    const recorded = await project.run([
      'manifest',
      'record',
      '002_cat_recognition',
      '--variant',
      'without',
      ...at,
    ]);
    expect(recorded.exitCode, recorded.stderr).toBe(0);
    expect(recorded.stdout).toContain('without: a variant of 002_cat_recognition, which has otherwise:');
    expect(await readdir(join(project.folder, 'migrations/manifests/postgres/variants'))).toEqual([
      '002_cat_recognition.without.json',
    ]);
    const detected = await project.run(['detect-state', ...at]);
    expect(detected.stdout.replaceAll(/\s+/g, ' ')).toContain(
      'legacy at 002_cat_recognition: every expectation of its accepted variant without is met',
    );
    const validated = await project.run(['validate', '--offline']);
    expect(validated.exitCode, validated.stdout).toBe(0);
  } finally {
    await database.dispose();
  }
});

test('validate finds mistakes in decisions and probes', async () => {
  const project = await createProject({}, { chain: true });
  await project.write({
    'migrations/manifests/decisions.json': '{ "format": 1, "policies": { "009_none": "run" } }',
    'migrations/manifests/probes/002_cat_recognition.sql': 'delete from cat_profiles',
    'migrations/manifests/mysql/probes/003_activity_features.sql': 'select 1; select 2',
  });
  const validated = await project.run(['validate', '--offline', '--json']);
  expect(validated.exitCode).toBe(2);
  const { problems } = JSON.parse(validated.stdout) as { problems: { code: string; message: string }[] };
  // The probe that both families share is told once.
  expect(problems.map(({ code }) => code)).toEqual(['DECISIONS.INVALID', 'PROBE.INVALID', 'PROBE.INVALID']);
  expect(problems.map(({ message }) => message).join('\n')).toMatch(
    /009_none.*begins with DELETE.*more than one statement/s,
  );
});
