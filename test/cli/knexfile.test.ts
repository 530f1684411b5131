import { readdir } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { createDatabase, type TestDatabase } from '../support/database.ts';
import { useDatabase } from '../support/use-database.ts';
import { createProject, failureOf, type Project } from './command-line.ts';

const UP = `(knex) => knex.schema.createTable('toys', (table) => { table.increments('id'); table.string('name', 40); })`;
const DOWN = `(knex) => knex.schema.dropTable('toys')`;
const ESM = `export const up = ${UP};\nexport const down = ${DOWN};\n`;
const CJS = `exports.up = ${UP};\nexports.down = ${DOWN};\n`;
const TS = `import type { Knex } from 'knex';
export const up = (knex: Knex): Promise<void> => (${UP})(knex);
export const down = (knex: Knex): Promise<void> => (${DOWN})(knex);
console.log('a migration that chatters');
`
  .replaceAll('(knex) =>', '(knex: Knex) =>')
  .replaceAll('(table) =>', '(table: Knex.CreateTableBuilder) =>');

const ESM_PROJECT = '{ "type": "module" }';
const CJS_PROJECT = '{ "type": "commonjs" }';

/** What a knexfile says, as source, with environments. */
const settings = (url: string, folder = './db/migrations') =>
  `{ development: { client: 'pg', connection: ${JSON.stringify(url)}, migrations: { directory: ${JSON.stringify(folder)} } } }`;

async function dropAll(database: TestDatabase): Promise<void> {
  for (const table of ['toys', 'knex_migrations', 'knex_migrations_lock'])
    await database.knex().schema.dropTableIfExists(table);
}

describe('a project that Knex would understand is understood:', () => {
  const database = useDatabase('postgres');

  test.each([
    ['ESM with JavaScript', ESM_PROJECT, 'knexfile.js', 'export default', 'js', ESM],
    ['ESM with TypeScript', ESM_PROJECT, 'knexfile.ts', 'export default', 'ts', TS],
    ['ESM with CommonJS files', ESM_PROJECT, 'knexfile.cjs', 'module.exports =', 'cjs', CJS],
    ['CommonJS with JavaScript', CJS_PROJECT, 'knexfile.js', 'module.exports =', 'js', CJS],
    ['CommonJS with TypeScript', CJS_PROJECT, 'knexfile.ts', 'export default', 'ts', TS],
    ['CommonJS with ESM files', CJS_PROJECT, 'knexfile.mjs', 'export default', 'mjs', ESM],
  ])('%s', async (_, packageJson, knexfile, exporting, extension, migration) => {
    await dropAll(database);
    const project = await createProject({
      'package.json': packageJson,
      [knexfile]: `${exporting} ${settings(database.url)};`,
      [`db/migrations/001_toys.${extension}`]: migration,
    });
    const built = await project.run(['manifest', 'build', '--quiet', '--json']);
    expect(built.exitCode, built.stderr).toBe(0);
    expect(JSON.parse(built.stdout)).toMatchObject({ changes: [{ revision: '001_toys', change: 'added' }] });
    const done = await project.run(['handle-legacy', '--yes', '--json']);
    expect(done.exitCode, done.stderr).toBe(0);
    expect(JSON.parse(done.stdout)).toMatchObject({ outcome: 'installed', ran: [`001_toys.${extension}`] });
    expect((await project.run(['current'])).stdout).toBe('001_toys\n');
  });
});

test('files that are named beside a knexfile in another folder are where the user is', async () => {
  const database = await createDatabase('postgres');
  try {
    const project = await createProject({
      'package.json': ESM_PROJECT,
      'api/knexfile.js': `export default ${settings(database.url)};`,
      'api/db/migrations/001_toys.js': ESM,
      'map.json': '{ "tables": {} }',
    });
    const knexfile = ['--knexfile', 'api/knexfile.js'];
    expect((await project.run(['manifest', 'build', ...knexfile])).exitCode).toBe(0);
    for (const written of [
      ['--sql', 'adopt.sql'],
      ['--plan', 'plan.json'],
      ['--dry-run', '--map', 'map.json'],
      ['--yes', '--apply', 'plan.json'],
    ]) {
      const ended = await project.run(['handle-legacy', ...written, ...knexfile]);
      expect(ended.exitCode, ended.stderr).toBe(0);
    }
    expect((await readdir(project.folder)).filter((name) => name !== 'node_modules').sort()).toEqual([
      'adopt.sql',
      'api',
      'map.json',
      'package.json',
      'plan.json',
    ]);
    expect((await readdir(path.join(project.folder, 'api'))).sort()).toEqual(['db', 'knexfile.js']);
  } finally {
    await database.dispose();
  }
});

