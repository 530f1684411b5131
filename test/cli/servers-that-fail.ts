import { createConnection, createServer, type Server, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { onTestFinished } from 'vitest';
import { freePort } from '../support/processes.ts';

/** A server on the loopback address that is stopped after the test; whoever is connected is cut off. */
async function listen(port: number, greet: (socket: Socket) => void): Promise<number> {
  const sockets = new Set<Socket>();
  const server: Server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => {}).on('close', () => sockets.delete(socket));
    greet(socket);
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject).listen(port, '127.0.0.1', () => resolve());
  });
  onTestFinished(
    () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve());
        for (const socket of sockets) socket.destroy();
      }),
  );
  const address = server.address();
  return typeof address === 'object' && address !== null ? address.port : port;
}

function at(url: string, port: number): string {
  const result = new URL(url);
  result.hostname = '127.0.0.1';
  result.port = String(port);
  return result.href;
}

/**
 * The database of a URL behind a port that nobody listens on for the first so many milliseconds.
 *
 * @returns its URL there
 */
export async function lateDatabase(url: string, milliseconds: number): Promise<string> {
  const { hostname, port } = new URL(url);
  const late = await freePort();
  void sleep(milliseconds).then(() =>
    listen(late, (socket) => {
      const upstream = createConnection(Number(port), hostname);
      upstream.on('error', () => socket.destroy()).on('close', () => socket.destroy());
      socket.on('close', () => upstream.destroy());
      socket.pipe(upstream).pipe(socket);
    }),
  );
  return at(url, late);
}

/** A port that nobody listens on, in the URL of a database. */
export async function deadDatabase(url: string): Promise<string> {
  return at(url, await freePort());
}

/**
 * A PostgreSQL as far as saying that the password is wrong (protocol manual, ErrorResponse): the test server lets everybody in.
 *
 * @returns its port
 */
export async function refusingPostgres(): Promise<number> {
  const fields = ['SFATAL', 'VFATAL', 'C28P01', 'Mpassword authentication failed for user "cats"', ''];
  const body = Buffer.from(fields.map((field) => `${field}\0`).join(''));
  const head = Buffer.from('E\0\0\0\0');
  head.writeUInt32BE(body.length + 4, 1);
  return listen(0, (socket) => {
    socket.once('data', () => socket.end(Buffer.concat([head, body])));
  });
}
