import { setTimeout as sleep } from 'node:timers/promises';
import type { Supervised } from './processes.ts';

/** How long a server may take to accept connections, in milliseconds; a slow machine's first start included. */
const START_DEADLINE_MS = 60_000;

/**
 * Waits until a server under supervision answers.
 *
 * @param ping resolves when the server answered, rejects when it did not
 * @throws Error with the end of the server's output when it ended or did not answer in time.
 */
export async function awaitServer(
  name: string,
  server: Supervised,
  ping: () => Promise<void>,
): Promise<void> {
  const deadline = Date.now() + START_DEADLINE_MS;
  for (;;) {
    try {
      return await ping();
    } catch (error) {
      const exitStatus = await server.exitStatus();
      if (exitStatus === null && Date.now() < deadline) {
        await sleep(40);
        continue;
      }
      const what = exitStatus === null ? 'did not answer in time' : `ended with status ${exitStatus}`;
      const tail = (await server.output()).trim().split('\n').slice(-15).join('\n');
      throw new Error(`${name} ${what}; it printed:\n${tail}`, { cause: error });
    }
  }
}
