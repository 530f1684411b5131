import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { COMPARE_RULES } from '../../../src/compare/rules.ts';
import { MYSQL_RULES } from '../../../src/dialects/mysql/context.ts';
import { POSTGRES_RULES } from '../../../src/dialects/postgres/rules.ts';

test('every equivalence is documented by its name, and none that does not exist', () => {
  const text = readFileSync(new URL('../../../docs/formats.md', import.meta.url), 'utf8');
  const section = text.slice(text.indexOf('### Equivalences'), text.indexOf('## The plan'));
  const documented = [...section.matchAll(/^\| `([a-z0-9-]+)` +\|/gm)].map(([, name]) => name);
  const rules = new Set([...Object.values(COMPARE_RULES), ...POSTGRES_RULES, ...MYSQL_RULES]);
  expect(documented.toSorted()).toEqual([...rules].toSorted());
});
