import type { Diff } from '../../diff.ts';
import { renderUngraded } from './differences.ts';
import type { Style } from './style.ts';
import { renderTable } from './table.ts';
import { count, joinParts, PAGE_WIDTH, visible, wrapWords } from './text.ts';

/** Two structures held against each other, for people: how many differences, each of them, and what is equal under another name. */
export function renderDiff(diff: Diff, style: Style): string {
  const [expected, actual] = [visible(diff.expected.name), visible(diff.actual.name)];
  const headline = diff.equal
    ? `${style.good(style.bold('equal'))}: ${actual} has the structure of ${expected}`
    : `${style.warn(style.bold('different'))}: ${actual} is not as ${expected} in ${count(diff.differences.length, 'place')}`;
  const names = diff.otherNames.map((one) => ({
    cells: [
      { text: visible(one.table), paint: style.name },
      one.kind.replaceAll('-', ' '),
      `${visible(one.expected)} → ${visible(one.actual)}`,
    ],
  }));
  const rules = diff.rulesUsed.map(visible).join(', ');
  const footnotes = [
    ...(diff.differences.some(({ sql }) => sql !== null)
      ? [`sql: what would make ${actual} as ${expected}`]
      : []),
    ...(rules === '' ? [] : [`taken for equal: ${rules}`]),
  ];
  return joinParts([
    [headline],
    renderUngraded(diff.differences, style),
    names.length === 0
      ? []
      : [style.bold(`equal, under other names (${names.length})`), ...renderTable(names)],
    footnotes.flatMap((line) => wrapWords(line, PAGE_WIDTH).map(style.dim)),
  ]);
}
