import { createNamer, differenceName } from './classify/paths.ts';
import type { Change } from './database/ddl.ts';
import { isAdoptError } from './errors.ts';
import type { Findings } from './gather.ts';
import { guardScratch } from './guard-scratch.ts';
import { expectedAt, indexOfRevision } from './manifest/chain.ts';
import { revisionOf } from './migrations/migration.ts';
import { meant, type NamedOtherwise, namedOtherwise } from './plan/names-otherwise.ts';
import { type NameReading, namesUsed } from './plan/names-used.ts';
import type { Plan, Refusal, Step } from './plan/plan.ts';
import { recordStatements } from './record-statements.ts';
import type { Workspace } from './workspace.ts';

/** What the look at names adds to a plan. */
export interface NameFindings {
  readonly refused: readonly Refusal[];
  readonly notices: readonly string[];
}

const NOTHING: NameFindings = { refused: [], notices: [] };

const WORDS: Readonly<Record<string, string>> = {
  'primary-key': 'primary key',
  unique: 'unique constraint',
  'foreign-key': 'foreign key',
  check: 'check',
  index: 'index',
  // Of what has no place in the model, nothing else has a name.
  unmodelled: 'exclusion constraint',
};

/** What a legacy or partial database will have run after it was stamped; null where nothing is. */
function pendingOf(plan: Plan): {
  readonly stamp: Extract<Step, { kind: 'stamp' }>;
  readonly recordedNames: readonly string[];
} | null {
  if (plan.strategy !== 'stamp' && plan.strategy !== 'complete') return null;
  const stamp = plan.steps.find((step) => step.kind === 'stamp');
  const migrate = plan.steps.find((step) => step.kind === 'migrate');
  return stamp === undefined || migrate === undefined
    ? null
    : { stamp, recordedNames: migrate.recordedNames };
}

/** The two changes that give a piece its name where it cannot be renamed. */
function madeAnew({ dialect }: Workspace, { table, actualTable, expected, actual }: NamedOtherwise) {
  const wanted = table.foreignKeys[expected.position];
  const present = actual === null ? undefined : actualTable.foreignKeys[actual.position];
  const check = table.checks[expected.position];
  const presentCheck = actual === null ? undefined : actualTable.checks[actual.position];
  const changes: readonly Change[] =
    expected.kind === 'foreign-key' && wanted !== undefined && present !== undefined
      ? [
          { kind: 'drop-foreign-key', table: table.key, foreignKey: present },
          { kind: 'add-foreign-key', table: table.key, foreignKey: wanted },
        ]
      : expected.kind === 'check' && check !== undefined && presentCheck !== undefined
        ? [
            { kind: 'drop-check', table: table.key, check: presentCheck },
            { kind: 'add-check', table: table.key, check },
          ]
        : [];
  const written = changes.map((change) => dialect.ddl.write(change));
  return written.length === 0 || written.includes(null) ? null : written.flatMap((sql) => sql ?? []);
}

/** The SQL that gives a piece the name that the chain gives it; null where nothing can be written. */
function renaming(workspace: Workspace, one: NamedOtherwise): string | null {
  const { table, expected, actual } = one;
  if (actual === null) return null;
  const { kind, name } = expected;
  const renamed = workspace.dialect.renamePiece(table.key, kind, actual.name, name);
  const statements = renamed === null ? madeAnew(workspace, one) : [renamed];
  return statements === null ? null : statements.map((sql) => `${sql};`).join(' ');
}

