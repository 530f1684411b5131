import type { Difference } from '../../classify/verdict.ts';
import { describeChanges, describeEvidence } from './evidence.ts';
import type { Style } from './style.ts';
import { type Cell, type Row, renderTable } from './table.ts';
import { PAGE_WIDTH, visible, visibleLines, wrapWords } from './text.ts';

const KINDS: Readonly<Record<string, string>> = {
  columns: 'column',
  primaryKey: 'primary key',
  uniques: 'unique',
  foreignKeys: 'foreign key',
  checks: 'check',
  indexes: 'index',
  unmodelled: 'unmodelled',
  tables: 'table',
  views: 'view',
  materializedViews: 'materialized view',
  sequences: 'sequence',
  enums: 'enum',
  domains: 'domain',
  types: 'type',
  functions: 'function',
  foreignTables: 'foreign table',
  statistics: 'extended statistics',
};

/** What each group means for the reader, and the order in which groups are shown. */
export const GROUPS = {
  blocking: 'what stands between this schema and the revision',
  risky: 'unknown to the chain, and able to break it or the application',
  harmless: 'unknown to the chain, and inert',
  accepted: 'reviewed, and no obstacle',
} as const;

/** The groups, the gravest first. */
export const GROUP_NAMES = Object.keys(GROUPS) as readonly (keyof typeof GROUPS)[];

/** The group that a difference is shown in. */
export const groupOf = ({ grade, accepted }: Difference): keyof typeof GROUPS =>
  accepted === null ? grade : 'accepted';

const kindOf = (segment: string) =>
  (Object.hasOwn(KINDS, segment) ? KINDS[segment] : undefined) ?? visible(segment);

/** Where a difference is, in two cells: whose, and what of it. */
export function placeOf(path: readonly string[]): readonly [string, string] {
  const [kind = '', owner = '', part, ...names] = path;
  if (part === undefined) return [visible(owner), kindOf(kind)];
  // What is not modelled has no name but the words that describe it, which are its evidence already.
  const name = part === 'unmodelled' ? '' : names.map(visible).join('.');
  return [visible(owner), `${kindOf(part)} ${name}`.trim()];
}

/** Why two texts that are not the same are not called different, or why a difference is one now; null where nothing has to be said. */
export function reasonOf({ outcome, rule }: Pick<Difference, 'outcome' | 'rule'>): string | null {
  if (outcome === 'cannot-tell')
    return 'one of these texts is beyond our grammar: if they mean the same, accept it in decisions.json';
  return rule === null ? null : `equal by ${visible(rule)}, which is switched off`;
}

const INDENT = 8;

function wrapped(label: string, text: string, paint: (text: string) => string): string[] {
  const margin = ' '.repeat(INDENT);
  const hanging = ' '.repeat(INDENT + label.length);
  return wrapWords(text, PAGE_WIDTH - hanging.length).map((line, index) =>
    index === 0 ? margin + paint(label) + line : hanging + line,
  );
}

type Sided = Pick<Difference, 'outcome' | 'expected' | 'actual'>;

function changeLines(difference: Sided, style: Style): string[] {
  return describeChanges(difference.expected, difference.actual).flatMap(({ about, expected, actual }) => {
    const label = about === '' ? '' : `${about}: `;
    const line = `${expected} → ${actual}`;
    if (INDENT + label.length + line.length <= PAGE_WIDTH) return wrapped(label, line, style.dim);
    return [
      ...wrapped(`${label}expected `, expected, style.dim),
      ...wrapped(`${' '.repeat(label.length)}actual   `, actual, style.dim),
    ];
  });
}

function evidenceLines(difference: Sided, style: Style): string[] {
  switch (difference.outcome) {
    case 'missing':
      return wrapped('expected ', describeEvidence(difference.expected), style.dim);
    case 'unexpected':
      return wrapped('actual   ', describeEvidence(difference.actual), style.dim);
    case 'different':
    case 'cannot-tell':
      return changeLines(difference, style);
  }
}

/** What a difference means, as one character. */
export function markOf({ accepted, grade }: Difference, style: Style): Cell {
  if (accepted !== null) return { text: '✓', paint: style.dim };
  if (grade === 'blocking') return { text: '✗', paint: style.bad };
  return grade === 'risky' ? { text: '!', paint: style.warn } : { text: '·', paint: style.dim };
}

function rowOf(difference: Omit<Difference, 'grade'>, mark: Cell, style: Style): Row {
  const [owner, what] = placeOf(difference.path);
  const reason = reasonOf(difference);
  const sql = difference.sql === null ? [] : visibleLines(difference.sql);
  return {
    cells: [
      mark,
      { text: difference.outcome.replaceAll('-', ' '), paint: style.bold },
      { text: owner, paint: style.name },
      { text: what, paint: style.name },
      difference.introducedBy === null
        ? ''
        : { text: `by ${visible(difference.introducedBy)}`, paint: style.dim },
    ],
    below: [
      ...evidenceLines(difference, style),
      ...(reason === null ? [] : wrapped('', reason, style.dim)),
      ...(difference.accepted === null ? [] : wrapped('because  ', visible(difference.accepted), style.dim)),
      ...sql.map((line) => `${' '.repeat(INDENT)}${style.dim('sql')} ${line}`),
    ],
  };
}

/**
 * Every difference, grouped by grade, the gravest first, those that were accepted last: what happened, where, the revision that introduced it, and below that expected and
 * actual in short form. Empty when there are none.
 *
 * @param against the revision that the database was held against; empty where it was none.
 */
export function renderDifferences(
  differences: readonly Difference[],
  against: string,
  style: Style,
): string[] {
  if (differences.length === 0) return [];
  const from = against === '' ? '' : ` from ${visible(against)}`;
  const groups = GROUP_NAMES.flatMap((name) => {
    const group = differences.filter((difference) => groupOf(difference) === name);
    if (group.length === 0) return [];
    return [
      `  ${style.bold(`${name} (${group.length})`)}${style.dim(`: ${GROUPS[name]}`)}`,
      ...renderTable(
        group.map((difference) => rowOf(difference, markOf(difference, style), style)),
        { indent: 4 },
      ),
    ];
  });
  return [style.bold(`differences${from}`), ...groups];
}

const SIGNS: Readonly<Record<Difference['outcome'], readonly [string, keyof Style]>> = {
  missing: ['-', 'bad'],
  unexpected: ['+', 'good'],
  different: ['~', 'warn'],
  'cannot-tell': ['?', 'warn'],
};

/** Differences that nobody has graded, in the order in which they are given: what happened, where, expected and actual, and the SQL. */
export function renderUngraded(
  differences: readonly Pick<Difference, 'path' | 'outcome' | 'expected' | 'actual' | 'sql'>[],
  style: Style,
): string[] {
  return renderTable(
    differences.map((difference) => {
      const [text, paint] = SIGNS[difference.outcome];
      const known = { ...difference, introducedBy: null, accepted: null, rule: null };
      return rowOf(known, { text, paint: style[paint] }, style);
    }),
  );
}
