import type { TestProject } from 'vitest/node';
import { type Servers, type ServerUrls, startServers } from './servers.ts';

declare module 'vitest' {
  export interface ProvidedContext {
    /** Where the servers of this run are; see `test/support/servers.ts`. */
    servers: ServerUrls;
  }
}

/** The servers of this process, and how many projects of the run use them. */
interface Shared {
  readonly started: Promise<Servers>;
  users: number;
}

// Vitest loads this file once per project, each time as a new module; the process is what the projects share.
const KEY = Symbol.for('knex-adopt.test-servers');
const processWide = globalThis as { [KEY]?: Shared };

/**
 * Starts the servers, once for all projects of the run, and tells the tests their URLs.
 *
 * @throws Error what `startServers` throws; the run fails then, no test is skipped.
 */
export async function setup(project: TestProject): Promise<void> {
  processWide[KEY] ??= { started: startServers(), users: 0 };
  const shared = processWide[KEY];
  shared.users += 1;
  project.provide('servers', (await shared.started).urls);
}

/** Stops the servers when the last project has ended. */
export async function teardown(): Promise<void> {
  const shared = processWide[KEY];
  if (shared === undefined) {
    return;
  }
  shared.users -= 1;
  if (shared.users === 0) {
    delete processWide[KEY];
    // Where they did not start, `setup` has said so.
    const servers = await shared.started.catch(() => null);
    await servers?.stop();
  }
}
