import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { createDatabase, runSql } from '../support/database.ts';
import { loadFixture } from '../support/fixtures.ts';
import { createProject, failureOf } from './command-line.ts';
import { runInProcess } from './in-process.ts';

test.each(['postgres', 'mysql'] as const)(
  'on %s, a report for people is written beside what is printed, with names that are markup as text',
  async (family) => {
    const project = await createProject({}, { chain: true });
    const database = await createDatabase(family);
    try {
      await runSql(database, await loadFixture(family, 'partial-short-of-002'));
      const quote = family === 'mysql' ? '`' : '"';
      await runSql(database, `create table ${quote}<script>alert(1)</script>${quote} (id int)`);
      const run = (...more: readonly string[]) =>
        runInProcess(['detect-state', '--url', database.url, ...more], project.folder);
      const told = await run('--html', 'report.html', '--json');
      expect([told.exitCode, told.stderr]).toEqual([0, '']);
      const { differences, fingerprint, unmanaged } = JSON.parse(told.stdout);
      const page = await readFile(join(project.folder, 'report.html'), 'utf8');
      expect(page).toContain('partial');
      const blocking = differences.filter(({ grade }: { grade: string }) => grade === 'blocking');
      expect(blocking.length).toBeGreaterThan(0);
      for (const { path } of blocking) expect(page).toContain(`<code>${path[1]}</code>`);
      expect(unmanaged.join()).toContain('<script>');
      expect(page).toContain('&lt;script&gt;alert(1)&lt;/script&gt;');
      expect(page).not.toContain('<script');
      expect(fingerprint).toMatch(/^sha256:/);

      const nowhere = await run('--html', 'no/such/folder/report.html');
      expect([nowhere.exitCode, failureOf(nowhere).code]).toEqual([2, 'CONFIG.FILE']);
    } finally {
      await database.dispose();
    }
  },
);
