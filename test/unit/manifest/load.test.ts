import { cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { loadChain } from '../../../src/manifest/load.ts';

const MANIFESTS = join(import.meta.dirname, '../../../migrations/manifests');
const REVISIONS = ['001_initial_schema', '002_cat_recognition', '003_activity_features'];

test('a manifest of the other dialect is named by the file that was read', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'knex-adopt-manifests-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  await cp(join(MANIFESTS, 'mysql'), join(folder, 'postgres'), { recursive: true });
  await expect(loadChain(folder, 'postgres', REVISIONS)).rejects.toMatchObject({
    code: 'MANIFEST.DIALECT',
    message: `${join(folder, 'postgres/001_initial_schema.json')} is a mysql manifest, but the database is postgres.`,
  });
});
