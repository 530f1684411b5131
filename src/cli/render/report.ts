import type { Difference, MigrationEvidence, Report } from '../../classify/verdict.ts';
import { renderDifferences } from './differences.ts';
import { renderHeadline, standpointOf } from './headline.ts';
import { nextStep } from './next-step.ts';
import type { Style } from './style.ts';
import { type Cell, type Row, renderFacts, renderTable } from './table.ts';
import { count, joinParts, PAGE_WIDTH, someOf, visible, wrapWords } from './text.ts';

/** How many objects and versions are named before the rest is only counted. */
const MOST_OBJECTS = 8;
const MOST_VERSIONS = 3;
/** How many nearest revisions are shown; the JSON report has them all. */
const MOST_NEAREST = 3;

/** @param isPending of what has not run, nothing that later ones took away shows, as it does not show of what has. */
function evidenceCell(
  { evidence, met, expected }: MigrationEvidence,
  isPending: boolean,
  style: Style,
): readonly [Cell, Cell] {
  switch (evidence) {
    case 'applied':
      return [{ text: '✓', paint: style.good }, evidence];
    case 'partly':
      return [
        { text: '~', paint: style.bad },
        { text: `partly, ${met} of ${expected}`, paint: style.bad },
      ];
    case 'absent':
      return [{ text: '·', paint: style.dim }, evidence];
    case 'superseded':
      return [
        { text: isPending ? '·' : '✓', paint: style.dim },
        {
          text: isPending ? 'undone by later ones: shows nothing' : 'superseded by later ones',
          paint: style.dim,
        },
      ];
    case 'traceless':
      return [
        { text: '?', paint: style.warn },
        { text: 'leaves no trace', paint: style.warn },
      ];
  }
}

function historyCell(migration: MigrationEvidence, report: Report, style: Style): Cell {
  if (migration.adopted) return { text: 'adopted', paint: style.good };
  if (migration.recorded) return { text: 'recorded', paint: style.good };
  // Of a database that meets no revision, or several, it is not known yet what is pending.
  if (report.state === 'partial') return '';
  if (report.pending.includes(migration.revision)) return { text: 'pending', paint: style.warn };
  return report.ambiguous && report.candidates.includes(migration.revision)
    ? { text: 'candidate', paint: style.warn }
    : '';
}

/** Each migration: a mark, its name, what the schema shows of it, and what is recorded. */
export function migrationRows(report: Report, style: Style): Row[] {
  return report.migrations.map((migration) => {
    const [mark, evidence] = evidenceCell(migration, report.pending.includes(migration.revision), style);
    const name = { text: visible(migration.revision), paint: style.name };
    return { cells: [mark, name, evidence, historyCell(migration, report, style)] };
  });
}

function migrationLines(report: Report, style: Style): string[] {
  const rows = migrationRows(report, style);
  return rows.length === 0 ? [] : [style.bold('migrations'), ...renderTable(rows)];
}

function historyFact({ history }: Report, style: Style): Cell {
  if (!history.present) return 'none: Knex has no history here';
  const rows = history.rows === 0 ? 'a table without rows' : `${count(history.rows, 'migration')} recorded`;
  const free = history.lock === 'free' || history.lock === 'absent';
  if (history.lock === 'absent') return rows;
  return { text: `${rows}, lock ${history.lock}`, paint: free ? (text) => text : style.warn };
}

/** What was looked at: names, and what they are. */
export function factRows(report: Report, style: Style): readonly (readonly [string, Cell])[] {
  const schemas = report.schemas.map(visible).join(', ');
  const others = report.foreignHistories.map(({ tool, table, versions, failed }) => {
    const at = someOf(versions.slice().reverse().map(visible), MOST_VERSIONS);
    const fault = failed === null ? '' : `; ${visible(failed)} failed half-way, or is under way`;
    return `${visible(tool)} in ${visible(table)}${at === '' ? '' : `, at ${at}`}${fault}`;
  });
  return [
    ['server', visible(`${report.server.vendor} ${report.server.version}`)],
    [report.schemas.length === 1 ? 'schema' : 'schemas', schemas],
    ['history', historyFact(report, style)],
    ...others.map((text) => ['tracked by', { text, paint: style.warn }] as const),
  ];
}

/** The revisions that a partial database is nearest to, each with its differences; of another database none. */
export function nearestRows(report: Report, most: number, style: Style): Row[] {
  if (report.state !== 'partial') return [];
  const number = (many: number, grade: string) => (many === 0 ? '' : `${many} ${grade}`);
  return report.nearest.slice(0, most).map(({ revision, blocking, risky, harmless }) => ({
    cells: [
      { text: visible(revision), paint: style.name },
      number(blocking, 'blocking'),
      number(risky, 'risky'),
      number(harmless, 'harmless'),
    ],
  }));
}

