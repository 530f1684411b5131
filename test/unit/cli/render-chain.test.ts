import { describe, expect, test } from 'vitest';
import { renderHistory } from '../../../src/cli/render/history.ts';
import { renderManifestChanges } from '../../../src/cli/render/manifest-changes.ts';
import { renderRevision } from '../../../src/cli/render/revision.ts';
import { renderStatus } from '../../../src/cli/render/status.ts';
import { createStyle } from '../../../src/cli/render/style.ts';
import type { HistoryEntry } from '../../../src/history-entries.ts';
import type { RevisionDetails } from '../../../src/revision-details.ts';
import type { Status } from '../../../src/status.ts';

const plain = createStyle(false);
const colours = createStyle(true);
const CONTROL = /\p{Cc}/u;
const hostile = 'x\u001b[2J\u0007';

describe('renderStatus', () => {
  const status: Status = {
    format: 1,
    server: { vendor: 'mariadb', version: '10.11.19' },
    database: 'cats',
    user: 'app@%',
    schemas: ['cats'],
    historyTable: 'cats.knex_migrations',
    state: 'managed',
    standing: 'behind',
    ambiguous: false,
    candidates: ['001_cats'],
    current: '001_cats',
    head: '002_coats',
    pending: ['002_coats'],
    drift: true,
    differences: { blocking: 2, risky: 1, harmless: 5 },
    lock: 'held',
    adoption: { through: '001_cats', revisions: 1, at: '2026-01-02T03:04:05.678Z', receipt: null },
    problem: 'The history is odd.',
    readOnly: 'The server is a replica.',
  };

  test('with everything there is to say', () => {
    expect(renderStatus(status, plain)).toBe(
      `managed at 001_cats: 1 migration pending, but with drift: the schema differs from it in 3 places

  server     mariadb 10.11.19
  database   cats, as app@%
  schema     cats
  history    cats.knex_migrations
  current    001_cats
  head       002_coats
  pending    002_coats
  drift      2 blocking, 1 risky differences: see knex-adopt detect-state
  lock       held
  adopted    through 001_cats (1 migration, 2026-01-02 03:04:05 UTC)
  problem    The history is odd.
  read-only  The server is a replica.
`,
    );
  });

  test('with nothing but good news', () => {
    const upToDate: Status = {
      ...status,
      standing: 'upToDate',
      current: '002_coats',
      pending: [],
      drift: false,
      differences: { blocking: 0, risky: 0, harmless: 1 },
      lock: 'free',
      adoption: null,
      problem: null,
      readOnly: null,
    };
    expect(renderStatus(upToDate, plain)).toBe(`managed at 002_coats: up to date

  server    mariadb 10.11.19
  database  cats, as app@%
  schema    cats
  history   cats.knex_migrations
  current   002_coats
  head      002_coats
  pending   none
  drift     none
  lock      free
`);
  });

  const current = (changes: Partial<Status>) =>
    renderStatus({ ...status, standing: null, drift: null, ...changes }, plain)
      .split('\n')
      .filter((line) => /^\S|^ {2}current/.test(line));

  test('of databases that Knex does not manage yet', () => {
    expect(current({ state: 'legacy' })).toEqual([
      'legacy at 001_cats: every expectation of that revision is met, beside 1 risky difference',
      '  current    001_cats, proved by the schema and not recorded',
    ]);
    expect(current({ state: 'legacy', ambiguous: true, current: null, candidates: ['a', 'b'] })).toEqual([
      'ambiguous: the schema meets a, b in full, and cannot say which of them it is',
      '  current    one of a, b',
    ]);
    expect(current({ state: 'partial', current: null })).toEqual([
      'partial: no revision is met in full; 2 blocking differences from the nearest',
      '  current    none',
    ]);
    expect(current({ state: 'fresh', current: null })).toEqual([
      'fresh: nothing of this chain is here',
      '  current    none',
    ]);
  });

  test('decorates, and escapes what came from outside', () => {
    expect(renderStatus(status, colours)).toContain(
      '\u001b[2mlock\u001b[22m       \u001b[33mheld\u001b[39m\n',
    );
    const text = renderStatus(
      {
        ...status,
        server: { vendor: 'mysql', version: hostile },
        database: hostile,
        user: hostile,
        schemas: [hostile],
        historyTable: hostile,
        current: hostile,
        head: hostile,
        pending: [hostile],
        adoption: { through: hostile, revisions: 1, at: hostile, receipt: null },
        problem: hostile,
        readOnly: hostile,
      },
      plain,
    );
    expect(text.split('\n').filter((line) => CONTROL.test(line))).toEqual([]);
  });
});

