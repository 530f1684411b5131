import { randomBytes } from 'node:crypto';
import type { Knex } from 'knex';
import type { NamedColumn, ScratchDatabase } from '../../database/dialect.ts';
import type { Session } from '../../database/session.ts';
import { AdoptError } from '../../errors.ts';
import { objectKey } from '../../schema/object-key.ts';
import { clientOf } from './client.ts';
import { translateError } from './errors.ts';
import { quoteName } from './expression-tree.ts';
import { glance } from './read.ts';

/** Names of scratch databases begin so; whatever a crash left behind can be told by it. */
export const SCRATCH_PREFIX = 'knex_adopt_scratch_';

/**
 * The settings of the host's connections with another database. Knex hides the password from enumeration, so that it is named here.
 */
function connectionWith(
  knex: Knex,
  database: string,
): Knex.StaticConnectionConfig | Knex.ConnectionConfigProvider {
  const { config, connectionSettings } = clientOf(knex);
  const given = config.connection;
  const changed = (settings: Knex.StaticConnectionConfig | undefined): Knex.StaticConnectionConfig => {
    const hidden = settings as { readonly password?: string } | undefined;
    return {
      ...settings,
      ...(hidden?.password === undefined ? {} : { password: hidden.password }),
      database,
    } as Knex.StaticConnectionConfig;
  };
  if (typeof given !== 'function') return changed(connectionSettings);
  return async () => {
    const settings = await given();
    if (typeof settings === 'string') {
      const url = new URL(settings);
      url.pathname = `/${encodeURIComponent(database)}`;
      return url.href as unknown as Knex.StaticConnectionConfig;
    }
    return changed(settings);
  };
}

/** Leave to create databases is rarely granted; the sentence of the server does not say what to do about it. */
function denied(error: unknown): never {
  const translated = translateError(error);
  if (translated?.code !== 'DETECT.BLIND') throw translated ?? error;
  throw new AdoptError(
    'CONFIG.NO_DATABASE',
    'This user may not create the scratch database that a replay needs.',
    {
      hint: `Use a server for development, or: GRANT ALL ON \`${SCRATCH_PREFIX.replaceAll('_', '\\_')}%\`.* TO the user.`,
      cause: error,
    },
  );
}

const SILENT: Knex.Logger = { warn: () => {}, error: () => {}, deprecate: () => {}, debug: () => {} };

/** The defaults of a database to be made. */
interface Defaults {
  readonly characterSet: string;
  readonly collation: string;
  readonly isUnlike: boolean;
}

/**
 * The default character set and collation of the current database; or another collation of that set, where its own is the one that the server
 * gives the set: one that ignores case too, so that what a migration inserts is unique in both or in neither, as far as such go.
 */
async function readDefaults(session: Session, unlike: boolean): Promise<Defaults> {
  const [[characterSet = '', collation = ''] = []] = await session.query(
    'select @@character_set_database, @@collation_database',
  );
  const given = { characterSet: characterSet ?? '', collation: collation ?? '', isUnlike: false };
  if (!unlike) return given;
  const [[ofSet] = []] = await session.query(
    'select default_collate_name from information_schema.character_sets where character_set_name = ?',
    [given.characterSet],
  );
  if (ofSet !== given.collation) return given;
  const [[other] = []] = await session.query(
    `select collation_name from information_schema.collations where character_set_name = ? and collation_name <> ?
      order by collation_name <> concat(?, '_unicode_ci'), right(collation_name, 3) <> '_ci', collation_name limit 1`,
    [given.characterSet, given.collation, given.characterSet],
  );
  return other == null ? given : { ...given, collation: other, isUnlike: true };
}

async function readNotDefault(session: Session): Promise<readonly NamedColumn[]> {
  const rows = await session.query(
    `select if(@@lower_case_table_names = 0, table_name, lower(table_name)), column_name
       from information_schema.columns where table_schema = database() and collation_name <> @@collation_database`,
  );
  return rows.map(([table, column]) => ({ table: objectKey('', table ?? '', ''), column: column ?? '' }));
}

/**
 * A database `knex_adopt_scratch_…` beside the current one, with its default character set and collation, and a Knex instance on it with the
 * host's configuration and a pool of two.
 *
 * @throws AdoptError `CONFIG.NO_DATABASE` when this user may not create databases, `CONNECT.*`
 */
export function createScratch(knex: Knex): Promise<ScratchDatabase> {
  return createWithDefaults(knex, false);
}

async function createWithDefaults(knex: Knex, unlike: boolean): Promise<ScratchDatabase> {
  const name = SCRATCH_PREFIX + randomBytes(8).toString('hex');
  const inHost = <T>(work: (session: Session) => Promise<T>) => glance(knex, { queries: 0 }, work);
  const drop = async (session: Session) => {
    // What was set aside in it stands in databases whose names begin with its own.
    const beside = await session.query(
      'select schema_name from information_schema.schemata where left(schema_name, ?) = ?',
      [name.length + 1, `${name}_`],
    );
    for (const [one] of beside) await session.query(`drop database if exists ${quoteName(one ?? '')}`);
    await session.query(`drop database if exists ${quoteName(name)}`);
  };
  const create = async (session: Session): Promise<boolean> => {
    const { characterSet, collation, isUnlike } = await readDefaults(session, unlike);
    await session.query(
      `create database ${quoteName(name)} character set ${characterSet} collate ${collation}`,
    );
    return isUnlike;
  };
  const isUnlike = await inHost(create).catch(denied);
  const { default: createKnex } = await import('knex');
  const { connectionPool: _hostPool, ...config } = clientOf(knex).config as Knex.Config & {
    readonly connectionPool?: unknown;
  };
  const scratch = createKnex({
    ...config,
    // What fails only with another default is no failure of the chain, and is tried again without it.
    ...(isUnlike ? { log: SILENT } : {}),
    connection: connectionWith(knex, name),
    pool: { min: 0, max: 2 },
  });
  let removed: Promise<void> | undefined;
  return {
    knex: scratch,
    beside: (besideUnlike) => createWithDefaults(knex, besideUnlike),
    ...(isUnlike ? { readNotDefault: () => glance(scratch, { queries: 0 }, readNotDefault) } : {}),
    // From a connection of the host: whoever drops the database that it is in, is in none afterwards (8.0 manual, 15.1.24).
    reset: () =>
      inHost(async (session) => {
        await drop(session);
        await create(session);
      }),
    remove: () => {
      removed ??= scratch
        .destroy()
        .catch(() => undefined)
        .then(() => inHost(drop))
        .then(() => undefined);
      return removed;
    },
  };
}
