import type { Knex } from 'knex';
import type { Dialect, ScratchDatabase } from './database/dialect.ts';
import type { History } from './history/history.ts';
import { migrateUp } from './migrations/knex-migrator.ts';
import { inlineValues } from './util/inline-values.ts';
import { oneStatement, type SqlSyntax, skip } from './util/one-statement.ts';
import type { Workspace } from './workspace.ts';

/** What Knex tells of a statement before it sends it. */
interface SentStatement {
  readonly sql: string;
  readonly bindings?: readonly unknown[] | undefined;
}

/** What migrations were seen to send. */
export interface RecordedStatements {
  /** By recorded name: the statements that may write, in order, each with its values. */
  readonly statements: ReadonlyMap<string, readonly string[]>;
  /** The first statement whose answer could decide what its migration does next; null where there is none. */
  readonly read: { readonly recordedName: string; readonly sql: string } | null;
}

/** A look at a catalog says the same in the scratch database as in the real one, whose schema it is. */
const CATALOG = /\b(information_schema|pg_catalog|pg_class|pg_type|sqlite_master)\b|^\s*show\b/i;
const READS = /^\s*(?:select|values|table|show|call|with)\b/i;
const WRITES = /\b(?:insert|update|delete|create|alter|drop|merge)\b/i;
const GIVES_BACK = /\breturning\b/i;
const TRANSACTION = /^\s*(?:begin|commit|rollback|savepoint|release|start transaction|set transaction)\b/i;

/** A statement that makes what is only run later, whatever stands in its body. */
const MAKES_ROUTINE =
  /^\s*create\s+(?:or\s+replace\s+)?(?:definer\s*=\s*\S+\s+)?(?:aggregate\s+)?(?:function|procedure|trigger|event|rule)\b/i;

/** A text without what is quoted or a comment in it. */
function bareText(sql: string, syntax: SqlSyntax): string {
  let text = '';
  for (let at = 0; at < sql.length; ) {
    const end = skip(sql, at, syntax)?.end;
    text += end === undefined ? sql[at] : ' ';
    at = end ?? at + 1;
  }
  return text;
}

/** Whether a statement answers with rows that it has written; what a body gives back, it gives back when it is run. */
function givesBack(sql: string, syntaxes: readonly SqlSyntax[]): boolean {
  const readings = syntaxes.map((syntax) => bareText(sql, syntax));
  if (!readings.some((text) => GIVES_BACK.test(text))) return false;
  return !(MAKES_ROUTINE.test(sql) && oneStatement(sql, syntaxes).kind === 'one');
}

/** Whether what a statement answers could decide what the migration does next. */
function isRead(sql: string, syntaxes: readonly SqlSyntax[]): boolean {
  if (CATALOG.test(sql)) return false;
  return (READS.test(sql) && !WRITES.test(sql)) || givesBack(sql, syntaxes);
}

function withValues(dialect: Dialect, knex: Knex, sql: string, bindings: readonly unknown[]): string {
  const [syntax] = dialect.syntaxes;
  if (syntax === undefined) return sql;
  const literals = bindings.map((value) => knex.raw('?', [value as Knex.RawBinding]).toString());
  return inlineValues(sql, literals, dialect.placeholders, syntax);
}

/**
 * Runs the chain on an empty scratch database up to its `until`-th migration, by Knex's own migrator, and writes down what some of its
 * migrations send.
 *
 * @param wanted recorded names.
 * @throws AdoptError `MIGRATIONS.FAILED`, `MIGRATIONS.LOAD`
 */
export async function recordStatements(
  workspace: Workspace,
  scratch: ScratchDatabase,
  historyTable: History['table'],
  until: number,
  wanted: ReadonlySet<string>,
): Promise<RecordedStatements> {
  const { dialect, source } = workspace;
  const names = source.migrations.slice(0, until + 1).map(({ recordedName }) => recordedName);
  const statements = new Map<string, string[]>();
  let running: string | null = null;
  let read: RecordedStatements['read'] = null;
  const listen = ({ sql, bindings = [] }: SentStatement) => {
    if (running === null || TRANSACTION.test(sql)) return;
    if (isRead(sql, dialect.syntaxes)) read ??= { recordedName: running, sql };
    if (READS.test(sql) && !WRITES.test(sql)) return;
    statements.get(running)?.push(withValues(dialect, scratch.knex, sql, bindings));
  };
  scratch.knex.on('query', listen);
  const observer = {
    started: (name: string) => {
      running = wanted.has(name) ? name : null;
      if (running !== null) statements.set(name, []);
    },
    finished: () => {
      running = null;
    },
  };
  const facts = await dialect.glance(scratch.knex, { queries: 0 }, (session) => dialect.readServer(session));
  await migrateUp(
    scratch.knex,
    {
      source,
      observer,
      historyTable: { schema: facts.defaultSchema, name: historyTable.name },
      translateError: dialect.translateError,
    },
    names,
  );
  return { statements, read };
}
