import { readdirSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import type { Family } from './test-database.ts';

const ROOT = new URL('../../fixtures/', import.meta.url);

const fixtureFile = z.strictObject({ description: z.string(), parts: z.array(z.string()).min(1) });

/** The folder of a family's fixtures; PGlite is a PostgreSQL. */
function familyFolder(family: Family): URL {
  return new URL(`${family === 'mysql' ? 'mysql' : 'postgres'}/`, ROOT);
}

/** The names of a family's fixtures, sorted: every folder that holds a `fixture.json`. */
export function fixtureNames(family: Family): readonly string[] {
  const folder = familyFolder(family);
  return readdirSync(folder)
    .filter((name) => readdirSync(new URL(`${name}/`, folder)).includes('fixture.json'))
    .sort();
}

/** The names of the fixtures; each exists for both families, which `reference-chain.test.ts` checks. */
export const FIXTURES: readonly string[] = fixtureNames('postgres');

/**
 * The SQL script that makes a fixture's database in an empty one: its parts, one after the other. For `runSql`; never empty, and no text to
 * split at semicolons.
 *
 * @throws Error when there is no such fixture or one of its parts is not there.
 */
export async function loadFixture(family: Family, name: string): Promise<string> {
  const folder = new URL(`${name}/`, familyFolder(family));
  const { parts } = fixtureFile.parse(JSON.parse(await readFile(new URL('fixture.json', folder), 'utf8')));
  const texts = await Promise.all(parts.map((part) => readFile(new URL(part, folder), 'utf8')));
  return texts.join('\n');
}
