import type { RepairPlan, RepairStep } from '../../plan/repair.ts';
import type { RepairReport } from '../../repair-history.ts';
import { renderHeadline, standpointOf } from './headline.ts';
import { renderRefusals } from './refusals.ts';
import { renderSql } from './sql.ts';
import type { Style } from './style.ts';
import { count, joinParts, PAGE_WIDTH, visible, wrapWords } from './text.ts';

const INDENT = 5;

const sentence = (text: string) =>
  wrapWords(visible(text), PAGE_WIDTH - INDENT).map((line) => ' '.repeat(INDENT) + line);

const sql = (statements: readonly string[], indent: number, style: Style) =>
  statements.flatMap((statement) => renderSql(`${statement};`, indent)).map(style.dim);

function stepLines(step: RepairStep, index: number, style: Style): string[] {
  return [
    `  ${style.bold(`${index + 1}.`)} ${style.name(visible(step.name))}`,
    ...sentence(step.trouble),
    ...sentence(step.proof),
    ...sql(step.statements, INDENT + 2, style),
  ];
}

/** A plan of repair for people: each trouble, why the step for it is right, its SQL; or why it is refused. */
export function renderRepairPlan(plan: RepairPlan, style: Style): string {
  const title =
    plan.refused.length > 0
      ? `${style.bad(style.bold('repair:'))} refused, so nothing will be done`
      : plan.steps.length === 0
        ? `${style.good(style.bold('repair:'))} there is nothing to mend in the history`
        : `${style.good(style.bold('repair:'))} ${count(plan.steps.length, 'step')}`;
  return joinParts([
    [title],
    ...plan.steps.map((step, index) => stepLines(step, index, style)),
    plan.notices.flatMap((notice) =>
      wrapWords(visible(notice), PAGE_WIDTH - 4).map(
        (line, index) => `${index === 0 ? `  ${style.warn('!')} ` : '    '}${line}`,
      ),
    ),
    renderRefusals(plan.refused, style),
    plan.refused.length > 0 && plan.available.length > 0
      ? wrapWords(
          `What is proved can be mended all the same, by name: ${plan.available.map((name) => `--only ${visible(name)}`).join(' ')}`,
          PAGE_WIDTH - 2,
        ).map((line) => `  ${line}`)
      : [],
  ]);
}

/** What undoes a repair, as a script to be kept. */
export function undoScript(undo: readonly string[]): string {
  return ['-- undoes this repair of the history:', ...undo.map((statement) => `${statement};`), ''].join(
    '\n',
  );
}

/** What a repair did, for people, and what undoes it. */
export function renderRepair(report: RepairReport, style: Style): string {
  if (report.outcome !== 'mended') {
    const undo = report.outcome === 'planned' ? report.undo : [];
    return joinParts([
      renderRepairPlan(report.plan, style).trimEnd().split('\n'),
      undo.length === 0 ? [] : [style.bold('undo:'), ...sql(undo, 2, style)],
    ]);
  }
  return joinParts([
    [`${style.good(style.bold('mended:'))} ${report.mended.map(visible).join(', ')}`],
    [style.bold('undo:'), ...sql(report.undo, 2, style)],
    report.after === null ? [] : renderHeadline(standpointOf(report.after), style),
  ]);
}