describe('renderHistory', () => {
  const entry = (revision: string, changes: Partial<HistoryEntry>): HistoryEntry => ({
    revision,
    recordedName: `${revision}.ts`,
    status: 'pending',
    batch: null,
    at: null,
    ...changes,
  });

  test('marks what was adopted, ran, is pending and is unknown', () => {
    const entries = [
      entry('001_cats', { status: 'adopted', at: '2026-01-02T03:04:05.678Z' }),
      entry('002_coats', { status: 'ran', batch: 12, at: '2026-01-02T03:04:06Z' }),
      entry('003_naps', {}),
      entry('old\u001b', { status: 'unknown', batch: 1, at: 'some day' }),
    ];
    expect(
      renderHistory({ format: 1, entries: entries, receipts: [] }, plain),
    ).toBe(`  ✓  001_cats    adopted            2026-01-02 03:04:05 UTC
  ✓  002_coats   ran      batch 12  2026-01-02 03:04:06 UTC
  ·  003_naps    pending
  ✗  old\\x1b.ts  unknown  batch 1   some day

1 adopted, 1 ran, 1 pending, 1 unknown
`);
  });

  test('of nothing, and in colours', () => {
    expect(renderHistory({ format: 1, entries: [], receipts: [] }, plain)).toBe(
      'no migrations, and none recorded\n',
    );
    expect(renderHistory({ format: 1, entries: [entry('001_cats', {})], receipts: [] }, colours)).toBe(
      '  \u001b[33m·\u001b[39m  \u001b[36m001_cats\u001b[39m  \u001b[33mpending\u001b[39m\n\n1 pending\n',
    );
  });
});

describe('renderRevision', () => {
  const none = { added: [], changed: [], dropped: [] };
  const details: RevisionDetails = {
    format: 1,
    revision: '002_coats',
    recordedName: '002_coats.ts',
    position: 2,
    of: 3,
    parent: '001_cats',
    reversible: false,
    transactional: true,
    dialect: 'postgres',
    fingerprint: 'sha256:abc',
    tables: [],
    objects: [],
  };

  test('what a migration is and what it changes', () => {
    const text = renderRevision(
      {
        ...details,
        tables: [
          {
            table: 'coats',
            change: 'created',
            columns: { ...none, added: ['id', 'colour'] },
            parts: { ...none, added: ['primary-key coats_pkey', 'foreign-key a-b-c'] },
          },
          {
            table: 'cats',
            change: 'changed',
            columns: { added: [], changed: ['id'], dropped: ['coat'] },
            parts: { ...none, added: ['index cats_id_index'] },
          },
          { table: hostile, change: 'dropped', columns: none, parts: none },
        ],
        objects: [
          { object: 'view fat_cats', change: 'created' },
          { object: 'enum coat_kind', change: 'dropped' },
        ],
      },
      plain,
    );
    expect(text).toBe(`002_coats: migration 2 of 3, after 001_cats

  recorded as       002_coats.ts
  has a down        no
  in a transaction  yes
  manifest of       postgres
  fingerprint       sha256:abc

  + table coats created
    added   id, colour
            primary key coats_pkey
            foreign key a-b-c

  ~ table cats changed
    added   index cats_id_index
    changed id
    dropped coat

  - table x\\x1b[2J\\x07 dropped

  + view fat_cats created
  - enum coat_kind dropped
`);
  });

  test('one that leaves no trace, the first, in colours', () => {
    const text = renderRevision({ ...details, parent: null, position: 1 }, colours);
    expect(text.split('\n')[0]).toBe(
      '\u001b[36m\u001b[1m002_coats\u001b[22m\u001b[39m: migration 1 of 3, the first',
    );
    expect(text.endsWith('\nIt leaves no trace in the schema.\n')).toBe(true);
  });
});

describe('renderManifestChanges', () => {
  test('each change, and how many of each', () => {
    expect(
      renderManifestChanges(
        [
          { revision: '001_cats', change: 'unchanged' },
          { revision: '002_coats', change: 'changed' },
          { revision: '003_naps', change: 'added' },
          { revision: 'gone\n', change: 'removed' },
        ],
        plain,
      ),
    ).toBe(`  =  001_cats   unchanged
  ~  002_coats  changed
  +  003_naps   added
  -  gone\\n     removed

4 manifests: 1 added, 1 changed, 1 removed, 1 unchanged
`);
  });

  test('of nothing, and in colours', () => {
    expect(renderManifestChanges([], plain)).toBe('0 manifests\n');
    expect(renderManifestChanges([{ revision: 'a', change: 'removed' }], colours)).toBe(
      '  \u001b[31m-\u001b[39m  \u001b[36ma\u001b[39m  \u001b[31mremoved\u001b[39m\n\n1 manifest: 1 removed\n',
    );
  });
});
