import type { ForeignHistory } from '../history/foreign-histories.ts';
import type { ProbeAnswer } from '../history/probe-answer.ts';
import type { Decisions, Policy } from '../manifest/decisions.ts';
import type { SettledBy, Undecided } from './verdict.ts';

/** What is held against the candidates where the schema alone does not tell. */
export interface SettlingEvidence {
  /** Every revision of the chain, in order. */
  readonly revisions: readonly string[];
  readonly probes: readonly ProbeAnswer[];
  readonly foreignHistories: readonly ForeignHistory[];
  readonly decisions: Decisions;
  /**
   * The migrations, by index, of which it is open whether they have run, in order: those that policies have to be written for. Where it is left
   * out, all of those between the candidates.
   */
  readonly open?: readonly number[] | undefined;
}

/** The one candidate that evidence left, and which evidence; or what is still open, and why. */
export type Settlement =
  | { readonly index: number; readonly settledBy: SettledBy }
  | { readonly index: null; readonly undecided: Undecided };

/**
 * Which revision policies come to: what is skipped has run, what is run has not. That makes a revision only where everything skipped comes
 * before everything run.
 *
 * @param indexes of the last migration that has certainly run, and of those after it for which there are policies, in chain order.
 * @param policies one for each but the first.
 * @returns the index of the last migration that counts as having run; null where the policies make none.
 */
export function indexByPolicies(
  indexes: readonly number[],
  policies: readonly (Policy | null | undefined)[],
): number | null {
  const skipped = policies.findIndex((policy) => policy !== 'skip');
  const prefix = skipped < 0 ? policies.length : skipped;
  if (!policies.slice(prefix).every((policy) => policy === 'run')) return null;
  return indexes[prefix] ?? null;
}

interface Narrowed {
  readonly between: readonly number[];
  /** Contradictions: evidence that no candidate agrees with. */
  readonly conflict: string | null;
}

/**
 * A probe that says yes excludes every candidate before its migration; one that says no, every candidate from it on.
 */
function narrowByProbes(
  candidates: readonly number[],
  { revisions, probes }: SettlingEvidence,
): Narrowed & { readonly deciding: readonly string[] } {
  const first = candidates[0] ?? 0;
  const last = candidates.at(-1) ?? first;
  const answers = probes
    .map((probe) => ({ ...probe, index: revisions.indexOf(probe.revision) }))
    .filter(({ index, happened }) => happened !== null && index > first && index <= last)
    .sort((a, b) => a.index - b.index);
  const yes = answers.filter(({ happened }) => happened).at(-1);
  const no = answers.find(({ happened }) => happened === false);
  const between = candidates.filter(
    (index) => (yes === undefined || index >= yes.index) && (no === undefined || index < no.index),
  );
  const deciding = [yes, no].flatMap((answer) => answer?.revision ?? []);
  if (between.length > 0) return { between, conflict: null, deciding };
  const said = `the probe of ${yes?.revision} says that it has happened, that of ${no?.revision} that it has not`;
  const conflict =
    yes !== undefined && no !== undefined && yes.index > no.index
      ? `Probes contradict each other: ${said}.`
      : `The probes' answers leave none of the candidates: ${said}.`;
  return { between: candidates, conflict, deciding };
}

type ForeignWord =
  | { readonly kind: 'none' }
  | { readonly kind: 'silent' | 'conflict'; readonly reason: string }
  | {
      readonly kind: 'revision';
      readonly index: number;
      readonly history: ForeignHistory;
      readonly version: string;
    };

const tableName = ({ table }: ForeignHistory) => `${table.schema}.${table.name}`;

/** The revision that one foreign history stands for: of all its versions that are mapped, the one furthest in the chain. */
function wordOf(history: ForeignHistory, { revisions, decisions }: SettlingEvidence): ForeignWord {
  const mapping = decisions.foreignHistories.get(history.tool);
  if (mapping === undefined) return { kind: 'none' };
  const where = `${history.tool} in ${tableName(history)}`;
  if (history.problem !== null)
    return { kind: 'silent', reason: `What ${where} says is not used: ${history.problem}` };
  const unmapped = history.applied.find((version) => !mapping.has(version));
  // A tool that keeps only where it is has said nothing that we understand when one of its words is unknown.
  if (history.keeps === 'current' && unmapped !== undefined) {
    return { kind: 'silent', reason: `${where} is at ${unmapped}, which is mapped to no revision.` };
  }
  const found = history.applied.flatMap((version) => {
    const revision = mapping.get(version);
    return revision === undefined ? [] : [{ version, index: revisions.indexOf(revision) }];
  });
  const furthest = found.sort((a, b) => b.index - a.index)[0];
  if (furthest === undefined) {
    return { kind: 'silent', reason: `${where} holds no version that is mapped to a revision.` };
  }
  return { kind: 'revision', history, ...furthest };
}

