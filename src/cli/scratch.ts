import type { ScratchDatabase } from '../database/dialect.ts';
import { embeddedScratch } from '../dialects/connect.ts';
import { AdoptError } from '../errors.ts';
import type { Logger } from '../logger.ts';
import type { RecordProgress } from '../replay-twice.ts';
import type { DialectName } from '../schema/snapshot.ts';
import { openWorkspace, type Workspace } from '../workspace.ts';
import type { Settings } from './config.ts';
import { usualDialect } from './config.ts';
import type { Context } from './context.ts';
import { openOffline, withDatabase, workspaceOptions } from './session.ts';

/** Tells how far a replay is, and ends it where an interruption does no harm. */
export function replayProgress({ signal }: Pick<Context, 'signal'>, logger: Logger): RecordProgress {
  return (done, total, revision) => {
    logger.info({ event: 'replayed', revision, done, total }, `replayed ${revision} (${done} of ${total})`);
    signal.throwIfAborted();
  };
}

async function removed<T>(scratch: ScratchDatabase, work: Promise<T>): Promise<T> {
  try {
    return await work;
  } finally {
    await scratch.remove();
  }
}

/**
 * Gives a scratch database to replay the chain in, and removes it whatever happens: on the server that is configured, else an embedded one.
 *
 * @param dialect the family wanted; undefined for that of the database that is configured.
 * @throws AdoptError `CONFIG.NO_DATABASE` for a family that takes a server, where none is configured.
 */
export async function withScratch<T>(
  context: Context,
  settings: Settings,
  dialect: DialectName | undefined,
  logger: Logger,
  work: (workspace: Workspace, scratch: ScratchDatabase) => Promise<T>,
): Promise<T> {
  const { target } = settings;
  const wanted = dialect ?? (await usualDialect(settings));
  if (target !== null && !target.embedded && target.dialect === wanted) {
    return withDatabase(context, settings, target, { logger, writes: true }, async ({ knex }) => {
      const workspace = await openWorkspace(workspaceOptions(context, settings, knex, logger));
      const scratch = await workspace.dialect.createScratch(knex);
      return removed(scratch, work(workspace, scratch));
    });
  }
  const create = embeddedScratch(wanted);
  if (create === null) {
    throw new AdoptError('CONFIG.NO_DATABASE', `A ${wanted} server is needed to replay the migrations on.`, {
      hint: `Give one with --url ${wanted}://user:password@host/database; a temporary database is made there, and removed.`,
    });
  }
  const workspace = await openOffline(context, settings, wanted, logger);
  logger.info({ event: 'starting' }, 'starting an embedded database');
  const scratch = await create();
  return removed(scratch, work(workspace, scratch));
}