function refusal(
  workspace: Workspace,
  { observation }: Findings,
  revision: string,
  one: NamedOtherwise,
): Refusal & { readonly name: string } {
  const { table, expected, actual } = one;
  const namer = createNamer(observation.snapshot);
  const name = differenceName({
    path: namer.path({ kind: expected.kind, owner: table.key, name: expected.name }),
  });
  const what = `the ${WORDS[expected.kind]} "${expected.name}" of ${table.key}`;
  const here =
    actual === null ? 'and there is none of that structure here' : `which is called "${actual.name}" here`;
  const sql = renaming(workspace, one);
  const first = sql === null ? 'Make it by that name' : `Rename it: ${sql} Or`;
  const accept = sql === null ? `, or accept it: --accept '${name}'` : ` accept it: --accept '${name}'`;
  return {
    name,
    code: 'REFUSED.NAME',
    message: `${revision} calls ${what} by its name, ${here}, so it would fail or leave it behind.`,
    hint: `${first}${accept}`,
  };
}

/** What the migrations send, by recorded name, each text once. @throws AdoptError */
async function recorded(workspace: Workspace, { observation }: Findings, recordedNames: readonly string[]) {
  const { dialect, knex, source } = workspace;
  const wanted = new Set(recordedNames);
  const until = source.migrations.findLastIndex(({ recordedName }) => wanted.has(recordedName));
  const scratch = await dialect.createScratch(knex);
  try {
    guardScratch(dialect, scratch, observation);
    const { statements } = await recordStatements(
      workspace,
      scratch,
      observation.history.table,
      until,
      wanted,
    );
    return statements;
  } finally {
    await scratch.remove().catch(() => undefined);
  }
}

/**
 * Whether pending migrations drop, rename or alter constraints or indexes by names that they do not have in this database: a schema that somebody
 * made by hand has other names, and such a migration fails half-way (`peers.md` pain 26).
 *
 * Where every name is as the chain gives it, nothing is done. Otherwise the chain is replayed in a scratch database, to see what the pending
 * migrations send. Where that cannot be, it is said in a notice.
 *
 * @param replay whether a scratch database may be made at all.
 */
export async function preflightNames(
  workspace: Workspace,
  findings: Findings,
  plan: Plan,
  replay: boolean,
): Promise<NameFindings> {
  const pending = pendingOf(plan);
  if (pending === null) return NOTHING;
  const { chain, observation } = findings;
  const { dialect, signal } = workspace;
  const [syntax] = dialect.syntaxes;
  if (syntax === undefined) return NOTHING;
  const reading: NameReading = { syntax, ...dialect.pieceNames };
  const same = (a: string, b: string) => reading.nameOf(a, true) === reading.nameOf(b, true);
  const at = indexOfRevision(chain, pending.stamp.revisions.at(-1) ?? '');
  const expected = expectedAt(chain, at).tables;
  const otherwise = namedOtherwise(expected, observation.snapshot.tables, same)
    // What is missing of a partial database is made before anything runs, by the name that the chain gives it.
    .filter(({ actual }) => plan.strategy === 'stamp' || actual !== null);
  if (otherwise.length === 0) return NOTHING;
  const some = `${otherwise.length} constraint(s) or index(es) have other names here than the chain gives them`;
  if (!replay) {
    return {
      ...NOTHING,
      notices: [
        `${some}. Whether a pending migration calls one by its name is looked at before the plan is carried out.`,
      ],
    };
  }
  try {
    const statements = await recorded(workspace, findings, pending.recordedNames);
    const refusals = [...statements].flatMap(([name, texts]) =>
      texts
        .flatMap((sql) => namesUsed(sql, reading))
        .flatMap((use) => meant(use, expected, otherwise, same))
        .map((one) => refusal(workspace, findings, revisionOf(name), one)),
    );
    const accepted = new Set(pending.stamp.receipt.accepted);
    const unlike = new Map(refusals.map((one) => [one.message, one]));
    const refused = [...unlike.values()].filter(({ name }) => !accepted.has(name));
    return { refused: refused.map(({ code, message, hint }) => ({ code, message, hint })), notices: [] };
  } catch (error) {
    if (signal?.aborted === true) throw error;
    const known = isAdoptError(error) ? error : dialect.translateError(error);
    if (known === null) throw error;
    return {
      ...NOTHING,
      notices: [
        `${some}, and whether a pending migration calls one by its name could not be seen: ${known.message}`,
      ],
    };
  }
}
