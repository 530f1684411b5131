/**
 * Every block of the README runs, in order, in a project that has nothing of this one but the packed tarball; and what it says of the
 * commands is what `--help` says.
 */
import { execFile } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createDatabase, runSql, type TestDatabase, tableChecksums } from './support/database.ts';
import { loadFixture } from './support/fixtures.ts';

const run = promisify(execFile);
const root = fileURLToPath(new URL('../', import.meta.url));
const readme = readFileSync(path.join(root, 'README.md'), 'utf8');

interface Block {
  readonly language: string;
  readonly text: string;
  /** The comment before it: `file: NAME` or `help`. */
  readonly directive: string | undefined;
}

const blocks: readonly Block[] = [...readme.matchAll(/(?:<!-- (.*?) -->\n\n)?```(\w+)\n(.*?)```/gs)].map(
  ([, directive, language = '', text = '']) => ({ directive, language, text: text.trimEnd() }),
);

/** The two lines of the first screen, which this test is part of. */
const FIRST_SCREEN = ['npm ci && npm run demo', 'npm ci && npm test'];

test('the README has blocks, and none that nothing here knows', () => {
  expect(blocks.length).toBeGreaterThan(10);
  for (const { language, directive } of blocks) {
    expect(language === 'sh' || directive === 'help' || directive?.startsWith('file: ') === true).toBe(true);
  }
});

test('the first screen says how to see it and how to test it, and CI runs the latter', () => {
  const screen = readme.split('\n').slice(0, 25).join('\n');
  for (const line of FIRST_SCREEN) expect(screen).toContain(`\n${line}\n`);
  expect(readFileSync(path.join(root, '.ci/run'), 'utf8')).toContain('npm ci && npm test');
  const { scripts } = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8')) as {
    scripts: object;
  };
  expect(scripts).toMatchObject({ demo: expect.any(String), test: expect.any(String) });
});

test('the README and --help name the same commands in the same words', async () => {
  const { stdout } = await run(process.execPath, [path.join(root, 'dist/cli/main.js'), '--help']);
  const commands = stdout.slice(
    stdout.indexOf('Commands:\n') + 'Commands:\n'.length,
    stdout.indexOf('\nWhere things are:'),
  );
  expect(blocks.find(({ directive }) => directive === 'help')?.text).toBe(commands.trimEnd());
});

test('every link of the README into this repository leads somewhere', () => {
  for (const [, target = ''] of readme.matchAll(/\]\((?!https?:)([^)#]+)\)/g)) {
    expect(() => readFileSync(path.join(root, target))).not.toThrow(/ENOENT/);
  }
});

describe('every block runs', () => {
  let database: TestDatabase;
  let project: string;
  let tarball: string;
  const outputs: string[] = [];

  beforeAll(async () => {
    database = await createDatabase('postgres');
    await runSql(database, await loadFixture('postgres', 'legacy-002'));
    project = mkdtempSync(path.join(tmpdir(), 'knex-adopt-readme-'));
    writeFileSync(
      path.join(project, 'package.json'),
      JSON.stringify({ name: 'project', private: true, type: 'module' }),
    );
    cpSync(path.join(root, 'migrations'), path.join(project, 'migrations'), {
      recursive: true,
      filter: (source) => !source.includes('manifests'),
    });
    const { stdout } = await run(
      'npm',
      ['pack', '--json', '--ignore-scripts', '--pack-destination', project],
      { cwd: root },
    );
    const packed: unknown = JSON.parse(stdout);
    const [first] = Array.isArray(packed) ? packed : Object.values(packed as object);
    tarball = path.join(project, (first as { filename: string }).filename);
  });

  afterAll(async () => {
    if (project !== undefined) rmSync(project, { recursive: true, force: true });
    await database?.dispose();
  });

  test('in order, on an old database, and no row of it is lost', async () => {
    const before = await tableChecksums(database.knex());
    // Node's own variables for this test's environment would tell the project that it is one.
    const { NODE_ENV: _env, ...environment } = process.env;
    const env = { ...environment, DATABASE_URL: database.url };
    for (const { language, text, directive } of blocks) {
      if (directive?.startsWith('file: ')) {
        writeFileSync(path.join(project, directive.slice('file: '.length)), `${text}\n`);
        continue;
      }
      if (language !== 'sh' || FIRST_SCREEN.includes(text)) continue;
      const script = text.replace('npm install knex-adopt', `npm install ${tarball}`);
      const { stdout } = await run('sh', ['-ec', script], { cwd: project, env });
      outputs.push(stdout);
    }
    const all = outputs.join('\n');
    expect(all).toContain('legacy at 002_cat_recognition');
    expect(all).toContain('managed at 003_activity_features: up to date');
    expect(all).toContain('up-to-date\n');
    expect(await tableChecksums(database.knex())).toMatchObject(before);

    // The project has it installed by now, as a stranger would.
    const script = `const { adopt } = require('knex-adopt'); process.stdout.write(typeof adopt)`;
    writeFileSync(path.join(project, 'application.cjs'), script);
    const { stdout, stderr } = await run(process.execPath, ['application.cjs'], { cwd: project, env });
    expect({ stdout, stderr }).toEqual({ stdout: 'function', stderr: '' });
    const installed = JSON.parse(
      readFileSync(path.join(project, 'node_modules', 'knex-adopt', 'package.json'), 'utf8'),
    );
    // What TypeScript reads that resolves as Node 10 did, as with `"module": "commonjs"` and nothing else (handbook, Module Resolution).
    const { default: main, types } = installed.exports['.'];
    expect(installed).toMatchObject({ main, types });
  });
});
