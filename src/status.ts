import type { Verdict } from './classify/verdict.ts';
import { detectIn } from './detect.ts';
import { readRecordedTimes } from './history/read-times.ts';
import type { StoredReceipt } from './history/receipts.ts';
import { knownReceipts } from './known-receipts.ts';
import { revisionOf } from './migrations/migration.ts';
import type { ServerInfo } from './schema/snapshot.ts';
import type { Workspace } from './workspace.ts';

/** The revisions that were recorded without being run. */
export interface Adoption {
  /** The last of them. */
  readonly through: string;
  readonly revisions: number;
  /** When, ISO 8601 in UTC; null where the rows do not say. */
  readonly at: string | null;
  /** What the adoption wrote down of itself; null where there is no receipt that this role may read. */
  readonly receipt: StoredReceipt | null;
}

/** Where a database stands, in the few facts that one wants daily. Plain data: `status --json`. */
export interface Status {
  readonly format: 1;
  readonly server: ServerInfo;
  readonly database: string;
  readonly user: string;
  /** The default one first. */
  readonly schemas: readonly string[];
  /** Qualified. */
  readonly historyTable: string;
  readonly state: Verdict['state'];
  readonly standing: Verdict['standing'];
  /** Of a legacy database: more than one revision is met, see `candidates`, and nothing settles which it is. */
  readonly ambiguous: boolean;
  readonly candidates: readonly string[];
  /** What is recorded (managed), or proved by the schema (legacy); null when there is none. */
  readonly current: string | null;
  readonly head: string;
  readonly pending: readonly string[];
  /** Of a managed database: whether its schema differs from what its history promises. */
  readonly drift: boolean | null;
  /** How many of each grade, without those that were accepted in a reviewed file. */
  readonly differences: { readonly blocking: number; readonly risky: number; readonly harmless: number };
  /** Knex's own lock. */
  readonly lock: Verdict['history']['lock'];
  /** Null when nothing was adopted. */
  readonly adoption: Adoption | null;
  /** What is wrong with the history, in a sentence; null when nothing is. */
  readonly problem: string | null;
  /** Why nothing could be written here, in a sentence; null when writing is possible. */
  readonly readOnly: string | null;
}

/** A status with the verdict it was made from. */
export interface StatusFindings {
  readonly status: Status;
  readonly verdict: Verdict;
}

/**
 * Looks at server, history and schema, and sums up. Writes nothing: it works for a role that may only read.
 *
 * @throws AdoptError as `detectState`
 */
export async function readStatus(workspace: Workspace): Promise<StatusFindings> {
  const { observation, verdict } = await detectIn(workspace);
  const { facts, history } = observation;
  const adopted = history.rows.filter((row) => row.batch === null);
  const last = adopted.at(-1);
  const times =
    last === undefined ? new Map<string, string | null>() : await readRecordedTimes(workspace.knex, history);
  const receipts = last === undefined ? [] : await knownReceipts(workspace, history);
  const count = (grade: string) =>
    verdict.differences.filter((one) => one.grade === grade && one.accepted === null).length;
  return {
    verdict,
    status: {
      format: 1,
      server: facts.server,
      database: facts.database,
      user: facts.user,
      schemas: verdict.schemas,
      historyTable: `${history.table.schema}.${history.table.name}`,
      state: verdict.state,
      standing: verdict.standing,
      ambiguous: verdict.ambiguous,
      candidates: verdict.candidates,
      current: verdict.revision,
      head: verdict.head,
      pending: verdict.pending,
      drift: verdict.drift,
      differences: { blocking: count('blocking'), risky: count('risky'), harmless: count('harmless') },
      lock: verdict.history.lock,
      adoption:
        last === undefined
          ? null
          : {
              through: revisionOf(last.name),
              revisions: adopted.length,
              at: times.get(last.name) ?? null,
              receipt: receipts.findLast(({ undoneAt }) => undoneAt === null) ?? null,
            },
      problem: verdict.history.problem,
      readOnly: facts.readOnlyReason,
    },
  };
}
