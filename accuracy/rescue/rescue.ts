import createKnex, { type Knex } from 'knex';
import { type AdoptReport, adoptIn } from '../../src/adopt.ts';
import { dialectOf } from '../../src/dialects/dialect-of.ts';
import { isAdoptError } from '../../src/errors.ts';
import { silentLogger } from '../../src/logger.ts';
import { expectedAt } from '../../src/manifest/chain.ts';
import { sameColumn } from '../../src/schema/same-elements.ts';
import type { Workspace } from '../../src/workspace.ts';
import { type ByTable, tableChecksums } from '../../test/support/table-contents.ts';
import type { Proposer } from '../damage/alteration.ts';
import { dropColumn } from '../damage/columns.ts';
import * as keys from '../damage/keys.ts';
import { sqlWriterFor } from '../damage/sql-writer.ts';
import { dropTable, dropTrigger, dropView } from '../damage/tables.ts';
import { observeScratch } from '../observe.ts';
import { type Random, randomFor } from '../random.ts';
import { errorText } from '../record.ts';
import { type Scratch, withScratch } from '../scratch.ts';
import { NoMigration } from './manifest-migration.ts';
import { type Contents, contentsOf, lineDifference, structureOf } from './oracle.ts';
import { putRows } from './rows.ts';
import type { Subject } from './subject.ts';

export type Strategy = 'complete' | 'rebuild';

/** What came of one damaged database. */
export interface Rescue {
  readonly subject: string;
  readonly revision: string;
  /** Where it was to be brought: the revision, or head. */
  readonly to: string;
  readonly strategy: Strategy;
  readonly trial: number;
  /** What was removed. */
  readonly removed: readonly string[];
  readonly rows: number;
  /** The outcome, or the codes of refusal, or the code of the failure. */
  readonly answer: string;
  /** Why, in the tool's words. */
  readonly messages: readonly string[];
  /** What is wrong with what it left; null where nothing is. */
  readonly fault: string | null;
}

/** Columns and tables more often than the rest, of which there is more to remove. */
const REMOVALS: readonly Proposer[] = [
  dropColumn,
  dropColumn,
  dropColumn,
  dropTable,
  dropTable,
  keys.dropIndex,
  keys.dropUnique,
  keys.dropForeignKey,
  keys.dropPrimaryKey,
  keys.dropCheck,
  dropView,
  dropTrigger,
];

const MOST_DRAWS = 40;

async function damage(subject: Subject, scratch: Scratch, random: Random): Promise<string[]> {
  const removed: string[] = [];
  const wanted = 1 + random.below(4);
  for (let draws = 0; draws < MOST_DRAWS && removed.length < wanted; draws += 1) {
    const { observation } = await observeScratch(scratch, subject.server, null);
    const { snapshot } = observation;
    if (snapshot.tables.length === 0) break;
    const scene = {
      random,
      snapshot,
      chain: subject.chain,
      dump: '',
      sql: sqlWriterFor(subject.server.dialect),
    };
    const alteration = random.pick(REMOVALS)?.(scene);
    if (alteration == null) continue;
    const done = await scratch.run(alteration.sql).then(
      () => true,
      () => false,
    );
    if (done) removed.push(alteration.sql);
  }
  return removed;
}

function workspaceOf(subject: Subject, knex: Knex, schemas: readonly string[]): Workspace {
  return {
    knex,
    dialect: dialectOf(knex),
    source: { migrations: subject.migrations, origin: subject.name, load: (name) => subject.load(name) },
    manifests: subject.manifests,
    schemas,
    tableName: 'knex_migrations',
    historySchema: null,
    receipts: 'knex_adoption',
    author: { tool: 'accuracy', application: null },
    withoutRules: [],
    logger: silentLogger,
    observer: undefined,
    signal: undefined,
  };
}

type Attempt = { readonly report: AdoptReport } | { readonly error: unknown };

/** Where it set things aside: dropped with all that still hangs on it, so that what hangs on it is missed. */
async function dropPlaces(knex: Knex, database: string): Promise<void> {
  if (/mysql/.test(String(knex.client.config.client))) {
    const [rows] = await knex.raw('SELECT schema_name AS name FROM information_schema.schemata');
    const places = rows.map(({ name }: { name: string }) => name);
    for (const place of places.filter((name: string) => name.startsWith(`${database}_aside_`)))
      await knex.raw(`DROP DATABASE \`${place}\``);
    return;
  }
  const { rows } = await knex.raw(
    "SELECT nspname AS name FROM pg_namespace WHERE nspname LIKE '%\\_aside\\_%'",
  );
  for (const { name } of rows) await knex.raw(`DROP SCHEMA "${name}" CASCADE`);
}

/** The columns that are the same at each revision from one on (by index) to another: what is in them, no migration between may touch. */
function lastingColumns(subject: Subject, columns: ByTable<readonly string[]>, from: number, to: number) {
  const { chain } = subject;
  const states = Array.from({ length: to - from + 1 }, (_, at) => expectedAt(chain, from + at).tables);
  const lasts = (table: string, name: string) => {
    const versions = states.map((tables) =>
      tables.find(({ key }) => key === table)?.columns.find((column) => column.name === name),
    );
    const [first] = versions;
    return (
      first !== undefined && versions.every((column) => column !== undefined && sameColumn(first, column))
    );
  };
  const lasting = Object.entries(columns).flatMap(([table, names]) => {
    const kept = names.filter((name) => lasts(table, name));
    return kept.length === 0 ? [] : [[table, kept] as const];
  });
  return Object.fromEntries(lasting);
}

