// A process that adopts a database and meets with an accident at one of the statements that its driver sends. Forked by child.ts, which says what.
import process from 'node:process';
import createKnex from 'knex';
import { adopt } from '../../dist/index.js';
import { upgrade } from '../../dist/upgrade.js';
import { openWorkspace } from '../../dist/workspace.js';

const mysql = process.argv[2] === 'mysql';
const driver = mysql ? (await import('mysql2')).default.Connection : (await import('pg')).default.Client;
// What the drivers and the commands load when they are first called for is there before the clock of a test runs.
await import('../../dist/adopt.js');

/** Statements that fail as a full disk and a missing privilege do, and leave a transaction as those do. */
const FAILURES = mysql
  ? {
      disk: `signal sqlstate 'HY000' set mysql_errno = 1021, message_text = 'Disk full (/data/chaos); waiting for someone to free some space'`,
      permission: `signal sqlstate '42000' set mysql_errno = 1142, message_text = 'command denied to user'`,
    }
  : {
      disk: `do $$ begin raise exception 'could not extend file: No space left on device' using errcode = '53100'; end $$`,
      permission: `do $$ begin raise exception 'permission denied' using errcode = '42501'; end $$`,
    };

const dieNow = () => process.kill(process.pid, 'SIGKILL');

/** Asks the parent for something and waits until it is done. */
function ask(what, more = {}) {
  const done = new Promise((resolve) => process.once('message', resolve));
  process.send({ what, ...more });
  return done;
}

const statements = [];
let fault = null;
let holder = null;

const { query } = driver.prototype;
driver.prototype.query = function chaotic(...args) {
  const answered = args.at(-1);
  if (typeof answered !== 'function')
    throw new Error('This driver is not called as the chaos suite expects.');
  const text = typeof args[0] === 'string' ? args[0] : (args[0].sql ?? args[0].text);
  statements.push(text);
  if (/get_lock|pg_try_advisory_lock/i.test(text)) holder = this;
  const send = (...other) => query.apply(this, other);
  const plain = () => send(...args);
  if (fault === null || statements.length !== fault.at) return plain();
  switch (fault.kind) {
    case 'kill-before':
      return dieNow();
    case 'kill-while':
      plain();
      // What was written to the socket is the server's, whether we live or not.
      return setImmediate(dieNow);
    case 'kill-after':
      args[args.length - 1] = dieNow;
      return plain();
    case 'cut-before':
      return void ask('cut').then(() => void plain());
    case 'cut-while':
      // The server does the work, and nobody hears of it.
      return void ask('deafen').then(() => void plain());
    case 'lose-lock':
      (holder?.stream ?? holder?.connection?.stream)?.destroy();
      return plain();
    case 'pause':
      return void ask('paused').then(() => void plain());
    default:
      // A COMMIT that fails has rolled back, on both families.
      if (/^\s*commit/i.test(text))
        return send('ROLLBACK', () =>
          answered(Object.assign(new Error('commit failed: no space left'), { code: '53100', errno: 1021 })),
        );
      if (/^\s*rollback/i.test(text)) return plain();
      return send(FAILURES[fault.kind], answered);
  }
};

async function run({ url, migrations, command, options }) {
  const knex = createKnex({ client: mysql ? 'mysql2' : 'pg', connection: url, pool: { min: 0, max: 3 } });
  try {
    if (command === 'upgrade') {
      const { outcome } = await upgrade(await openWorkspace({ knex, migrations }), 'head', options);
      return { outcome, refused: [] };
    }
    const { outcome, plan } = await adopt({ knex, migrations, ...options });
    return { outcome, refused: plan?.refused ?? [] };
  } catch (error) {
    return {
      outcome: 'failed',
      refused: [{ code: error.code ?? error.name, message: error.message, hint: error.hint ?? '' }],
    };
  } finally {
    await knex.destroy().catch(() => {});
  }
}

process.once('message', async (job) => {
  ({ fault = null } = job);
  const answer = await run(job);
  process.send({ what: 'ended', ...answer, statements }, () => process.exit(0));
});
process.send({ what: 'ready' });