function nearestLines(report: Report, style: Style): string[] {
  const rows = nearestRows(report, MOST_NEAREST, style);
  return rows.length === 0
    ? []
    : [style.bold('nearest revisions'), ...renderTable(rows, { right: [1, 2, 3] })];
}

/** What probes answered, and why what there is did not settle it. */
export function settlingLines({ probes, undecided }: Report): string[] {
  return [
    ...probes
      .filter(({ happened }) => happened !== null)
      .map(
        ({ revision, happened, file }) =>
          `${visible(file)} says that ${visible(revision)} has ${happened === true ? '' : 'not '}happened`,
      ),
    ...(undecided?.reasons ?? []).map(visible),
  ];
}

/** Settings of the server that explain differences, so many of which are named. */
export function settingLines({ settings }: Report, most: number): string[] {
  return settings.map(
    ({ name, value, effect, differences }) =>
      `${visible(name)} is ${visible(value)} on this server. ${visible(effect)} That explains ${someOf(differences.map(visible), most)}.`,
  );
}

/** A title, and lines of text below it, wrapped. */
function section(title: string, lines: readonly string[], style: Style): string[] {
  if (lines.length === 0) return [];
  return [
    style.bold(title),
    ...lines.flatMap((line) => wrapWords(line, PAGE_WIDTH - 2).map((part) => `  ${part}`)),
  ];
}

/** What the verdict rests on, and what it cost. */
export function footnotes(report: Report): string[] {
  const { connectMs, introspectMs, classifyMs, queries } = report.timing;
  const total = Math.round((connectMs + introspectMs + classifyMs) * 10) / 10;
  return [
    ...(report.unusedAcceptances.length === 0
      ? []
      : [`accepted, and not there: ${report.unusedAcceptances.map(visible).join(', ')}`]),
    ...(report.rulesUsed.length === 0
      ? []
      : [`taken for equal: ${report.rulesUsed.map(visible).join(', ')}`]),
    ...(report.withoutRules.length === 0
      ? []
      : [`rules switched off: ${report.withoutRules.map(visible).join(', ')}`]),
    `read in ${total} ms (connecting ${connectMs}, reading ${introspectMs}, judging ${classifyMs}) with ${count(queries, 'query', 'queries')}`,
  ];
}

/** The revision that the differences of a report are seen from; empty where the database was held against none. */
export function against(report: Report): string {
  if (report.state === 'fresh') return '';
  return report.revision ?? report.nearest[0]?.revision ?? '';
}

/** Differences but for those that are only "here is something that no revision knows", which has a list of its own. */
export function ownDifferences(report: Report): readonly Difference[] {
  const unmanaged = new Set(report.unmanaged);
  return report.differences.filter(
    ({ path, grade, accepted }) =>
      !(accepted === null && grade === 'harmless' && path.length === 2 && unmanaged.has(path[1] ?? '')),
  );
}

/**
 * A verdict for people: where the database stands, in one sentence, then the evidence for it, then what to type next. Every fact of the
 * report is in it, long lists and long values shortened; nothing that came from a database reaches the terminal unescaped.
 */
export function renderReport(report: Report, style: Style): string {
  const next = nextStep(report);
  const problem = report.history.problem;
  return joinParts([
    renderHeadline(standpointOf(report), style),
    renderFacts(factRows(report, style), style.dim),
    problem === null ? [] : wrapWords(`problem: ${visible(problem)}`, PAGE_WIDTH).map(style.bad),
    migrationLines(report, style),
    section('what would tell the candidates apart', settlingLines(report), style),
    nearestLines(report, style),
    renderDifferences(ownDifferences(report), against(report), style),
    section('what may be why', settingLines(report, MOST_OBJECTS), style),
    section(
      `unknown to the chain (${report.unmanaged.length})`,
      report.unmanaged.length === 0 ? [] : [someOf(report.unmanaged.map(visible), MOST_OBJECTS)],
      style,
    ),
    section(
      `seen, but compared only as words (${report.unmodelled.length})`,
      report.unmodelled.map(visible),
      style,
    ),
    footnotes(report).flatMap((line) => wrapWords(line, PAGE_WIDTH).map(style.dim)),
    next === null ? [] : [`${style.bold('next:')} ${next}`],
  ]);
}
