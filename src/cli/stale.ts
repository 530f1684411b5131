import { AdoptError } from '../errors.ts';
import type { ManifestChanges } from '../record.ts';

/** @throws AdoptError `MANIFEST.STALE` when a replay gave other manifests than there are. */
export function requireSameManifests(changes: ManifestChanges): void {
  const others = changes.filter(({ change }) => change !== 'unchanged').map(({ revision }) => revision);
  if (others.length === 0) return;
  throw new AdoptError(
    'MANIFEST.STALE',
    `The manifests are not what the migrations make; the first that differs is ${others[0]}.`,
    {
      hint: 'Run "knex-adopt manifest build", look at what changed, and commit it.',
      details: { revisions: others },
    },
  );
}
