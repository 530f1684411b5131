import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { RULES, type SourceFile } from './support/architecture-rules.ts';

const root = join(import.meta.dirname, '..');
const files: readonly SourceFile[] = readdirSync(join(root, 'src'), { recursive: true, encoding: 'utf8' })
  .filter((path) => /\.[cm]?[jt]sx?$/.test(path))
  .sort()
  .map((path) => ({
    path: join('src', path).replaceAll('\\', '/'),
    text: readFileSync(join(root, 'src', path), 'utf8'),
  }));

/** For every rule: sources that break it, and the places that must be named. */
const BROKEN: Record<keyof typeof RULES, { sources: Record<string, string>; places: string[] }> = {
  'imports come from the own layer or a lower rank': {
    sources: {
      'src/schema/a.ts': `\nimport type { B } from '../manifest/b.ts';`,
      'src/database/a.ts': `import { b } from '../manifest/b.ts';`,
      'src/dialects/mysql/a.ts': `import { b } from '../postgres/b.ts';\nimport { c } from '../../compare/c.ts';`,
      'src/dialects/postgres/a.ts': `export { b } from '../../history/b.ts';`,
      'src/dialects/find-dialect.ts': `import { b } from './mysql/a.ts';\nimport { c } from '../migrations/c.ts';`,
      'src/history/a.ts': `const { b } = await import('../classify/b.ts');`,
      'src/migrations/a.ts': `type B = import('../plan/b.ts').B;`,
      'src/plan/a.ts': `import { b } from '../apply/b.ts';\nimport type { C } from '../history/c.ts';`,
      'src/adopt.ts': `import { b } from './cli/b.ts';\nimport { c } from './detect.ts';`,
      'src/cli/a.ts': `import { b } from '../index.ts';\nimport { c } from '../adopt.ts';`,
      'src/elsewhere/a.ts': '',
    },
    places: [
      'src/schema/a.ts:2',
      'src/database/a.ts:1',
      'src/dialects/mysql/a.ts:1',
      'src/dialects/mysql/a.ts:2',
      'src/dialects/postgres/a.ts:1',
      'src/dialects/find-dialect.ts:2',
      'src/history/a.ts:1',
      'src/migrations/a.ts:1',
      'src/plan/a.ts:1',
      'src/adopt.ts:1',
      'src/cli/a.ts:1',
      'src/elsewhere/a.ts:1',
    ],
  },
  'there are no import cycles': {
    sources: {
      'src/util/a.ts': `import { b } from './b.ts';`,
      'src/util/b.ts': `import { c } from './c.ts';`,
      'src/util/c.ts': `// Back.\nimport type { A } from './a.ts';`,
      'src/util/d.ts': `import { a } from './a.ts';\nimport { b } from './b.ts';`,
    },
    places: ['src/util/c.ts:2'],
  },
  'the core is pure': {
    sources: {
      'src/compare/a.ts': `import { readFile } from 'node:fs/promises';\nimport type { Knex } from 'knex';`,
      'src/classify/a.ts': `import { z } from 'zod';\nimport { b } from '../migrations/b.ts';`,
      'src/migrations/b.ts': `import { createJiti } from 'jiti';`,
      'src/plan/a.ts': 'export const now = Date.now();\nexport const dice = () => Math.random();',
      'src/schema/a.ts': `import { createHash } from 'node:crypto';\nexport const at = (date: Date) => Math.max(date.date);`,
      'src/manifest/load.ts': `import { readFile } from 'node:fs/promises';`,
      'src/manifest/load-probes.ts': `import { readFile } from 'node:fs/promises';`,
      'src/manifest/loaded.ts': `import { readFile } from 'node:fs/promises';`,
    },
    places: [
      'src/compare/a.ts:1',
      'src/classify/a.ts:2',
      'src/plan/a.ts:1',
      'src/plan/a.ts:2',
      'src/manifest/loaded.ts:1',
    ],
  },
  'nothing writes to the console': {
    sources: {
      'src/apply/a.ts': `// console.log\nconst word = 'console.log';\nconsole.log(word, \`\${console}\`);`,
      'src/apply/b.ts': 'options.console.log(); globalThis.console.log();',
      'src/apply/c.ts': `import { Console } from 'node:console';`,
      'src/cli/main.ts': 'console.error(1);',
    },
    places: ['src/apply/a.ts:3', 'src/apply/a.ts:3', 'src/apply/b.ts:1', 'src/apply/c.ts:1'],
  },
  'only the command line knows the process': {
    sources: {
      'src/apply/a.ts': 'process.exit(1);',
      'src/cli/render/a.ts': '\nconst { env } = process;',
      'src/util/a.ts': `import { env } from 'node:process';`,
      'src/util/b.ts': 'child.process.kill(); const x = { process: 1 };',
      'src/cli/main.ts': 'process.exit(process.env.A);',
    },
    places: ['src/apply/a.ts:1', 'src/cli/render/a.ts:2', 'src/util/a.ts:1'],
  },
  'nothing is any': {
    sources: {
      'src/util/a.ts': `// any\nconst any = 'any';\nconst ö = 'ü'; const list: Array<any> = x as any;`,
    },
    places: ['src/util/a.ts:3', 'src/util/a.ts:3'],
  },
  'what is thrown is an AdoptError': {
    sources: {
      'src/util/a.ts': `const e = new Error('x');\nthrow new Error('y');\nthrow new TypeError('z');\nthrow new AdoptError('A', 'b');`,
    },
    places: ['src/util/a.ts:2', 'src/util/a.ts:3'],
  },
  'order does not depend on a locale': {
    sources: { 'src/util/a.ts': 'names.sort(\n  (a, b) => a.localeCompare(b));' },
    places: ['src/util/a.ts:2'],
  },
  'exports have names': {
    sources: {
      'src/util/a.ts': `export default 1;\nexport * from './b.ts';\nexport * as c from './c.ts';\nexport { d } from './d.ts';`,
      'src/util/b.ts': 'const e = 1;\nexport { e as default };',
    },
    places: ['src/util/a.ts:1', 'src/util/a.ts:2', 'src/util/a.ts:3', 'src/util/b.ts:2'],
  },
  'file names are kebab-case': {
    sources: {
      'src/util/someThing.ts': '',
      'src/Util/a.ts': '',
      'src/util/a_b.ts': '',
      'src/util/a.js': '',
      'src/util/a-2.ts': '',
    },
    places: ['src/util/someThing.ts:1', 'src/Util/a.ts:1', 'src/util/a_b.ts:1', 'src/util/a.js:1'],
  },
  'only dialects know which dialect it is': {
    sources: {
      'src/apply/a.ts': `if (dialect.name === 'postgres') {}\nif ('mysql2' != knex.client.config.client) {}\nswitch (name) {\n  case 'mysql': break;\n}`,
      'src/apply/b.ts': `const name = 'postgres'; if (kind === 'table') {}`,
      'src/cli/config.ts': `if (protocol === 'mysql') {}`,
      'src/dialects/find-dialect.ts': `if (client === 'pg') {}`,
    },
    places: ['src/apply/a.ts:1', 'src/apply/a.ts:2', 'src/apply/a.ts:4'],
  },
};

test('there are sources to check', () => {
  expect(files.length).toBeGreaterThan(20);
});

describe.each(Object.entries(RULES))('%s', (name, rule) => {
  test('in src', () => {
    expect(rule(files)).toEqual([]);
  });

  test('and a source that breaks the rule is found', () => {
    const { sources, places } = BROKEN[name as keyof typeof RULES];
    const found = rule(Object.entries(sources).map(([path, text]) => ({ path, text })));
    expect(found.map((violation) => violation.split(': ')[0])).toEqual(places);
  });
});
