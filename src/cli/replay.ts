import type { Manifest } from '../manifest/format.ts';
import { type ManifestChanges, replayManifests } from '../record.ts';
import type { DialectName } from '../schema/snapshot.ts';
import type { Workspace } from '../workspace.ts';
import { commandLogger, type GlobalOptions, print } from './command.ts';
import { readSettings } from './config.ts';
import type { Context } from './context.ts';
import { renderManifestChanges } from './render/manifest-changes.ts';
import { replayProgress, withScratch } from './scratch.ts';

/**
 * Replays the chain on a scratch database, hands the manifests on, and prints how the files on disk stand to them.
 *
 * @param use compares the manifests with the files, or writes them.
 */
export async function replayAndPrint(
  context: Context,
  options: GlobalOptions & { readonly json: boolean; readonly dialect?: DialectName | undefined },
  use: (workspace: Workspace, manifests: readonly Manifest[]) => Promise<ManifestChanges>,
): Promise<ManifestChanges> {
  const logger = commandLogger(context, options, { level: 'info' });
  const settings = await readSettings(context, options);
  const { dialect, changes } = await withScratch(
    context,
    settings,
    options.dialect,
    logger,
    async (workspace, scratch) => ({
      dialect: workspace.dialect.name,
      changes: await use(
        workspace,
        await replayManifests(workspace, scratch, replayProgress(context, logger)),
      ),
    }),
  );
  print(context, options.json, { format: 1, dialect, changes }, (style) =>
    renderManifestChanges(changes, style),
  );
  return changes;
}
