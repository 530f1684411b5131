import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { reportSchema } from '../../../src/classify/verdict.ts';

test('the shipped JSON Schema of a report is the one that the code gives', () => {
  const file = new URL('../../../docs/report.schema.json', import.meta.url);
  expect(JSON.parse(readFileSync(file, 'utf8'))).toEqual(z.toJSONSchema(reportSchema));
});
