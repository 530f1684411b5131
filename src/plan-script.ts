import { AdoptError } from './errors.ts';
import type { History } from './history/history.ts';
import { stampSql } from './history/write-history.ts';
import { isTransactional, loadRunnable } from './migrations/knex-migrator.ts';
import type { Plan, Step } from './plan/plan.ts';
import { recordStatements } from './record-statements.ts';
import { scriptStatement } from './util/script-statement.ts';
import type { Workspace } from './workspace.ts';

function notScriptable(revision: string, sql: string): AdoptError {
  return new AdoptError(
    'PLAN.NOT_SCRIPTABLE',
    `What ${revision} does depends on rows that it reads (${sql.slice(0, 60)}), so it cannot be written down beforehand.`,
    { hint: 'Write the script up to the revision before it with --to, and have Knex run the rest.' },
  );
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
      const recorded = await recordStatements(workspace, scratch, history.table, until, new Set(runs.keys()));
      if (recorded.read !== null) throw notScriptable(recorded.read.recordedName, recorded.read.sql);
      statements = recorded.statements;
    } finally {
      await scratch.remove();
    }
  }
  const modules = await loadRunnable(source, [...runs.keys()]);
  const atomic = dialect.capabilities.transactionalDdl && modules.every(isTransactional);
  const ended = (statement: string) => scriptStatement(statement, dialect);
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
        if ('statements' in step) return step.statements.map(ended);
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
