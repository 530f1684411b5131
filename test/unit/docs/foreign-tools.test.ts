import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { FOREIGN_NAMES, FOREIGN_TOOLS } from '../../../src/history/foreign-histories.ts';

test('docs/formats.md names every migrator whose history is recognised, and every table that is looked for elsewhere', () => {
  const text = readFileSync(new URL('../../../docs/formats.md', import.meta.url), 'utf8');
  const [, section = ''] = /### Other migrators' histories\n(.*?)\n### /s.exec(text) ?? [];
  const [, tools = '', places = ''] = /^(.*?)They are looked for(.*?)In any other/s.exec(section) ?? [];
  expect([...tools.matchAll(/`([\w-]+)`/g)].map(([, tool]) => tool).sort()).toEqual([...FOREIGN_TOOLS]);
  const tables = [...places.matchAll(/`\w+\.(\w+)`/g)].map(([, table = '']) => table);
  expect([...new Set(tables)].sort()).toEqual([...FOREIGN_NAMES]);
});
