import type { Knex } from 'knex';
import { classify, type Evidence } from './classify/classify.ts';
import type { Verdict } from './classify/verdict.ts';
import { readingsWithout, withoutRules } from './compare/without-rules.ts';
import type { CatalogWatch, Introspection } from './database/introspection.ts';
import type { ServerFacts } from './database/server-facts.ts';
import type { QueryCounter, Session } from './database/session.ts';
import type { IdTrouble } from './database/tracker.ts';
import { requireNothingBehind, requireOtherDefault } from './default-schema.ts';
import { AdoptError } from './errors.ts';
import { FOREIGN_NAMES, type ForeignHistory, findForeignHistories } from './history/foreign-histories.ts';
import type { History } from './history/history.ts';
import { historyNames, readHistory } from './history/read-history.ts';
import { type Chain, knowsTable } from './manifest/chain.ts';
import { knownStructure } from './manifest/known.ts';
import { loadChain } from './manifest/load.ts';
import { ownCountTables } from './migrations/knex-migrator.ts';
import { schemaFingerprint } from './schema/fingerprint.ts';
import type { Snapshot } from './schema/snapshot.ts';
import { readSteadily } from './steady-read.ts';
import type { Workspace } from './workspace.ts';

/** Everything that was read from a database in one go. */
export interface Observation {
  readonly facts: ServerFacts;
  readonly history: History;
  /** What is wrong with how the history gets its ids; null where nothing is. */
  readonly idTrouble: IdTrouble | null;
  /** Held to expectations without the rules that the workspace has switched off. */
  readonly snapshot: Snapshot;
  readonly foreignHistories: readonly ForeignHistory[];
  readonly visibility: Introspection['visibility'];
  readonly settings?: Introspection['settings'];
  readonly underChange?: Introspection['underChange'];
}

/** A verdict with the facts it rests on. */
export interface Findings {
  readonly chain: Chain;
  readonly observation: Observation;
  readonly verdict: Verdict;
}

function historyOptions(workspace: Workspace) {
  const { tableName, historySchema: schemaName, receipts: receiptsName, knex } = workspace;
  return { tableName, schemaName, receiptsName, knex };
}

/** The expectations of this workspace's chain. @throws AdoptError as `loadChain` */
export function loadWorkspaceChain(workspace: Workspace): Promise<Chain> {
  const revisions = workspace.source.migrations.map((migration) => migration.revision);
  return loadChain(workspace.manifests, workspace.dialect.name, revisions);
}

/** Reads the history alone, as carefully as everything else is read: through `knex`, which may be the transaction that holds the lock. */
export function observeHistory(workspace: Workspace, knex: Knex): Promise<History> {
  const { dialect } = workspace;
  return dialect.read(knex, { queries: 0 }, (session) =>
    readHistory(session, dialect, historyOptions(workspace)),
  );
}

/**
 * Knex sets its `searchPath` once on each connection that it opens; a pooler in transaction mode hands out others afterwards, and then tables
 * would be looked for, and made, somewhere else (`hazards.md` finding 4).
 *
 * @throws AdoptError `DETECT.NO_SCHEMA`
 */
function requireSearchPath({ knex }: Workspace, { pooled, defaultSchema }: ServerFacts): void {
  const path = knex.client.config.searchPath as string | readonly string[] | undefined;
  const [wanted] = [path ?? []].flat().filter((schema) => !/^"?\$user"?$/.test(schema));
  if (!pooled || wanted === undefined || wanted === defaultSchema) return;
  throw new AdoptError(
    'DETECT.NO_SCHEMA',
    `Knex's searchPath says ${wanted}, but through this connection pooler unqualified names land in ${defaultSchema}.`,
    {
      hint: `Connect straight to the server, or leave the searchPath to the server: ALTER ROLE … SET search_path = ${wanted}`,
    },
  );
}

async function observe(
  workspace: Workspace,
  chain: Chain | null,
  session: Session,
  opened: (watch: CatalogWatch) => void,
): Promise<Observation> {
  const { dialect } = workspace;
  const facts = await dialect.readServer(session);
  requireSearchPath(workspace, facts);
  const known = chain === null ? undefined : knownStructure(chain);
  const [first = facts.defaultSchema, ...more] = workspace.schemas;
  requireOtherDefault(dialect, known, first);
  const schemas = dialect.schemasToRead([first, ...more], known);
  opened(await dialect.watchCatalog(session, schemas));
  const options = historyOptions(workspace);
  // Other tools' schemas are not read; that their histories are there is asked on the way.
  const location = await dialect.locateTables(session, [...historyNames(options), ...FOREIGN_NAMES]);
  const history = await readHistory(session, dialect, options, location);
  const idTrouble = history.present ? await dialect.tracker.findIdTrouble(session, history.table) : null;
  const exclude = [
    history.table,
    history.lockTable,
    history.receipts.table,
    ...ownCountTables(history.table),
  ];
  const { withoutRules: off } = workspace;
  const { without, ...introspection } = await dialect.introspect(session, facts, {
    schemas,
    exclude,
    known,
    without: readingsWithout(off),
  });
  const isNamed = workspace.schemas.length > 0;
  if (known !== undefined && !isNamed && history.rows.length === 0)
    await requireNothingBehind(session, dialect, known, introspection.snapshot);
  const foreignHistories = await findForeignHistories(session, dialect, introspection, location.tables);
  const snapshot = withoutRules(introspection.snapshot, off, without);
  return { facts, history, idTrouble, foreignHistories, ...introspection, snapshot };
}

