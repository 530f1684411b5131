import { indexByPolicies } from '../classify/settle.ts';
import type { SettledBy, Verdict } from '../classify/verdict.ts';
import type { PlanOptions, Refusal } from './plan.ts';

/** Index, in the chain, of the revision up to which a legacy database may be stamped. */
export interface Baseline {
  readonly index: number;
}

type Word = Pick<PlanOptions, 'at' | 'traceless'>;

/** What chose among several candidates, as the subject of a sentence. */
export function settledWords(settledBy: SettledBy): string {
  switch (settledBy.kind) {
    case 'probe':
      return `the probe of ${settledBy.revisions.join(' and that of ')}`;
    case 'foreign-history':
      return `${settledBy.version} in ${settledBy.tool}'s ${settledBy.table}`;
    case 'policy':
      return `the policies for ${settledBy.policies.map(({ revision }) => revision).join(', ')}`;
  }
}

/** What `--at` comes to: one of the candidates, and none that evidence has ruled out. */
function baselineAt(verdict: Verdict, at: string): Baseline | Refusal {
  const refuse = (message: string, hint: string): Refusal => ({
    code: 'REFUSED.NOT_A_CANDIDATE',
    message,
    hint,
  });
  if (!verdict.candidates.includes(at)) {
    const candidates = verdict.candidates.join(', ');
    return refuse(`The schema does not meet ${at}; it meets ${candidates}.`, 'Give --at one of those.');
  }
  if (verdict.settledBy !== null && verdict.revision !== at) {
    return refuse(
      `The schema meets ${at}, but ${settledWords(verdict.settledBy)} says that the database is at ${verdict.revision}.`,
      'Leave out --at, or mend what says so.',
    );
  }
  const between = verdict.undecided?.between ?? verdict.candidates;
  if (!between.includes(at)) {
    return refuse(
      `The schema meets ${at}, but a probe rules it out: what is left is ${between.join(', ')}.`,
      'Give --at one of those.',
    );
  }
  return { index: indexOf(verdict, at) };
}

function indexOf(verdict: Verdict, revision: string): number {
  return verdict.migrations.findIndex((migration) => migration.revision === revision);
}

/**
 * What a blanket policy comes to, beside the policies that are written: null where it settles nothing, because a migration between the
 * candidates has left a trace, or because what is skipped would come after what is run.
 */
function baselineByBlanket(verdict: Verdict, { traceless }: Word): Baseline | null {
  const { undecided } = verdict;
  if (undecided === null || undecided.conflict || traceless === 'refuse') return null;
  const first = indexOf(verdict, undecided.between[0] ?? '');
  const last = indexOf(verdict, undecided.between.at(-1) ?? '');
  const written = new Map(undecided.policies.map(({ revision, policy }) => [revision, policy]));
  const policies = verdict.migrations
    .slice(first + 1, last + 1)
    .map(({ revision, evidence }) => written.get(revision) ?? (evidence === 'traceless' ? traceless : null));
  const indexes = verdict.migrations.map((_, at) => at).slice(first, last + 1);
  const index = indexByPolicies(indexes, policies);
  return index !== null && undecided.between.includes(verdict.migrations[index]?.revision ?? '')
    ? { index }
    : null;
}

function ambiguous(verdict: Verdict): Refusal {
  const between = verdict.undecided?.between ?? verdict.candidates;
  const reasons = verdict.undecided?.reasons ?? [];
  const open = verdict.migrations.slice(
    indexOf(verdict, between[0] ?? '') + 1,
    indexOf(verdict, between.at(-1) ?? '') + 1,
  );
  const conflict = verdict.undecided?.conflict === true;
  const blanket = !conflict && open.every(({ evidence }) => evidence === 'traceless');
  const message = `The schema meets several revisions: ${verdict.candidates.join(', ')}; it cannot say which migrations between them have run.`;
  return {
    code: 'REFUSED.AMBIGUOUS',
    message: [message, ...reasons].join(' '),
    hint: `Say which with --at REVISION (${between.join(', ')})${blanket ? ', or --traceless run|skip for all migrations that leave no trace' : ''}; or beside the manifests, once for all databases, with a probe or a policy.`,
  };
}

/**
 * Which revision a legacy database is stamped at: the one candidate, or of several the one that evidence settled, or that an explicit word
 * does. Never a guess, and never against evidence.
 */
export function legacyBaseline(verdict: Verdict, options: Word): Baseline | Refusal {
  if (options.at !== null) return baselineAt(verdict, options.at);
  if (verdict.revision !== null) return { index: indexOf(verdict, verdict.revision) };
  return baselineByBlanket(verdict, options) ?? ambiguous(verdict);
}
