import type { Verdict } from '../../classify/verdict.ts';
import type { Status } from '../../status.ts';
import type { Style } from './style.ts';
import { count, PAGE_WIDTH, someOf, visible, wrapWords } from './text.ts';

/** What a headline needs to know of where a database stands. */
export interface Standpoint
  extends Pick<
    Verdict,
    | 'state'
    | 'revision'
    | 'variant'
    | 'candidates'
    | 'ambiguous'
    | 'settledBy'
    | 'standing'
    | 'drift'
    | 'pending'
  > {
  /** How many blocking differences were accepted; not among `blocking`. */
  readonly accepted: number;
  readonly blocking: number;
  readonly risky: number;
  /** The name of the nearest revision, where it is known. */
  readonly nearest: string | null;
  /** How many things are there that no revision knows; null when that was not looked at. */
  readonly strangers: number | null;
}

/** How many candidates a headline names. */
const MOST_CANDIDATES = 4;

/** The standpoint of a verdict. */
export function standpointOf(verdict: Verdict): Standpoint {
  const graded = (grade: string) =>
    verdict.differences.filter((one) => one.grade === grade && one.accepted === null).length;
  return {
    ...verdict,
    accepted: verdict.differences.filter((one) => one.accepted !== null && one.grade === 'blocking').length,
    blocking: graded('blocking'),
    risky: graded('risky'),
    nearest: verdict.nearest[0]?.revision ?? null,
    strangers: verdict.unmanaged.length,
  };
}

/** The standpoint of a status. */
export function standpointOfStatus(status: Status): Standpoint {
  return {
    ...status,
    accepted: 0,
    variant: null,
    settledBy: null,
    candidates: [...status.candidates],
    pending: [...status.pending],
    revision: status.current,
    blocking: status.differences.blocking,
    risky: status.differences.risky,
    nearest: null,
    strangers: null,
  };
}

type Mood = 'good' | 'warn' | 'bad';

/** Where a database stands, in its parts. */
export interface Headline {
  /** The verdict itself: `legacy at 002_cat_recognition`. */
  readonly verdict: string;
  readonly because: string;
  readonly mood: Mood;
}

const at = (revision: string | null) => (revision === null ? '' : ` at ${visible(revision)}`);

function freshHeadline(strangers: number | null): Headline {
  const because = 'nothing of this chain is here';
  if (strangers === null) return { verdict: 'fresh', because, mood: 'good' };
  return strangers === 0
    ? { verdict: 'fresh', because: `${because}, nor anything else`, mood: 'good' }
    : { verdict: 'fresh', because: `${because}, but ${count(strangers, 'other object')}`, mood: 'warn' };
}

/** In what sense a revision is met. */
function metWords({ variant, accepted, settledBy, candidates }: Standpoint): string {
  const what = variant === null ? 'that revision' : `its accepted variant ${visible(variant)}`;
  const but = accepted === 0 ? '' : `, but for ${count(accepted, 'accepted difference')}`;
  const chosen =
    settledBy === null
      ? ''
      : `, and of the ${candidates.length} revisions met ${SETTLED[settledBy.kind]} this one`;
  return `every expectation of ${what} is met${but}${chosen}`;
}

const SETTLED = {
  probe: 'a probe tells',
  'foreign-history': "another tool's history names",
  policy: 'the written policies choose',
} as const;

function legacyHeadline(point: Standpoint): Headline {
  if (point.ambiguous) {
    const met = someOf(point.candidates.map(visible), MOST_CANDIDATES);
    return {
      verdict: 'ambiguous',
      because: `the schema meets ${met} in full, and cannot say which of them it is`,
      mood: 'warn',
    };
  }
  const verdict = `legacy${at(point.revision)}`;
  const met = metWords(point);
  return point.risky === 0
    ? { verdict, because: met, mood: 'good' }
    : {
        verdict,
        because: `${met}, beside ${count(point.risky, 'risky difference')}`,
        mood: 'warn',
      };
}

function partialHeadline(point: Standpoint): Headline {
  const nearest =
    point.nearest === null
      ? `; ${count(point.blocking, 'blocking difference')} from the nearest`
      : `; nearest ${visible(point.nearest)} with ${count(point.blocking, 'blocking difference')}`;
  return { verdict: 'partial', because: `no revision is met in full${nearest}`, mood: 'bad' };
}

function managedHeadline(point: Standpoint): Headline {
  const verdict = `managed${at(point.revision)}`;
  const places = point.blocking + point.risky;
  const drift =
    point.drift === true ? `, but with drift: the schema differs from it in ${count(places, 'place')}` : '';
  const mood = (calm: Mood): Mood => (drift === '' ? calm : 'bad');
  switch (point.standing) {
    case 'ahead':
      return { verdict, because: `its history is ahead of these migrations${drift}`, mood: 'bad' };
    case 'inconsistent':
      return { verdict, because: `its history does not fit these migrations${drift}`, mood: 'bad' };
    case 'behind':
      return {
        verdict,
        because: `${count(point.pending.length, 'migration')} pending${drift}`,
        mood: mood('warn'),
      };
    default:
      return { verdict, because: `up to date${drift}`, mood: mood('good') };
  }
}

/** Where a database stands, taken apart: for those that put it together otherwise than as lines. */
export function headlineOf(point: Standpoint): Headline {
  switch (point.state) {
    case 'fresh':
      return freshHeadline(point.strangers);
    case 'legacy':
      return legacyHeadline(point);
    case 'partial':
      return partialHeadline(point);
    case 'managed':
      return managedHeadline(point);
  }
}

/** Where a database stands, as one plain sentence without its full stop. */
export function standpointSentence(point: Standpoint): string {
  const { verdict, because } = headlineOf(point);
  return `${verdict}: ${because}`;
}

/** Where a database stands, as the first line or lines of a report: the verdict in the colour of what it means. */
export function renderHeadline(point: Standpoint, style: Style): string[] {
  const { verdict, because, mood } = headlineOf(point);
  const [first = '', ...rest] = wrapWords(`${verdict}: ${because}`, PAGE_WIDTH);
  // The verdict itself is never wider than a line unless a name is.
  const split = first.startsWith(verdict) ? verdict.length : first.length;
  return [style[mood](style.bold(first.slice(0, split))) + first.slice(split), ...rest];
}
