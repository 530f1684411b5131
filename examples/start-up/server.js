/*
 * An application that brings its own database under Knex and up to date before it serves anything. Any number of replicas may start at
 * once: one does the work, the others wait for it.
 */
import { createServer } from 'node:http';
import { fileURLToPath } from 'node:url';
import createKnex from 'knex';
import { adopt, assertAdopted, healthCheck, isAdoptError } from 'knex-adopt';

const migrations = fileURLToPath(new URL('../../migrations', import.meta.url));
const knex = createKnex({
  client: 'pg',
  connection: process.env.DATABASE_URL,
  migrations: { directory: migrations },
});

/** Takes the place of pino here: facts first, a sentence second. */
function log(level, facts, message) {
  process.stdout.write(`${JSON.stringify({ level, ...facts, message })}\n`);
}
const logger = {
  debug: () => {},
  info: (facts, message) => log('info', facts, message),
  warn: (facts, message) => log('warn', facts, message),
  error: (facts, message) => log('error', facts, message),
};

async function answer(path) {
  switch (path) {
    case '/healthz': {
      const health = await healthCheck({ knex });
      return [health.ok ? 200 : 503, health];
    }
    case '/cats':
      return [200, await knex('cat_profiles').select('id', 'name').orderBy('id')];
    default:
      return [404, { error: 'not found' }];
  }
}

const server = createServer(async (request, response) => {
  const [status, body] = await answer(request.url).catch((error) => {
    logger.error({ code: error.code }, error.message);
    return [503, { ok: false }];
  });
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
});

async function start() {
  const report = await adopt({ knex, manifests: `${migrations}/manifests`, logger });
  // A database that is not what this code expects: better not to start at all.
  assertAdopted(report);
  server.listen(Number(process.env.PORT ?? 3000), () => {
    logger.info({ event: 'listening', port: server.address().port }, 'ready');
  });
}

// Before the server listens there is no handler: being stopped in the middle of an adoption is safe, the next start goes on from there.
server.once('listening', () => {
  for (const signal of ['SIGTERM', 'SIGINT']) {
    process.once(signal, () => {
      server.close(() => knex.destroy());
      server.closeIdleConnections();
    });
  }
});

await start().catch(async (error) => {
  const hint = isAdoptError(error) ? { code: error.code, hint: error.hint } : {};
  logger.error({ event: 'failed', ...hint }, error.message);
  process.exitCode = 1;
  await knex.destroy();
});
