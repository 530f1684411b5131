import { isAdoptError } from '../errors.ts';
import type { Logger } from '../logger.ts';
import { compareManifestFiles, replayManifests } from '../record.ts';
import type { DialectName } from '../schema/snapshot.ts';
import { type Problem, problemOf, type Validation, validateFiles } from '../validate.ts';
import { type PlaceOptions, readSettings, type Settings, usualDialect } from './config.ts';
import type { Context } from './context.ts';
import { replayProgress, withScratch } from './scratch.ts';
import { openOffline } from './session.ts';
import { requireSameManifests } from './stale.ts';

export interface ValidateOptions extends PlaceOptions {
  readonly offline: boolean;
  readonly dialect?: DialectName | undefined;
}

async function replayProblems(
  context: Context,
  settings: Settings,
  dialect: DialectName,
  logger: Logger,
): Promise<readonly Problem[]> {
  try {
    await withScratch(context, settings, dialect, logger, async (workspace, scratch) => {
      const manifests = await replayManifests(workspace, scratch, replayProgress(context, logger));
      requireSameManifests(await compareManifestFiles(workspace, manifests));
    });
    return [];
  } catch (error) {
    if (isAdoptError(error) && /^(MIGRATIONS|MANIFEST)\./.test(error.code)) return [problemOf(error)];
    throw error;
  }
}

/** Checks the files, then, where they are sound and unless told otherwise, what the migrations make. */
export async function validateProject(
  context: Context,
  options: ValidateOptions,
  logger: Logger,
): Promise<Validation> {
  const settings = await readSettings(context, options);
  const dialect = options.dialect ?? (await usualDialect(settings));
  const workspace = await openOffline(context, settings, dialect, logger);
  const validation = await validateFiles(workspace, options.dialect);
  if (options.offline || validation.problems.length > 0) return validation;
  const problems = await replayProblems(context, settings, dialect, logger);
  return { ...validation, replayed: dialect, problems };
}