/**
 * Reads server, history, schema and foreign histories in one read-only transaction, and proves that they were so at one time.
 *
 * @param knex the instance, or the transaction that holds the lock.
 * @param chain what it will be held against; null where that is nothing. What one command reads more than once it reads with the same.
 * @throws AdoptError `DETECT.UNSTABLE` when others are changing the schema and do not stop for some seconds; `DETECT.DEFAULT_SCHEMA`.
 */
export function observeDatabase(
  workspace: Workspace,
  knex: Knex,
  counter: QueryCounter,
  chain: Chain | null,
): Promise<Observation> {
  return readSteadily({
    dialect: workspace.dialect,
    knex,
    counter,
    signal: workspace.signal,
    read: (session, opened) => observe(workspace, chain, session, opened),
    digest: (observation) => {
      const { fingerprint, history } = stateOf(observation);
      // Who else is connected comes and goes, and changes nothing about what was read.
      return JSON.stringify([fingerprint, { ...history, lockDoubts: [] }, observation.visibility]);
    },
  });
}

/** What a plan is checked against under the lock. */
export function stateOf(observation: Observation): { fingerprint: string; history: History } {
  return { fingerprint: schemaFingerprint(observation.snapshot), history: observation.history };
}

/** That this role does not see everything: nothing may be concluded from what is only invisible. */
export function blindness(
  { facts, visibility }: Pick<Observation, 'facts' | 'visibility'>,
  hidden: readonly string[],
): AdoptError {
  const what = hidden.length > 0 ? `, among it ${hidden.slice(0, 3).join(', ')}` : '';
  return new AdoptError(
    'DETECT.BLIND',
    `The role ${facts.user} does not see everything in this database${what}, so nothing can be proved.`,
    {
      hint: `Grant it what it needs to look: ${visibility.grants.join(' ')}`,
      details: { hidden: [...hidden], grants: [...visibility.grants] },
    },
  );
}

/** The kinds of things that the chain knows and compares by their words, beside tables. */
function knownKinds(chain: Chain): { readonly trigger: boolean; readonly function: boolean } {
  const versions = [...chain.tables.values()].flat().map(({ value }) => value);
  const variants = chain.variants.flatMap((variant) => [...variant.tables.values()]);
  const objects = [chain, ...chain.variants].flatMap((one) => [...one.objects.keys()]);
  return {
    trigger: [...versions, ...variants].some(
      (table) => table?.unmodelled.some((words) => words.startsWith('trigger ')) === true,
    ),
    function: objects.some((identity) => identity.startsWith('function ')),
  };
}

/** @throws AdoptError `DETECT.BLIND` when this role does not see everything the verdict would depend on. */
function requireVisibility(chain: Chain, observation: Observation): void {
  const { visibility } = observation;
  const hidden = visibility.hidden.filter((key) => knowsTable(chain, key));
  if (hidden.length > 0 || (!visibility.complete && visibility.hidden.length === 0)) {
    throw blindness(observation, hidden);
  }
  if (visibility.unseen === undefined || visibility.unseen.length === 0) return;
  const known = knownKinds(chain);
  const unseen = visibility.unseen.filter(({ kind }) => known[kind]);
  if (unseen.length === 0) return;
  const grants = [...visibility.grants, ...unseen.map(({ grant }) => grant)];
  throw blindness(
    { ...observation, visibility: { ...visibility, grants } },
    unseen.map(({ kind }) => `any ${kind}`),
  );
}

/** @throws AdoptError `DETECT.UNSTABLE` when a table that the chain knows is being changed online: its copy will take its place at any moment. */
function requireNoOnlineChange(chain: Chain, { underChange = [] }: Observation): void {
  const known = underChange.filter(({ table }) => knowsTable(chain, table));
  const [first] = known;
  if (first === undefined) return;
  throw new AdoptError(
    'DETECT.UNSTABLE',
    `The table ${first.table} is being changed online: ${first.sign}.`,
    {
      hint: 'Let that tool finish. If it is not running any more, drop what it left behind.',
      details: { underChange: known },
    },
  );
}

/**
 * The verdict on what was observed.
 *
 * @param beside what files beside the manifests contribute.
 * @throws AdoptError `DETECT.BLIND`, `DETECT.UNSTABLE`
 */
export function judge(
  workspace: Workspace,
  chain: Chain,
  observation: Observation,
  beside: Pick<Evidence, 'decisions' | 'probes'> = {},
): Verdict {
  requireVisibility(chain, observation);
  requireNoOnlineChange(chain, observation);
  const { withoutRules: off, source, dialect } = workspace;
  const { ddl } = dialect;
  return classify({
    chain,
    migrations: source.migrations,
    ...observation,
    withoutRules: off,
    ddl,
    ...beside,
  });
}
