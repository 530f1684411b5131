import { randomInt } from 'node:crypto';
import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import pg from 'pg';
import { withDatabase } from './test-database.ts';

/*
 * A pooler in transaction mode, as PgBouncer is one, as far as a test needs it: every transaction of every client goes to whichever server
 * connection has been idle for longest, and nothing that a session sets is ever put back.
 */

/** Codes in the place of a protocol version (manual, 55.7). */
const SSL_REQUEST = 80_877_103;
const CANCEL_REQUEST = 80_877_102;

/** Messages that the server ends with ReadyForQuery: Query, Sync, FunctionCall. */
const ENDED = 'QSF';

/** A connection to the server, logged in, whose bytes are ours. */
interface Backend {
  readonly socket: Socket;
  onMessage: (message: Buffer, kind: string) => void;
}

export interface TransactionPooler {
  /** The same database, through the pooler. */
  readonly url: string;
  close(): Promise<void>;
}

/** Hands on whole messages of the protocol: a letter, four bytes of length that count themselves, and the rest. */
function messages(take: (message: Buffer, kind: string) => void): (chunk: Buffer) => void {
  let rest = Buffer.alloc(0);
  return (chunk) => {
    rest = Buffer.concat([rest, chunk]);
    while (rest.length >= 5 && rest.length >= 1 + rest.readInt32BE(1)) {
      const end = 1 + rest.readInt32BE(1);
      const message = rest.subarray(0, end);
      rest = rest.subarray(end);
      take(message, String.fromCharCode(message[0] ?? 0));
    }
  };
}

function message(kind: string, ...parts: readonly Buffer[]): Buffer {
  const body = Buffer.concat(parts);
  const head = Buffer.alloc(5);
  head.write(kind);
  head.writeInt32BE(body.length + 4, 1);
  return Buffer.concat([head, body]);
}

function number(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32BE(value);
  return bytes;
}

const setting = (name: string, value: string) => message('S', Buffer.from(`${name}\0${value}\0`));

/** Logs in with the driver, and takes the connection from it. */
async function openBackend(url: string): Promise<Backend> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  const { stream } = (client as unknown as { connection: { stream: Socket } }).connection;
  stream.removeAllListeners();
  const backend: Backend = { socket: stream, onMessage: () => {} };
  stream.on(
    'data',
    messages((one, kind) => backend.onMessage(one, kind)),
  );
  stream.on('error', () => {});
  return backend;
}

/** What a client is told when it has logged in, with a process id that is nobody's. */
function greeting(): Buffer {
  return Buffer.concat([
    message('R', number(0)),
    setting('server_version', '15.0'),
    setting('client_encoding', 'UTF8'),
    setting('standard_conforming_strings', 'on'),
    message('K', number(-randomInt(1, 2 ** 31)), number(randomInt(1, 2 ** 31))),
    message('Z', Buffer.from('I')),
  ]);
}

/**
 * Starts a pooler in transaction mode before a database.
 *
 * @param backends how many connections it has to the server; clients wait for one.
 */
export async function startTransactionPooler(url: string, backends: number): Promise<TransactionPooler> {
  const clients = new Set<Socket>();
  const all = new Map<string, Promise<{ readonly idle: Backend[]; readonly waiting: (() => void)[] }>>();
  const open = new Set<Backend>();

  const poolOf = (database: string) => {
    const known = all.get(database);
    if (known !== undefined) return known;
    const pool = (async () => {
      const idle: Backend[] = [];
      for (let count = 0; count < backends; count += 1) {
        const backend = await openBackend(withDatabase(url, database));
        open.add(backend);
        idle.push(backend);
      }
      return { idle, waiting: [] };
    })();
    all.set(database, pool);
    return pool;
  };

  const serve = async (client: Socket, database: string) => {
    const pool = await poolOf(database);
    let backend: Backend | undefined;
    let unanswered = 0;
    let queue: Buffer[] = [];
    let asked = false;
    const give = (one: Backend) => {
      one.onMessage = () => {};
      pool.idle.push(one);
      pool.waiting.shift()?.();
    };
    const send = () => {
      asked = false;
      const one = pool.idle.shift();
      if (one === undefined) return ask();
      backend = one;
      one.onMessage = (answer, kind) => {
        client.write(answer);
        if (kind !== 'Z') return;
        unanswered -= 1;
        // Whatever its transaction is over for is over for the connection.
        if (unanswered > 0 || String.fromCharCode(answer[5] ?? 0) !== 'I') return;
        backend = undefined;
        give(one);
      };
      for (const piece of queue.splice(0)) one.socket.write(piece);
    };
    const ask = () => {
      if (asked) return;
      asked = true;
      if (pool.idle.length > 0) send();
      else pool.waiting.push(send);
    };
    const leave = () => {
      queue = [];
      if (backend === undefined) return;
      const left = backend;
      backend = undefined;
      // In the middle of a transaction: rolled back before anybody else gets the connection.
      left.onMessage = (answer, kind) => {
        if (kind === 'Z' && String.fromCharCode(answer[5] ?? 0) === 'I') give(left);
      };
      left.socket.write(message('Q', Buffer.from('rollback\0')));
    };
    client.on(
      'data',
      messages((piece, kind) => {
        if (kind === 'X') return;
        if (ENDED.includes(kind)) unanswered += 1;
        if (backend === undefined) {
          queue.push(piece);
          ask();
        } else backend.socket.write(piece);
      }),
    );
    client.on('close', leave);
    client.write(greeting());
  };

  const server = createServer((client) => {
    clients.add(client);
    client.on('error', () => {});
    const begin = (chunk: Buffer) => {
      const code = chunk.readInt32BE(4);
      if (code === SSL_REQUEST) {
        client.write('N');
        client.once('data', begin);
      } else if (code === CANCEL_REQUEST) client.destroy();
      else {
        const words = chunk.subarray(8).toString().split('\0');
        const database = words[words.indexOf('database') + 1] ?? '';
        serve(client, database).catch(() => client.destroy());
      }
    };
    client.once('data', begin);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const through = new URL(url);
  through.host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    url: through.href,
    close: async () => {
      server.close();
      for (const client of clients) client.destroy();
      for (const { socket } of open) socket.destroy();
    },
  };
}
