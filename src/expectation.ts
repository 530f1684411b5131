import { loadWorkspaceChain } from './gather.ts';
import { expectedAt, indexOfRevision } from './manifest/chain.ts';
import { encodeTable } from './manifest/encode-table.ts';
import { encodeObject } from './manifest/make-manifest.ts';
import { objectIdentity } from './schema/elements.ts';
import { stableJson } from './util/stable-json.ts';
import type { Workspace } from './workspace.ts';

/**
 * Everything that is expected at one revision, resolved through the chain, as JSON text in the words of a manifest. No database is asked.
 *
 * @param revision one of the chain, see `requireRevision`.
 * @throws AdoptError `MANIFEST.*`
 */
export async function readExpectation(workspace: Workspace, revision: string): Promise<string> {
  const chain = await loadWorkspaceChain(workspace);
  const index = indexOfRevision(chain, revision);
  const { tables, objects } = expectedAt(chain, index);
  return stableJson({
    format: 1,
    dialect: chain.dialect,
    revision,
    fingerprint: chain.revisions[index]?.fingerprint,
    tables: Object.fromEntries(tables.map((table) => [table.key, encodeTable(table)])),
    objects: Object.fromEntries(objects.map((object) => [objectIdentity(object), encodeObject(object)])),
  });
}
