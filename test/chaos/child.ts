import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { AdoptOptions } from '../../src/adopt.ts';
import type { Refusal } from '../../src/plan/plan.ts';

const SCRIPT = fileURLToPath(new URL('child.js', import.meta.url));

/**
 * What happens to a process at a statement, the first of which is 1. `while`: the statement is sent, and its answer never seen. `disk` and
 * `permission`: the server answers it as it does when the disk is full, or the role may not. `lose-lock`: the connection that holds the lock of a session ends; the work's own does not. `pause`: it waits for {@link Meanwhile}.
 */
export interface Fault {
  readonly kind:
    | 'kill-before'
    | 'kill-while'
    | 'kill-after'
    | 'cut-before'
    | 'cut-while'
    | 'lose-lock'
    | 'disk'
    | 'permission'
    | 'pause';
  readonly at: number;
}

/** What a process is to do, with the built package: `adopt`, or what the command `upgrade` does. */
export interface Job {
  readonly url: string;
  readonly migrations: string;
  readonly command: 'adopt' | 'upgrade';
  readonly options: Pick<AdoptOptions, 'onPartial' | 'mapping' | 'lockWaitMs'>;
  readonly fault?: Fault | undefined;
}

/** What the test does when the process asks for it. */
export type Meanwhile = (what: 'cut' | 'deafen' | 'paused') => Promise<void> | void;

/** How it ended. */
export interface Ended {
  /** `killed`, `failed` (an error was thrown), or an adoption's or upgrade's outcome. */
  readonly outcome: string;
  readonly refused: readonly Refusal[];
  /** What the driver was given, in order; empty when it was killed. */
  readonly statements: readonly string[];
}

/** Processes that have loaded everything and wait for their job, so that loading is not waited for. */
export interface Children {
  run(job: Job, meanwhile?: Meanwhile): Promise<Ended>;
  /** All at once, from one moment. */
  runAll(jobs: readonly Job[]): Promise<readonly Ended[]>;
  stop(): void;
}

async function ready(family: 'postgres' | 'mysql'): Promise<ChildProcess> {
  const child = fork(SCRIPT, [family], {
    env: { PATH: process.env.PATH, HOME: process.env.HOME },
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  await once(child, 'message');
  return child;
}

function work(child: ChildProcess, job: Job, meanwhile: Meanwhile = () => {}): Promise<Ended> {
  return new Promise((resolve, reject) => {
    let ended: Ended | undefined;
    child.on('message', async ({ what, ...answer }: { what: string } & Ended) => {
      if (what === 'ended') {
        ended = answer;
        return;
      }
      await meanwhile(what as Parameters<Meanwhile>[0]);
      child.send({});
    });
    child.once('error', reject);
    child.once('exit', (code, signal) => {
      if (ended !== undefined) resolve(ended);
      else if (signal === 'SIGKILL') resolve({ outcome: 'killed', refused: [], statements: [] });
      else reject(new Error(`The process ended with ${signal ?? code} and said nothing.`));
    });
    child.send(job);
  });
}

/** Keeps one process waiting. */
export function startChildren(family: 'postgres' | 'mysql'): Children {
  let next: Promise<ChildProcess> | undefined;
  const take = () => {
    const taken = next ?? ready(family);
    next = undefined;
    return taken;
  };
  return {
    run: async (job, meanwhile) => {
      const child = await take();
      next = ready(family);
      return work(child, job, meanwhile);
    },
    runAll: async (jobs) => {
      const children = await Promise.all(jobs.map(take));
      return Promise.all(jobs.map((job, index) => work(children[index] as ChildProcess, job)));
    },
    stop: () => void next?.then((child) => child.kill('SIGKILL')),
  };
}