describe('a knexfile', () => {
  const database = useDatabase('postgres');

  /** One whose database is never asked: `create` reads the settings and connects to nothing. */
  async function projectWith(source: string, name = 'knexfile.js'): Promise<Project> {
    return createProject({ 'package.json': ESM_PROJECT, [name]: source, 'db/migrations/001_toys.js': ESM });
  }

  test('may be flat, a function, or have its connection from a function', async () => {
    const { hostname, port, username } = new URL(database.url);
    const connection = JSON.stringify({
      host: hostname,
      port: Number(port),
      user: username,
      database: database.name,
    });
    const rest = `client: 'postgresql', migrations: { directory: 'db/migrations' }`;
    for (const source of [
      `export default { connection: ${connection}, ${rest} };`,
      `export default async () => ({ development: async () => ({ connection: ${connection}, ${rest} }) });`,
      `export default { connection: async () => (${connection}), ${rest} };`,
    ]) {
      const ended = await (await projectWith(source)).run(['history', '--json']);
      expect(ended.exitCode, ended.stderr).toBe(0);
      expect(JSON.parse(ended.stdout)).toMatchObject({
        entries: [{ revision: '001_toys', status: 'pending' }],
      });
    }
  });

  test('is read for the environment named, and its paths are its own', async () => {
    const project = await projectWith(
      `export default { production: { client: 'pg', connection: ${JSON.stringify(database.url)}, migrations: { directory: './migrations' } } };`,
      'db/knexfile.js',
    );
    const named = ['--knexfile', 'db/knexfile.js'];
    expect((await project.run(['history', ...named, '--env', 'production'])).exitCode).toBe(0);
    expect((await project.run(['history', ...named], { NODE_ENV: 'production' })).exitCode).toBe(0);
    const missing = await project.run(['history', ...named]);
    expect(missing.exitCode).toBe(2);
    expect(failureOf(missing)).toMatchObject({
      code: 'CONFIG.BAD_KNEXFILE',
      message: expect.stringContaining('"development"'),
      hint: expect.stringContaining('production'),
    });
  });

  test('leaves the database to the environment when it names none, and --url wins over it', async () => {
    const project = await projectWith(
      `export default { client: 'pg', migrations: { directory: 'db/migrations' } };`,
    );
    const { hostname, port, username } = new URL(database.url);
    const parts = {
      POSTGRES_HOST: hostname,
      POSTGRES_PORT: port,
      POSTGRES_USER: username,
      POSTGRES_DB: database.name,
    };
    expect((await project.run(['history'], { DATABASE_URL: database.url })).exitCode).toBe(0);
    expect((await project.run(['history'], parts)).exitCode).toBe(0);
    const dead = { DATABASE_URL: 'postgres://127.0.0.1:1/cats' };
    expect((await project.run(['history'], dead)).exitCode).toBe(7);
    expect((await project.run(['history', '--url', database.url], dead)).exitCode).toBe(0);
    const both = await project.run(['history'], { POSTGRES_HOST: 'a', MYSQL_HOST: 'b' });
    expect([failureOf(both).code, both.exitCode]).toEqual(['CONFIG.NO_DATABASE', 2]);
  });

  test('may hold our options, and misspelt ones are refused', async () => {
    const source = (section: string) =>
      `export default { client: 'pg', connection: ${JSON.stringify(database.url)}, migrations: { directory: 'db/migrations' }, adopt: ${section} };`;
    const project = await projectWith(source(`{ manifests: 'expected', table: 'our_history', lockWait: 5 }`));
    expect((await project.run(['manifest', 'build', '--quiet'])).exitCode).toBe(0);
    const done = await project.run(['upgrade', '--json']);
    expect(done.exitCode, done.stderr).toBe(0);
    expect(await database.knex()('our_history').pluck('name')).toEqual(['001_toys.js']);
    const misspelt = await (await projectWith(source(`{ manifest: 'x' }`))).run(['history']);
    expect([failureOf(misspelt).code, misspelt.exitCode]).toEqual(['CONFIG.BAD_KNEXFILE', 2]);
    expect(failureOf(misspelt).message).toContain('"manifest"');
  });

  const withMigrations = (settings: string) =>
    `export default { client: 'pg', connection: 'postgres://127.0.0.1:1/cats', migrations: ${settings} };`;
  const sourceOf = (list: string, name: string) =>
    `{ migrationSource: { getMigrations: async () => ${list}, getMigrationName: (m) => ${name}, getMigration: async () => ({}) } }`;

  test.each([
    [
      'connection: async () => { throw new Error("no vault"); }',
      '"connection" of the knexfile failed: no vault.',
    ],
    ['connection: async () => null', '"connection" of the knexfile gives no settings.'],
    [
      'connection: URL, pool: { afterCreate: (connection, done) => done(new Error("no role"), connection) }',
      '"pool.afterCreate" of the knexfile failed: no role.',
    ],
    [
      'connection: URL, pool: { afterCreate: async () => { throw new Error("no role"); } }',
      '"pool.afterCreate" of the knexfile failed: no role.',
    ],
  ])('that has a function which fails is said to: %s', async (settings, message) => {
    const project = await projectWith(
      `const URL = ${JSON.stringify(database.url)};
       export default { client: 'pg', ${settings}, migrations: { directory: 'db/migrations' } };`,
    );
    const ended = await project.run(['history']);
    expect([failureOf(ended).code, ended.exitCode], ended.stderr).toEqual(['CONFIG.BAD_KNEXFILE', 2]);
    expect(failureOf(ended).message).toBe(`The function ${message}`);
  });

  test.each([
    ['{ directory: 5 }', 'CONFIG.BAD_KNEXFILE', 'migrations.directory, expected a folder'],
    ['{ tableName: 5 }', 'CONFIG.BAD_KNEXFILE', 'migrations.tableName, '],
    ['{ migrationSource: {} }', 'CONFIG.BAD_KNEXFILE', 'migrations.migrationSource, expected an object'],
    [sourceOf('null', 'm'), 'MIGRATIONS.LOAD', 'getMigrations gives no list.'],
    [sourceOf('[1, 2]', 'm'), 'MIGRATIONS.LOAD', 'getMigrationName gives no name.'],
    [sourceOf('["a.js", "a.js"]', 'm'), 'MIGRATIONS.DUPLICATE', 'a.js and a.js'],
    [sourceOf('["a.js"]', 'm.b.c'), 'MIGRATIONS.LOAD', 'cannot list its migrations'],
  ])('with a setting that cannot be used is said to have it: %s', async (settings, code, message) => {
    const ended = await (await projectWith(withMigrations(settings))).run(['validate', '--offline']);
    expect([failureOf(ended).code, ended.exitCode], ended.stderr).toEqual([code, 2]);
    expect(failureOf(ended).message).toContain(message);
  });

  test('whose source gives no migrations is said to', async () => {
    const project = await projectWith(withMigrations(sourceOf('["a.js"]', 'm')));
    const ended = await project.run(['validate', '--offline', '--json']);
    expect(JSON.parse(ended.stdout).problems[0]).toMatchObject({ code: 'MIGRATIONS.INVALID' });
  });

  test.each([
    ['does not load', `throw new Error('no postgres://cats:geheim-1@h/d');`, 'CONFIG.BAD_KNEXFILE'],
    ['exports nothing of use', 'export default 3;', 'CONFIG.BAD_KNEXFILE'],
    [
      'is for another database',
      `export default { client: 'mssql', connection: {} };`,
      'CONFIG.UNSUPPORTED_DIALECT',
    ],
    [
      'is for the driver mysql',
      `export default { client: 'mysql', connection: { host: '127.0.0.1' } };`,
      'CONFIG.UNSUPPORTED_DIALECT',
      /^Install mysql2 /,
    ],
    [
      'has a URL that is none',
      `export default { client: 'pg', connection: 'postgres://cats:geheim-1@h:x/d' };`,
      'CONFIG.BAD_URL',
    ],
  ])('that %s is said to be so', async (_, source, code, hint = /./) => {
    const ended = await (await projectWith(source)).run(['status']);
    expect([failureOf(ended).code, ended.exitCode], ended.stderr).toEqual([code, 2]);
    expect(failureOf(ended).hint).toMatch(hint);
    expect(ended.stderr).not.toContain('geheim-1');
  });

  test('that is named and not there is said to be so', async () => {
    const project = await createProject({});
    const ended = await project.run(['status', '--knexfile', 'nowhere.js']);
    expect([failureOf(ended).code, ended.exitCode]).toEqual(['CONFIG.BAD_KNEXFILE', 2]);
  });
});

test('an embedded database needs no server at all, from URL to head', async () => {
  const project = await createProject({}, { chain: true });
  const at = ['--url', 'pglite:./data/cats'];
  const done = await project.run(['upgrade', '--json', ...at]);
  expect(done.exitCode, done.stderr).toBe(0);
  expect(JSON.parse(done.stdout)).toMatchObject({ outcome: 'installed', after: '003_activity_features' });
  expect((await project.run(['current', ...at])).stdout).toBe('003_activity_features\n');
});

test('a MariaDB is found by the parts of its address', async () => {
  const database = await createDatabase('mysql');
  try {
    const { hostname, port, username } = new URL(database.url);
    const project = await createProject({}, { chain: true });
    const ended = await project.run(['detect-state', '--json'], {
      MYSQL_HOST: hostname,
      MYSQL_PORT: port,
      MYSQL_USER: username,
      MYSQL_DATABASE: database.name,
    });
    expect(ended.exitCode, ended.stderr).toBe(0);
    expect(JSON.parse(ended.stdout)).toMatchObject({
      state: 'fresh',
      server: { vendor: expect.stringMatching(/^m/) },
    });
  } finally {
    await database.dispose();
  }
});
