import type { Knex } from 'knex';
import type { Dialect, ScratchDatabase } from './database/dialect.ts';
import { AdoptError } from './errors.ts';
import type { History } from './history/history.ts';
import { stampSql } from './history/write-history.ts';
import { isTransactional, loadRunnable, migrateUp } from './migrations/knex-migrator.ts';
import type { Plan, Step } from './plan/plan.ts';
import { inlineValues } from './util/inline-values.ts';
import type { Workspace } from './workspace.ts';

/** What Knex tells of a statement before it sends it. */
interface SentStatement {
  readonly sql: string;
  readonly bindings?: readonly unknown[] | undefined;
}

/** A look at a catalog says the same in the scratch database as in the real one, whose schema it is. */
const CATALOG = /\b(information_schema|pg_catalog|pg_class|pg_type|sqlite_master)\b|^\s*show\b/i;
const READS = /^\s*(?:select|values|table|show|call|with)\b/i;
const WRITES = /\b(?:insert|update|delete|create|alter|drop|merge)\b/i;
const GIVES_BACK = /\breturning\b/i;
const TRANSACTION = /^\s*(?:begin|commit|rollback|savepoint|release|start transaction|set transaction)\b/i;

/** Whether what a statement answers could decide what the migration does next. */
function isRead(sql: string): boolean {
  if (CATALOG.test(sql)) return false;
  return GIVES_BACK.test(sql) || (READS.test(sql) && !WRITES.test(sql));
}

function notScriptable(revision: string, sql: string): AdoptError {
  return new AdoptError(
    'PLAN.NOT_SCRIPTABLE',
    `What ${revision} does depends on rows that it reads (${sql.slice(0, 60)}), so it cannot be written down beforehand.`,
    { hint: 'Write the script up to the revision before it with --to, and have Knex run the rest.' },
  );
}

/** The statements that migrations send, each with its values. */
async function recordStatements(
  workspace: Workspace,
  scratch: ScratchDatabase,
  historyTable: History['table'],
  until: number,
  wanted: ReadonlySet<string>,
): Promise<ReadonlyMap<string, readonly string[]>> {
  const { dialect, source } = workspace;
  const names = source.migrations.slice(0, until + 1).map(({ recordedName }) => recordedName);
  const recorded = new Map<string, string[]>();
  let running: string | null = null;
  let failure: AdoptError | null = null;
  const listen = ({ sql, bindings = [] }: SentStatement) => {
    if (running === null || TRANSACTION.test(sql)) return;
    const revision = running;
    if (isRead(sql)) failure ??= notScriptable(revision, sql);
    if (READS.test(sql) && !WRITES.test(sql)) return;
    recorded.get(revision)?.push(withValues(dialect, scratch.knex, sql, bindings));
  };
  scratch.knex.on('query', listen);
  const observer = {
    started: (name: string) => {
      running = wanted.has(name) ? name : null;
      if (running !== null) recorded.set(name, []);
    },
    finished: () => {
      running = null;
    },
  };
  const facts = await dialect.glance(scratch.knex, { queries: 0 }, (session) => dialect.readServer(session));
  await migrateUp(
    scratch.knex,
    { source, observer, historyTable: { schema: facts.defaultSchema, name: historyTable.name } },
    names,
  );
  if (failure !== null) throw failure;
  return recorded;
}

function withValues(dialect: Dialect, knex: Knex, sql: string, bindings: readonly unknown[]): string {
  const [syntax] = dialect.syntaxes;
  if (syntax === undefined) return sql;
  const literals = bindings.map((value) => knex.raw('?', [value as Knex.RawBinding]).toString());
  return inlineValues(sql, literals, dialect.placeholders, syntax);
}

/** What Knex would run: the recorded names, each with the batch that it is recorded with; null for none, as stamped rows are. */
function runsOf(plan: Plan, history: History): ReadonlyMap<string, number | null> {
  const batch = Math.max(0, ...history.rows.map((row) => row.batch ?? 0)) + 1;
  return new Map(
    plan.steps.flatMap((step): [string, number | null][] => {
      if (step.kind === 'run-missing') return [[step.recordedName, null]];
      if (step.kind === 'replay') return step.recordedNames.map((name) => [name, null]);
      return step.kind === 'migrate' ? step.recordedNames.map((name) => [name, batch]) : [];
    }),
  );
}

/**
 * A plan as SQL, for people who carry everything out themselves: the steps' own statements, and for what Knex would run the statements that
 * each migration sends, as a replay on a scratch database showed them, with the history rows that Knex would write.
 *
 * Where everything can be one transaction, it is one. Nothing is done to the database itself.
 *
 * @param now the time that history rows are given.
 * @throws AdoptError `PLAN.NOT_SCRIPTABLE` when a migration reads rows, so that what it does depends on them, or seeds are to run; `MIGRATIONS.*`;
 * `CONFIG.NO_DATABASE` when this role may not make a scratch database.
 */
export async function planScript(
  workspace: Workspace,
  plan: Plan,
  history: History,
  now: Date,
): Promise<string> {
  const { dialect, knex, source } = workspace;
  if (plan.steps.some(({ kind }) => kind === 'seed')) {
    throw new AdoptError('PLAN.NOT_SCRIPTABLE', 'What seeds do is not written down beforehand.', {
      hint: 'Write the script with --no-seed, and when it has run: npx knex seed:run',
    });
  }
  const runs = runsOf(plan, history);
  const until = source.migrations.findLastIndex(({ recordedName }) => runs.has(recordedName));
  let statements: ReadonlyMap<string, readonly string[]> = new Map();
  if (until >= 0) {
    const scratch = await dialect.createScratch(knex);
    try {
      statements = await recordStatements(workspace, scratch, history.table, until, new Set(runs.keys()));
    } finally {
      await scratch.remove();
    }
  }
  const modules = await loadRunnable(source, [...runs.keys()]);
  const atomic = dialect.capabilities.transactionalDdl && modules.every(isTransactional);
  const textOf = (step: Step): readonly string[] => {
    switch (step.kind) {
      case 'migrate':
        return step.recordedNames.flatMap((name) => [
          `-- ${name}`,
          ...(statements.get(name) ?? []).map(ended),
          ended(stampSql(knex, history, [name], now, runs.get(name) ?? null)),
        ]);
      case 'run-missing':
        return [`-- ${step.recordedName}`, ...(statements.get(step.recordedName) ?? []).map(ended)];
      case 'replay':
        return step.recordedNames.flatMap((name) => [
          `-- ${name}`,
          ...(statements.get(name) ?? []).map(ended),
        ]);
      case 'copy': {
        const copied = step.copies.flatMap((copy) => {
          const { before, insert, after, restore } = dialect.setAside.copy(copy);
          return [...before, insert(null, null), ...after, ...restore];
        });
        return [...step.without, ...copied, ...step.with].map(ended);
      }
      case 'verify':
        return [`-- Now "knex-adopt detect-state" must say that ${step.revision} is met.`];
      default:
        return step.sql === null ? [] : [step.sql];
    }
  };
  return [
    '-- Written by knex-adopt: what "handle-legacy" would do, for a database that nobody else changes meanwhile.',
    `-- Made for the schema ${plan.fingerprint}.`,
    ...(atomic ? ['begin;'] : []),
    ...plan.steps.flatMap(textOf),
    ...(atomic ? ['commit;'] : []),
    '',
  ].join('\n');
}

const ended = (statement: string) => (/;\s*$/.test(statement) ? statement : `${statement};`);
