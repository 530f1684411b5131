import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterEach, describe, expect, test } from 'vitest';
import { createDatabase, runSql, type TestDatabase } from '../support/database.ts';
import { loadFixture } from '../support/fixtures.ts';

const SERVER = join(import.meta.dirname, '../../examples/start-up/server.js');

interface LogLine {
  readonly event?: string;
  readonly port?: number;
  readonly code?: string;
  readonly message: string;
}

interface Application {
  readonly child: ChildProcess;
  readonly lines: readonly LogLine[];
  /** Its exit status or signal. */
  readonly ended: Promise<number | string>;
}

const running = new Set<ChildProcess>();

/** Starts the example; resolves when it listens or has ended. */
async function start(database: TestDatabase): Promise<Application> {
  const child = spawn(process.execPath, [SERVER], {
    env: { ...process.env, DATABASE_URL: database.url, PORT: '0' },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  running.add(child);
  const lines: LogLine[] = [];
  const complaints: string[] = [];
  child.stderr.on('data', (chunk) => complaints.push(String(chunk)));
  const ended = once(child, 'close').then(([status, signal]) => {
    running.delete(child);
    // What the process says outside of its log is no part of any expectation here.
    expect(complaints.join('')).toBe('');
    return (status ?? signal) as number | string;
  });
  const listening = new Promise<void>((resolve) => {
    createInterface({ input: child.stdout }).on('line', (text) => {
      const line = JSON.parse(text) as LogLine;
      lines.push(line);
      if (line.event === 'listening') resolve();
    });
  });
  await Promise.race([listening, ended]);
  return { child, lines, ended };
}

async function get(application: Application, path: string): Promise<{ status: number; body: unknown }> {
  const port = application.lines.find((line) => line.event === 'listening')?.port;
  const response = await fetch(`http://127.0.0.1:${port}${path}`);
  return { status: response.status, body: await response.json() };
}

const events = ({ lines }: Application) => lines.map((line) => line.event);

afterEach(() => {
  for (const child of running) child.kill('SIGKILL');
});

describe('examples/start-up', () => {
  test('installs a fresh database before it listens, finds it up to date the next time, and ends on SIGTERM', async () => {
    const database = await createDatabase('postgres');
    try {
      const healthy = {
        status: 200,
        body: {
          ok: true,
          current: '003_activity_features',
          head: '003_activity_features',
          pending: [],
          lock: 'free',
          problem: null,
        },
      };

      const first = await start(database);
      expect(await get(first, '/healthz')).toEqual(healthy);
      expect(await get(first, '/cats')).toEqual({ status: 200, body: [] });
      expect(await get(first, '/dogs')).toMatchObject({ status: 404 });
      first.child.kill('SIGTERM');
      expect(await first.ended).toBe(0);
      expect(events(first)).toContain('detected');
      expect(events(first)).not.toContain('up-to-date');

      const second = await start(database);
      expect(await get(second, '/healthz')).toEqual(healthy);
      expect(events(second)).toEqual(['up-to-date', 'listening']);

      await runSql(database, "delete from knex_migrations where name like '003%'");
      expect(await get(second, '/healthz')).toMatchObject({
        status: 503,
        body: { ok: false, pending: ['003_activity_features'] },
      });
      second.child.kill('SIGTERM');
      expect(await second.ended).toBe(0);
    } finally {
      await database.dispose();
    }
  });

  test('does not start on a database that is refused', async () => {
    const database = await createDatabase('postgres');
    try {
      await runSql(database, await loadFixture('postgres', 'partial-short-of-002'));
      const application = await start(database);
      expect(await application.ended).toBe(1);
      expect(events(application)).toEqual(['detected', 'refused', 'failed']);
      expect(application.lines.at(-1)).toMatchObject({ code: 'REFUSED.PARTIAL' });
    } finally {
      await database.dispose();
    }
  });
});
