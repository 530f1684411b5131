/** JavaScript that loads what is built is typechecked by nobody: each name that it imports is one that its source exports. */
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

const root = fileURLToPath(new URL('../../', import.meta.url));
const IMPORT = /import \{([^}]*)\} from '([^']*\/dist\/[^']*)'/g;

const imports = ['bench', 'examples', 'scripts', 'test', 'accuracy'].flatMap((folder) =>
  readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.js') && !name.includes('node_modules'))
    .flatMap((name) => {
      const file = join(folder, name);
      return [...readFileSync(join(root, file), 'utf8').matchAll(IMPORT)].flatMap(
        ([, names = '', target = '']) => {
          const source = join(dirname(file), target).replace(/^dist/, 'src').replace(/\.js$/, '.ts');
          return names.split(',').map((one) => [file, one.trim(), source] as const);
        },
      );
    }),
);

test('there is such JavaScript', () => {
  expect(imports.length).toBeGreaterThan(10);
});

test.each(imports)('%s: %s is exported by %s', (_file, name, source) => {
  const text = readFileSync(join(root, source), 'utf8');
  const own = new RegExp(`^export (?:async )?(?:function\\*?|const|class) ${name}\\b`, 'm');
  const handedOn = [...text.matchAll(/^export \{([^}]*)\}/gm)].flatMap(([, names = '']) =>
    names.split(',').map((one) => one.trim()),
  );
  expect(own.test(text) || handedOn.includes(name)).toBe(true);
});
