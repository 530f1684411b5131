// `manifest build` of a generated chain, beside plain Knex running the same migrations.
import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { withDatabase } from './databases.js';
import { writeMigrations } from './generate-chain.js';
import { inChild, inTurn, median, ratioOf } from './measure.js';
import { bar } from './snapshots.js';

const MAIN = fileURLToPath(new URL('../dist/cli/main.js', import.meta.url));

/** Both as whole processes, on a database each. */
export async function measureManifestBuild(family, serverUrl, count, rounds) {
  const folder = await mkdtemp(path.join(tmpdir(), 'knex-adopt-bench-'));
  const migrations = path.join(folder, 'migrations');
  try {
    await writeMigrations(migrations, count);
    const results = await inTurn(
      {
        'plain replay': {
          run: () =>
            withDatabase(family, serverUrl, (url) =>
              inChild('./plain-replay-child.js', { family, url, folder: migrations }),
            ),
        },
        'manifest build': {
          run: () =>
            withDatabase(family, serverUrl, (url) =>
              promisify(execFile)(
                process.execPath,
                [MAIN, 'manifest', 'build', '--url', url, '--migrations', migrations],
                { cwd: folder },
              ),
            ),
          dispose: () => rm(path.join(migrations, 'manifests'), { recursive: true, force: true }),
        },
      },
      rounds,
      0,
    );
    const figures = Object.entries(results).map(([contender, { times }]) => ({
      family,
      migrations: count,
      contender,
      ms: median(times),
      ratio: ratioOf(results, contender, 'plain replay'),
    }));
    return { figures, bars: [bar(`${family}, manifest build: times the plain replay`, figures[1].ratio, 2)] };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
