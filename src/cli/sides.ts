import { requireRevision } from '../adopt.ts';
import { type Target, urlTarget } from '../dialects/connect.ts';
import { databaseSide, revisionSide, type SideStructure } from '../diff.ts';
import { loadWorkspaceChain } from '../gather.ts';
import type { Logger } from '../logger.ts';
import { buildChain, type Chain, indexOfRevision } from '../manifest/chain.ts';
import type { DialectName } from '../schema/snapshot.ts';
import { openWithoutMigrations, type Workspace } from '../workspace.ts';
import { requireTarget, type Settings } from './config.ts';
import type { Context } from './context.ts';
import { withoutSecrets } from './secrets.ts';
import { openOffline, withDatabase, workspaceOptions } from './session.ts';
import { usageError } from './usage.ts';

/** What a word on the command line stands for: a database, or a revision of the chain. */
export type NamedSide =
  | { readonly kind: 'database'; readonly name: string; readonly target: Target }
  | { readonly kind: 'revision'; readonly name: string };

/**
 * Reads a word: `live` is the database that is configured, `SCHEME:…` the one at a URL, anything else a revision (`head` and `base` too). What
 * is secret in a URL is registered, and never part of a name.
 *
 * @throws AdoptError `CONFIG.NO_DATABASE`, `CONFIG.BAD_URL`
 */
export function namedSide(context: Context, settings: Settings, word: string): NamedSide {
  if (word === 'live') return { kind: 'database', name: word, target: requireTarget(settings) };
  if (!/^[a-z][a-z0-9+.-]*:/i.test(word)) return { kind: 'revision', name: word };
  const target = urlTarget(word, context.cwd);
  for (const secret of target.secrets) context.secrets.add(secret);
  // Drivers take passwords in the query too.
  return { kind: 'database', name: withoutSecrets(word.replace(/\?.*$/s, ''), target.secrets), target };
}

/** The one family of these sides; null where none of them is a database. @throws AdoptError `USAGE.INVALID` when they are of two. */
export function commonDialect(sides: readonly NamedSide[]): DialectName | null {
  const [first, ...others] = sides.flatMap((side) => (side.kind === 'database' ? [side] : []));
  const other = others.find(({ target }) => target.dialect !== first?.target.dialect);
  if (first === undefined || other === undefined) return first?.target.dialect ?? null;
  throw usageError(
    `${first.name} is ${first.target.dialect} and ${other.name} is ${other.target.dialect}, and what they hold cannot be compared.`,
    'Give two databases of one family: PostgreSQL and PGlite, or MySQL and MariaDB.',
  );
}

/** The chain of the configured migrations, without a database. @throws AdoptError `MIGRATIONS.*`, `MANIFEST.*` */
export async function offlineChain(
  context: Context,
  settings: Settings,
  dialect: DialectName,
  logger: Logger,
): Promise<{ readonly workspace: Workspace; readonly chain: Chain }> {
  const workspace = await openOffline(context, settings, dialect, logger);
  return { workspace, chain: await loadWorkspaceChain(workspace) };
}

/** The index of a revision that is named, `head` or `base`. @throws AdoptError `USAGE.UNKNOWN_REVISION` */
export function namedRevision(workspace: Workspace, chain: Chain, name: string): number {
  if (name === 'base') return -1;
  if (name === 'head') return chain.revisions.length - 1;
  requireRevision(workspace, name);
  return indexOfRevision(chain, name);
}

/** Opens a database, reads it, and closes it. @throws AdoptError as `databaseSide` */
export function readDatabaseSide(
  context: Context,
  settings: Settings,
  { name, target }: Extract<NamedSide, { readonly kind: 'database' }>,
  chain: Chain,
  logger: Logger,
): Promise<SideStructure> {
  return withDatabase(context, settings, target, { logger, writes: false }, async ({ knex }) =>
    databaseSide(await openWithoutMigrations(workspaceOptions(context, settings, knex, logger)), name, chain),
  );
}

/**
 * What is on each of two sides. Manifests are only looked for where one of them is a revision.
 *
 * @throws AdoptError `USAGE.UNKNOWN_REVISION`, `MIGRATIONS.*`, `MANIFEST.*`, and as `databaseSide`
 */
export async function readSides(
  context: Context,
  settings: Settings,
  sides: readonly [NamedSide, NamedSide],
  dialect: DialectName,
  logger: Logger,
): Promise<readonly [SideStructure, SideStructure]> {
  const offline = sides.some(({ kind, name }) => kind === 'revision' && name !== 'base')
    ? await offlineChain(context, settings, dialect, logger)
    : null;
  const chain = offline?.chain ?? buildChain(dialect, []);
  const read = async (side: NamedSide) =>
    side.kind === 'database'
      ? readDatabaseSide(context, settings, side, chain, logger)
      : revisionSide(chain, offline === null ? -1 : namedRevision(offline.workspace, chain, side.name));
  return [await read(sides[0]), await read(sides[1])];
}
