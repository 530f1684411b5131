// One classification, the first in its process, on top of a chain and a snapshot that are there already.
import process from 'node:process';
import { classify } from '../dist/classify/classify.js';
import { buildChain } from '../dist/manifest/chain.js';
import { schemaFingerprint } from '../dist/schema/fingerprint.js';
import { generateManifests } from './generate-chain.js';
import { childSettings, heapMegabytes, timed } from './measure.js';

const { tables: count, revisions, database } = childSettings();
const { manifests, tables } = generateManifests(count, revisions);
const chain = buildChain('postgres', manifests);

/** What is there: all of head; all but what the last revision did, and a stranger; or a table short of a column. */
const DATABASES = {
  'at head': () => tables,
  'one table altered': () =>
    tables.map((table, at) => (at === 500 ? { ...table, columns: table.columns.slice(0, 10) } : table)),
  'every table altered': () =>
    tables.map((table, at) =>
      at % 2 === 0
        ? { ...table, columns: table.columns.with(7, { ...table.columns[7], nullable: false }) }
        : { ...table, columns: [...table.columns, { ...table.columns[8], name: 'by_hand' }] },
    ),
  'half of the chain': () => tables.slice(0, tables.length / 2),
};

const table = (name) => ({ schema: 'public', name });
const evidence = {
  chain,
  snapshot: {
    dialect: 'postgres',
    server: { vendor: 'postgres', version: '15.0' },
    schemas: ['public'],
    tables: DATABASES[database](),
    objects: [],
    rules: [],
  },
  history: {
    table: table('knex_migrations'),
    lockTable: table('knex_migrations_lock'),
    receipts: { table: table('knex_adoption'), present: false, journal: null },
    present: false,
    lockPresent: false,
    rows: [],
    lock: 'absent',
  },
  migrations: manifests.map(({ revision }) => ({ revision, recordedName: `${revision}.ts` })),
  foreignHistories: [],
};
// A snapshot comes fingerprinted: what the bar for snapshots says includes it.
schemaFingerprint(evidence.snapshot);
const before = heapMegabytes();
const { ms, value } = await timed(() => classify(evidence));
const megabytes = process.memoryUsage().heapUsed / 1e6 - before;
console.log(JSON.stringify({ ms, megabytes, state: value.state, revision: value.revision }));