function wordOfForeignHistories(candidates: readonly number[], evidence: SettlingEvidence): ForeignWord {
  const words = evidence.foreignHistories.map((history) => wordOf(history, evidence));
  const named = words.flatMap((word) => (word.kind === 'revision' ? [word] : []));
  const [first, ...more] = named;
  if (first === undefined) return words.find((word) => word.kind === 'silent') ?? { kind: 'none' };
  const say = ({ history, version, index }: (typeof named)[number]) =>
    `${history.tool} in ${tableName(history)} is at ${version}, which stands for ${evidence.revisions[index]}`;
  const other = more.find(({ index }) => index !== first.index);
  if (other !== undefined) {
    return { kind: 'conflict', reason: `Histories contradict each other: ${say(first)}; ${say(other)}.` };
  }
  if (candidates.includes(first.index)) return first;
  const left = candidates.map((index) => evidence.revisions[index]).join(', ');
  return { kind: 'conflict', reason: `${say(first)}, and that is none of ${left}.` };
}

/**
 * Settles which of several candidates a database stands at, by evidence only, in this order: probes; another tool's history that is mapped
 * to revisions; policies written for the migrations between. Each narrows what the one before left. Where two of them contradict each
 * other, nothing is settled.
 *
 * @param candidates indexes of the revisions met, ascending; at least two.
 */
export function settle(candidates: readonly number[], evidence: SettlingEvidence): Settlement {
  const { revisions, probes, decisions } = evidence;
  const name = (index: number) => revisions[index] ?? '';
  const silent = probes.flatMap(({ problem }) => problem ?? []);
  const open = (between: readonly number[], reasons: readonly string[], conflict: boolean): Settlement => ({
    index: null,
    undecided: {
      between: between.map(name),
      conflict,
      policies: revisions.slice((between[0] ?? 0) + 1, (between.at(-1) ?? 0) + 1).flatMap((revision) => {
        const policy = decisions.policies.get(revision);
        return policy === undefined ? [] : [{ revision, policy }];
      }),
      reasons: [...silent, ...reasons],
    },
  });

  const { between, conflict, deciding } = narrowByProbes(candidates, evidence);
  if (conflict !== null) return open(between, [conflict], true);
  const [first = 0, ...more] = between;
  if (more.length === 0) return { index: first, settledBy: { kind: 'probe', revisions: [...deciding] } };

  const foreign = wordOfForeignHistories(between, evidence);
  if (foreign.kind === 'conflict') return open(between, [foreign.reason], true);
  if (foreign.kind === 'revision') {
    const { history, version, index } = foreign;
    return {
      index,
      settledBy: { kind: 'foreign-history', tool: history.tool, table: tableName(history), version },
    };
  }

  const last = more.at(-1) ?? first;
  const asked = evidence.open ?? revisions.keys();
  const indexes = [...asked].filter((one) => one > first && one <= last);
  const migrations = indexes.map(name);
  const policies = migrations.map((revision) => decisions.policies.get(revision));
  const index = indexByPolicies([first, ...indexes], policies);
  if (index !== null && between.includes(index)) {
    return {
      index,
      settledBy: {
        kind: 'policy',
        policies: migrations.map((revision, at) => ({ revision, policy: policies[at] as Policy })),
      },
    };
  }
  const reasons = foreign.kind === 'silent' ? [foreign.reason] : [];
  if (policies.every((policy) => policy !== undefined)) {
    const said = migrations.map((revision, at) => `${policies[at]} ${revision}`).join(', ');
    reasons.push(
      index === null
        ? `The policies make no revision, because one that is to be run comes before one that has run: ${said}.`
        : `The policies (${said}) come to ${name(index)}, which the schema does not meet.`,
    );
  }
  return open(between, reasons, false);
}
