import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { dropPlaces } from '../support/partial.ts';
import type { StartedServer } from '../support/processes.ts';
import { startMariadb } from '../support/server-mariadb.ts';
import { startPostgres } from '../support/server-postgres.ts';
import { expectSurvived } from './accident.ts';
import { type Chain, createChain } from './chain.ts';
import { type Children, startChildren } from './child.ts';
import { note, tried } from './figures.ts';
import { expectConverged, type Family, type Scene, setScene } from './scene.ts';
import { STRATEGIES } from './starts.ts';

const TIMEOUT_MS = 1_200_000;
const CROWD = 50;
/** Where in its course a strategy loses its server, in percent. */
const RESTARTS = [15, 30, 45, 55, 65, 75, 85, 95];

/** What the tests' servers do without: that what was committed is there after a crash. */
const startDurable = (family: Family): Promise<StartedServer> =>
  family === 'mysql'
    ? startMariadb(['--innodb-flush-log-at-trx-commit=2'])
    : startPostgres(['synchronous_commit=on']);

/** On a server of its own: fifty processes at one moment, and the server restarted in the middle. Long form only. */
export function describeCrowd(family: Family): void {
  describe('a server of its own', () => {
    let server: StartedServer;
    let chain: Chain;
    let children: Children;
    beforeAll(async () => {
      server = await startDurable(family);
      chain = await createChain(family);
      children = startChildren(family);
    });
    afterAll(async () => {
      children?.stop();
      await chain?.remove();
      await server?.stop();
    });

    describe.each(STRATEGIES)('%s', (strategy) => {
      let scene: Scene;
      let sent: number;
      beforeAll(async () => {
        scene = await setScene(family, strategy, chain, server.url);
        const database = await scene.open();
        const ended = await children.run({ url: database.url, migrations: chain.migrations, ...scene.start });
        sent = ended.statements.length;
        await dropPlaces(database, database.knex());
        await database.dispose();
      });
      afterAll(() => scene?.dispose());

      test(
        'fifty processes at one moment: one does it, the others find it done',
        async () => {
          const database = await scene.open();
          const knex = database.knex();
          const { command, options } = scene.start;
          const job = {
            url: database.url,
            migrations: chain.migrations,
            command,
            options: { ...options, lockWaitMs: 300_000 },
          };
          try {
            const ended = await children.runAll(Array.from({ length: CROWD }, () => job));
            expect(ended.flatMap(({ refused }) => refused)).toEqual([]);
            const outcomes = ended.map(({ outcome }) => outcome).sort();
            expect(outcomes.filter((outcome) => outcome !== 'up-to-date')).toEqual([scene.start.outcome]);
            await expectConverged(scene, database, knex);
            note({ server: family, strategy, accident: `${CROWD} at once`, next: 'converged' });
          } finally {
            await dropPlaces(database, knex);
            await database.dispose();
          }
        },
        TIMEOUT_MS,
      );

      test(
        'the server restarted in the middle: every row is there, nothing has run twice, and the next run does the rest or says why not',
        async () => {
          for (const percent of tried(RESTARTS)) {
            const at = Math.max(1, Math.round((sent * percent) / 100));
            await expectSurvived(scene, children, [{ kind: 'pause', at }], {
              label: 'server restarted',
              paused: server.restart,
            });
          }
        },
        TIMEOUT_MS,
      );
    });
  });
}
