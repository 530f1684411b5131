#!/usr/bin/env node
// Runs a command with the tests' database servers: node scripts/with-servers.js -- COMMAND...
import { spawn } from 'node:child_process';
import process from 'node:process';
import { createJiti } from 'jiti';

const command = process.argv.slice(process.argv[2] === '--' ? 3 : 2);
if (command.length === 0) {
  console.error(`Usage: node scripts/with-servers.js -- COMMAND...

Starts a PostgreSQL and a MariaDB, runs COMMAND with their URLs in TEST_POSTGRES_URL and TEST_MYSQL_URL, stops them, and ends
with COMMAND's status. A server whose variable is set already is not started.

  node scripts/with-servers.js -- sh     a shell in which "npx vitest" need not start them again`);
  process.exit(2);
}

// The implementation is shared with the tests and written in TypeScript, which Node 20 does not load by itself.
const { startServers } = await createJiti(import.meta.url).import('../test/support/servers.ts');

let servers;
try {
  servers = await startServers();
} catch (error) {
  console.error(error.message);
  process.exit(2);
}

const child = spawn(command[0], command.slice(1), {
  stdio: 'inherit',
  env: { ...process.env, TEST_POSTGRES_URL: servers.urls.postgres, TEST_MYSQL_URL: servers.urls.mysql },
});
// A terminal's Ctrl-C reaches the command as well; the servers must outlive it.
process.on('SIGINT', () => {});
process.on('SIGTERM', () => child.kill('SIGTERM'));
const status = await new Promise((resolve) => {
  child.once('error', (error) => {
    console.error(`${command[0]} could not be started: ${error.message}`);
    resolve(127);
  });
  child.once('exit', (code, signal) => resolve(code ?? 128 + (signal === 'SIGINT' ? 2 : 15)));
});
await servers.stop();
process.exit(status);
