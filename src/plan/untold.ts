import type { Evidence } from '../classify/classify.ts';
import { lastShown } from '../classify/last-shown.ts';
import { indexByPolicies, type Settlement, settle } from '../classify/settle.ts';
import type { MigrationEvidence, Verdict } from '../classify/verdict.ts';
import { type Decisions, NO_DECISIONS } from '../manifest/decisions.ts';
import { type Baseline, settledWords } from './legacy-baseline.ts';
import { verdictOnceMet } from './once-met.ts';
import { partialTargets } from './partial-target.ts';
import type { PlanOptions, Refusal } from './plan.ts';

type Word = Pick<PlanOptions, 'at' | 'traceless'>;

/** Whether a schema says nothing of whether a migration has run: it left no trace, or what it left is overtaken. */
const isSilent = ({ evidence }: MigrationEvidence) => evidence === 'traceless' || evidence === 'superseded';

/** What is open of a partial database that is to be brought to a revision. */
interface Open {
  /** The last migration (by index) of which something is there; -1 where nothing is. */
  readonly shown: number;
  /** Those after it, in order, that nothing shows to have run. */
  readonly untold: readonly number[];
}

/**
 * Which migrations below a target have neither left a trace nor been overtaken by something that is there: what comes after them is made, or
 * run, by the plan itself, and says nothing of them. Those of which the schema at the target tells as little as of itself are left out: they
 * are settled as of any legacy database.
 */
function openBelow(verdict: Verdict, evidence: Evidence, target: number, { at }: Pick<Word, 'at'>): Open {
  const { migrations } = verdict;
  const shown = lastShown(evidence, target);
  const [candidate = ''] = verdictOnceMet(evidence, target).candidates;
  const first = migrations.findIndex(({ revision }) => revision === candidate);
  // A word for a revision is one for what is below it too, but for what is below something that is not there: that is not what the word knows.
  const known =
    at === null ? first : Math.min(first, migrations.slice(0, target + 1).findLastIndex(isAbsent));
  const untold = migrations.flatMap((migration, index) =>
    index > shown && index <= known && isSilent(migration) ? [index] : [],
  );
  return { shown, untold };
}

const isAbsent = ({ evidence }: MigrationEvidence) => evidence === 'absent';

/** A history of another tool that names a revision says of every migration up to it that it has run. */
function decisionsFor(
  verdict: Verdict,
  { shown, untold }: Open,
  decisions: Decisions = NO_DECISIONS,
): Decisions {
  const lastBelow = (revision: string): string => {
    const index = verdict.migrations.findIndex((migration) => migration.revision === revision);
    const migration = verdict.migrations[index];
    if (migration === undefined || isAbsent(migration)) return revision;
    const last = untold.findLast((one) => one <= index) ?? (index >= shown ? shown : index);
    return verdict.migrations[last]?.revision ?? revision;
  };
  const foreignHistories = new Map(
    [...decisions.foreignHistories].map(([tool, versions]) => [
      tool,
      new Map([...versions].map(([version, revision]) => [version, lastBelow(revision)])),
    ]),
  );
  return { ...decisions, foreignHistories };
}

/** What `--traceless` comes to, beside policies that are written. */
function byBlanket(
  verdict: Verdict,
  { shown, untold }: Open,
  settlement: Settlement,
  { traceless }: Word,
): number | null {
  if (settlement.index !== null || settlement.undecided.conflict || traceless === 'refuse') return null;
  const { between, policies: written } = settlement.undecided;
  const candidates = [shown, ...untold].filter((index) =>
    between.includes(verdict.migrations[index]?.revision ?? ''),
  );
  const policies = candidates.slice(1).map((index) => {
    const migration = verdict.migrations[index];
    const own = written.find(({ revision }) => revision === migration?.revision);
    return own?.policy ?? (migration?.evidence === 'traceless' ? traceless : null);
  });
  return indexByPolicies(candidates, policies);
}

function ambiguous(verdict: Verdict, { shown, untold }: Open, settlement: Settlement): Refusal {
  const { migrations } = verdict;
  const names = (indexes: readonly number[]) =>
    indexes.flatMap((index) => migrations[index]?.revision ?? []).join(', ');
  const undecided = settlement.index === null ? settlement.undecided : null;
  const candidates = [shown, ...untold].filter(
    (index) => undecided?.between.includes(migrations[index]?.revision ?? '') ?? true,
  );
  const left = candidates.slice(1);
  const blanket =
    undecided?.conflict !== true && left.every((index) => migrations[index]?.evidence === 'traceless');
  // A word for a later one would be one for what is not there.
  const [first = 0] = left;
  const sayable = candidates.filter((index) => !migrations.slice(first, index).some(isAbsent));
  return {
    code: 'REFUSED.AMBIGUOUS',
    message: [
      `It cannot be told whether ${names(left)} ${left.length === 1 ? 'has' : 'have'} run: the schema does not show it, and nothing that is there came later.`,
      ...(undecided?.reasons ?? []),
    ].join(' '),
    hint: `Say at which revision the database is with --at REVISION (${names(sayable)})${blanket ? ', or --traceless run|skip for all migrations that leave no trace' : ''}; or beside the manifests, once for all databases, with a probe or a policy.`,
  };
}

/**
 * Up to where a partial database that is to be brought to a revision (by index) has really been migrated: to that revision, where each
 * migration below it shows, is made by the plan, or has been overtaken by something that is there. Of any other it has to be settled as of a
 * legacy database: by its probe, another tool's history, a policy, or an explicit word. Where that says that one has not run, it is the
 * revision before it: all that comes later is pending.
 */
export function migratedUpTo(
  verdict: Verdict,
  evidence: Evidence,
  target: number,
  options: Word,
): Baseline | Refusal {
  const open = openBelow(verdict, evidence, target, options);
  const { shown, untold } = open;
  const last = untold.at(-1);
  if (last === undefined) return { index: target };
  const settlement = settle([shown, ...untold], {
    revisions: verdict.migrations.map(({ revision }) => revision),
    probes: evidence.probes ?? [],
    foreignHistories: evidence.foreignHistories,
    decisions: decisionsFor(verdict, open, evidence.decisions),
    open: untold,
  });
  const index = settlement.index ?? byBlanket(verdict, open, settlement, options);
  if (index === null || index < 0) return ambiguous(verdict, open, settlement);
  if (index === last) return { index: target };
  const { at } = options;
  if (at === null) return { index };
  const says = settlement.index === null ? '--traceless run' : settledWords(settlement.settledBy);
  return {
    code: 'REFUSED.NOT_A_CANDIDATE',
    message: `The database is to be completed to ${at}, but ${says} says that it is at ${verdict.migrations[index]?.revision}.`,
    hint: 'Leave out --at, or mend what says so.',
  };
}

/**
 * The migrations of which it would be asked whether they have run if a partial database were completed: those whose probes can tell. The last
 * of them may be after the revision that is completed to, where its schema is theirs too.
 */
export function untoldByCompletion(
  verdict: Verdict,
  evidence: Evidence,
  options: Pick<PlanOptions, 'at' | 'to'>,
): ReadonlySet<string> {
  const [target] = partialTargets(verdict, evidence, options);
  const shown = lastShown(evidence, target);
  const end = verdictOnceMet(evidence, target).candidates.at(-1);
  const last = Math.max(
    target,
    verdict.migrations.findIndex(({ revision }) => revision === end),
  );
  return new Set(
    verdict.migrations
      .slice(shown + 1, last + 1)
      .filter((migration) => !isAbsent(migration))
      .map(({ revision }) => revision),
  );
}
