import type { Difference, Report } from '../../classify/verdict.ts';
import { GROUP_NAMES, GROUPS, groupOf, markOf, placeOf, reasonOf } from './differences.ts';
import { describeChanges, describeEvidence } from './evidence.ts';
import { headlineOf, standpointOf } from './headline.ts';
import { escapeHtml, HTML_SHEET, HTML_STYLE } from './html-style.ts';
import { describeMoment } from './moment.ts';
import { nextStep } from './next-step.ts';
import {
  against,
  factRows,
  footnotes,
  migrationRows,
  nearestRows,
  ownDifferences,
  settingLines,
  settlingLines,
} from './report.ts';
import type { Cell, Row } from './table.ts';
import { visible, visibleLines } from './text.ts';

/** When and by what a report was made. */
export interface Making {
  readonly at: Date;
  readonly version: string;
}

/** A cell's text, escaped, in what its paint says. */
const cellHtml = (cell: Cell): string =>
  typeof cell === 'string' ? escapeHtml(cell) : cell.paint(escapeHtml(cell.text));

function tableHtml(rows: readonly Row[], heads: readonly string[]): string {
  const head = heads.map((name) => `<th scope="col">${escapeHtml(name)}</th>`).join('');
  const body = rows.map(
    ({ cells }) => `<tr>${cells.map((cell) => `<td>${cellHtml(cell)}</td>`).join('')}</tr>`,
  );
  return `<div class="wide"><table><thead><tr>${head}</tr></thead><tbody>${body.join('\n')}</tbody></table></div>`;
}

/** A part of the page; nothing where it would be empty. */
function section(title: string, parts: readonly string[]): string {
  return parts.length === 0
    ? ''
    : `<section>\n<h2>${escapeHtml(title)}</h2>\n${parts.join('\n')}\n</section>`;
}

const paragraphs = (lines: readonly string[]) => lines.map((line) => `<p>${escapeHtml(line)}</p>`);

function listHtml(items: readonly string[]): string[] {
  if (items.length === 0) return [];
  return [`<ul>${items.map((item) => `<li>${escapeHtml(visible(item))}</li>`).join('\n')}</ul>`];
}

function factsHtml(report: Report): string {
  const rows = factRows(report, HTML_STYLE).map(
    ([name, value]) => `<dt>${escapeHtml(name)}</dt><dd>${cellHtml(value)}</dd>`,
  );
  return `<dl>${rows.join('\n')}</dl>`;
}

/** Expected and actual, line by line; whole as JSON where they were cut. */
function evidenceHtml({ outcome, expected, actual }: Difference): string {
  const fact = (name: string, text: string) => `<dt>${escapeHtml(name)}</dt><dd>${escapeHtml(text)}</dd>`;
  const facts =
    outcome === 'missing'
      ? [fact('expected', describeEvidence(expected))]
      : outcome === 'unexpected'
        ? [fact('actual', describeEvidence(actual))]
        : describeChanges(expected, actual).flatMap((change) => {
            const about = change.about === '' ? '' : `${change.about}: `;
            return [fact(`${about}expected`, change.expected), fact(`${about}actual`, change.actual)];
          });
  const text = facts.join('\n');
  if (!text.includes('…')) return `<dl>${text}</dl>`;
  const whole = visibleLines(JSON.stringify({ expected, actual }, null, 2)).join('\n');
  return `<dl>${text}</dl>\n<details><summary>all of it, as JSON</summary><pre>${escapeHtml(whole)}</pre></details>`;
}

function differenceHtml(difference: Difference): string {
  const [owner, what] = placeOf(difference.path);
  const { introducedBy, accepted, sql } = difference;
  const reason = reasonOf(difference);
  return [
    '<article>',
    `<h4>${cellHtml(markOf(difference, HTML_STYLE))} ${escapeHtml(difference.outcome.replaceAll('-', ' '))} ` +
      `<code>${escapeHtml(owner)}</code> ${escapeHtml(what)}` +
      `${introducedBy === null ? '' : ` ${HTML_STYLE.dim(escapeHtml(`by ${visible(introducedBy)}`))}`}</h4>`,
    evidenceHtml(difference),
    ...(reason === null ? [] : paragraphs([reason])),
    ...(accepted === null ? [] : paragraphs([`because ${visible(accepted)}`])),
    ...(sql === null ? [] : [`<pre>${escapeHtml(visibleLines(sql).join('\n'))}</pre>`]),
    '</article>',
  ].join('\n');
}

function differencesHtml(report: Report): string {
  const differences = ownDifferences(report);
  const from = against(report);
  const groups = GROUP_NAMES.flatMap((name) => {
    const group = differences.filter((difference) => groupOf(difference) === name);
    if (group.length === 0) return [];
    return [
      `<h3>${name} (${group.length}) ${HTML_STYLE.dim(escapeHtml(GROUPS[name]))}</h3>`,
      ...group.map(differenceHtml),
    ];
  });
  return section(from === '' ? 'differences' : `differences from ${visible(from)}`, groups);
}

/**
 * A verdict as one page for a reviewer, complete in itself: no script, nothing that is fetched. It says what the text report says, with no list
 * cut short; whatever comes from a database is text in it and nothing else.
 */
export function renderHtmlReport(report: Report, { at, version }: Making): string {
  const { verdict, because, mood } = headlineOf(standpointOf(report));
  const next = nextStep(report);
  const { problem } = report.history;
  const migrations = migrationRows(report, HTML_STYLE);
  const nearest = nearestRows(report, Number.POSITIVE_INFINITY, HTML_STYLE);
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escapeHtml(`${verdict} (knex-adopt)`)}</title>
<style>
${HTML_SHEET}</style>
</head>
<body>
<h1>${HTML_STYLE[mood](escapeHtml(verdict))}</h1>
<p>${escapeHtml(because)}</p>
${[
  factsHtml(report),
  ...(problem === null ? [] : [`<p>${HTML_STYLE.bad(escapeHtml(`problem: ${visible(problem)}`))}</p>`]),
  section(
    'migrations',
    migrations.length === 0
      ? []
      : [tableHtml(migrations, ['', 'revision', 'in the schema', 'in the history'])],
  ),
  section('what would tell the candidates apart', paragraphs(settlingLines(report))),
  section(
    'nearest revisions',
    nearest.length === 0 ? [] : [tableHtml(nearest, ['revision', 'blocking', 'risky', 'harmless'])],
  ),
  differencesHtml(report),
  section('what may be why', paragraphs(settingLines(report, Number.POSITIVE_INFINITY))),
  section(`unknown to the chain (${report.unmanaged.length})`, listHtml(report.unmanaged)),
  section(`seen, but compared only as words (${report.unmodelled.length})`, listHtml(report.unmodelled)),
  section('next', next === null ? [] : [`<p><code>${escapeHtml(next)}</code></p>`]),
]
  .filter((part) => part !== '')
  .join('\n')}
<footer>
${paragraphs([...footnotes(report), `made at ${describeMoment(at.toISOString())} by knex-adopt ${version}`]).join('\n')}
</footer>
</body>
</html>
`;
}
