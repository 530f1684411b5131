// A replica that is started over and over: its modules are loaded, so that it meets the others within a millisecond.
import process from 'node:process';
import createKnex from 'knex';
import { adopt } from '../dist/index.js';

process.on('message', async ({ client, url, migrations }) => {
  const knex = createKnex({ client, connection: url });
  try {
    const { outcome, plan } = await adopt({ knex, migrations });
    process.send(
      outcome === 'refused' ? { code: 1, output: `${plan?.refused[0]?.message}` } : { code: 0, output: '' },
    );
  } catch (error) {
    process.send({ code: 1, output: `${error?.stack ?? error}` });
  } finally {
    await knex.destroy();
  }
});
// Whoever is not there any more is told nothing.
process.once('disconnect', () => process.exit());
process.send({ ready: true });
