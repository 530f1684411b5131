import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { expect } from 'vitest';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));

/**
 * Has a process of its own begin a rebuild on the MySQL family, in which a migration ends it: by `process.exit(9)` where the environment has
 * `DIE_HERE`. Nothing is tidied up then, as after a kill.
 */
export async function rebuildAndDie(url: string, migrations: string): Promise<void> {
  const script = `import('./dist/index.js').then(({ adopt }) => adopt({
      knex: require('knex')({ client: 'mysql2', connection: process.env.URL }),
      migrations: process.env.DIRECTORY, onPartial: 'rebuild' }))`;
  const child = spawn(process.execPath, ['-e', script], {
    cwd: ROOT,
    stdio: 'ignore',
    env: { PATH: process.env.PATH, URL: url, DIRECTORY: migrations, DIE_HERE: '1' },
  });
  expect(await once(child, 'exit')).toEqual([9, null]);
}
