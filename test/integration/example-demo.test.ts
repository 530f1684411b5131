import { spawnSync } from 'node:child_process';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';

const DEMO = join(import.meta.dirname, '../../examples/demo/demo.js');
const ESCAPE = String.fromCharCode(27);

test('the demo brings an old database from 002 to head, row for row, and leaves nothing behind', async () => {
  const temporary = await mkdtemp(join(tmpdir(), 'demo-test-'));
  try {
    const { NO_COLOR, FORCE_COLOR, ...environment } = process.env;
    const { status, stdout, stderr } = spawnSync(process.execPath, [DEMO], {
      env: { ...environment, TMPDIR: temporary },
      encoding: 'utf8',
    });
    expect(stderr).toBe('');
    expect(stdout).toContain('\nlegacy at 002_cat_recognition: every expectation of that revision is met\n');
    expect(stdout).toContain('\nmanaged at 003_activity_features: up to date\n');
    expect(stdout).toContain('\n  feedback                   600    600  ✓ equal\n');
    expect(stdout.trimEnd().split('\n').at(-1)).toBe(
      'done: legacy at 002_cat_recognition → managed at 003_activity_features, all 3,735 rows still there',
    );
    expect(stdout).not.toContain(ESCAPE);
    expect(status).toBe(0);
    // Whatever else is there is the cache of the TypeScript loader.
    expect((await readdir(temporary)).filter((name) => name.startsWith('knex-adopt'))).toEqual([]);
  } finally {
    await rm(temporary, { recursive: true, force: true });
  }
});