/** Where a rescue is to end. */
interface End {
  /** The structure there. */
  readonly truth: readonly string[];
  /** The columns whose values are to be what they were, and what they were. */
  readonly columns: ByTable<readonly string[]>;
  readonly checksums: ByTable<string>;
  /** Whether migrations are run upon the rows on the way, which what is made of manifests may fail at. */
  readonly further: boolean;
}

async function faultAfter(
  attempt: Attempt,
  knex: Knex,
  database: string,
  before: Contents,
  { truth, columns, checksums, further }: End,
): Promise<string | null> {
  // What was committed before a later migration failed stays, and is gone on with; its rows are looked at as if all had ended well.
  const failure = 'error' in attempt && isAdoptError(attempt.error) ? attempt.error.code : null;
  const halted = further && failure === 'MIGRATIONS.FAILED';
  if (!halted && ('error' in attempt || attempt.report.outcome === 'refused')) {
    const after = await contentsOf(knex);
    if (JSON.stringify(after) === JSON.stringify(before)) return null;
    const lines = lineDifference(before.dump.split('\n'), after.dump.split('\n'));
    return `refused, and not as before: ${lines.slice(0, 6).join(' | ') || 'rows differ'}`;
  }
  await dropPlaces(knex, database);
  const lines = halted ? [] : lineDifference(truth, await structureOf(knex));
  if (lines.length > 0) return `done, and another structure: ${lines.slice(0, 6).join(' | ')}`;
  const rows = await tableChecksums(knex, columns).catch(errorText);
  if (JSON.stringify(rows) !== JSON.stringify(checksums)) {
    const other = Object.entries(rows).filter(([name, sum]) => checksums[name] !== sum);
    return `done, and other rows: ${other.map(([name]) => name).join(', ')}`;
  }
  return null;
}

function answerOf(attempt: Attempt): Pick<Rescue, 'answer' | 'messages'> {
  if ('report' in attempt) {
    const { outcome, plan } = attempt.report;
    const refused = plan?.refused ?? [];
    if (outcome !== 'refused') return { answer: outcome, messages: [] };
    return {
      answer: [...new Set(refused.map(({ code }) => code))].sort().join(' '),
      messages: refused.map(({ message }) => message),
    };
  }
  const { error } = attempt;
  const words = [errorText(error)];
  const inner = error instanceof Error ? error.cause : undefined;
  if (error instanceof NoMigration || inner instanceof NoMigration)
    return { answer: 'no migration', messages: words };
  return { answer: isAdoptError(error) ? `failed: ${error.code}` : 'failed', messages: words };
}

/** The structure of a revision (by index), in a database of its own. */
function structureAt(subject: Subject, index: number): Promise<readonly string[]> {
  return withScratch(subject.server, async (scratch) => {
    await subject.make(scratch, index);
    return structureOf(scratch.knex);
  });
}

/** Makes a database at a revision, puts rows into it, damages it, has it rescued, and looks what came of it. */
export function rescueOne(
  subject: Subject,
  strategy: Strategy,
  seed: number,
  trial: number,
): Promise<Rescue> {
  const random = randomFor(seed, subject.name, strategy, trial);
  const index = random.below(subject.migrations.length);
  const revision = subject.migrations[index]?.revision ?? '';
  return withScratch(subject.server, async (scratch) => {
    const client = subject.server.dialect === 'mysql' ? 'mysql2' : 'pg';
    const knex = createKnex({ client, connection: scratch.url, pool: { min: 0, max: 4 } });
    try {
      const further = randomFor(seed, 'end', trial).below(2) === 1;
      const last = further ? subject.migrations.length - 1 : index;
      const truth = await structureAt(subject, last);
      await subject.make(scratch, index);
      const { snapshot } = (await observeScratch(scratch, subject.server, null)).observation;
      const rows = await putRows(knex, snapshot, random);
      const removed = await damage(subject, scratch, random);
      const before = await contentsOf(knex);
      const columns = further ? lastingColumns(subject, before.columns, index, last) : before.columns;
      const checksums = further ? await tableChecksums(knex, columns) : before.checksums;
      const schemas = subject.server.dialect === 'postgres' ? snapshot.schemas : [];
      const workspace = workspaceOf(subject, knex, schemas);
      const attempt: Attempt = await adoptIn(workspace, {
        knex,
        onPartial: strategy,
        to: further ? null : revision,
        traceless: 'skip',
      }).then(
        (report) => ({ report }),
        (error: unknown) => ({ error }),
      );
      const end = { truth, columns, checksums, further };
      const fault = await faultAfter(attempt, knex, snapshot.schemas[0] ?? '', before, end);
      const to = subject.migrations[last]?.revision ?? '';
      return {
        subject: subject.name,
        revision,
        to,
        strategy,
        trial,
        removed,
        rows,
        ...answerOf(attempt),
        fault,
      };
    } finally {
      await dropPlaces(knex, new URL(scratch.url).pathname.slice(1)).catch(() => {});
      await knex.destroy();
    }
  });
}
