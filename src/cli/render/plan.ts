import type { Verdict } from '../../classify/verdict.ts';
import type { Plan, Step } from '../../plan/plan.ts';
import { standpointOf, standpointSentence } from './headline.ts';
import { renderRefusals } from './refusals.ts';
import { renderSql } from './sql.ts';
import type { Style } from './style.ts';
import { count, joinParts, PAGE_WIDTH, visible, wrapWords } from './text.ts';

const named = (revisions: readonly string[]) => revisions.map(visible).join(', ');

function strategySentence(plan: Plan): string {
  const number = (kind: Step['kind']) =>
    plan.steps.flatMap((step) => (step.kind === kind && 'revisions' in step ? step.revisions : [])).length;
  const ends = plan.target === null ? '' : `; the database ends at ${visible(plan.target)}`;
  switch (plan.strategy) {
    case 'none':
      return plan.target === null
        ? 'nothing has to be done'
        : `nothing has to be done; the database is at ${visible(plan.target)}`;
    case 'install': {
      const seeds = plan.steps.flatMap((step) => (step.kind === 'seed' ? step.seeds : []));
      const then = seeds.length === 0 ? '' : `, then ${count(seeds.length, 'seed')}`;
      return `run ${count(number('migrate'), 'migration')} on a fresh database${then}${ends}`;
    }
    case 'stamp': {
      const stamped = number('stamp');
      const run = number('migrate');
      const unrun = stamped === 1 ? 'without running it' : 'without running them';
      const then = run === 0 ? 'nothing more to run' : `then run ${run} more`;
      return `record ${count(stamped, 'migration')} that the schema proves, ${unrun}; ${then}${ends}`;
    }
    case 'complete': {
      const mended = plan.steps.filter(({ kind }) => kind === 'mend').length;
      const missing = plan.steps.filter(({ kind }) => kind === 'run-missing').length;
      const make = `make what is missing of ${count(mended, 'migration')}`;
      const first = missing === 0 ? make : `${make}, run ${missing} of which nothing is there`;
      return `${first}, record ${number('stamp')}, then run ${number('migrate')} more${ends}`;
    }
    case 'rebuild':
      return `set everything of the chain aside, run it into the cleared place, copy the rows back, then run ${number('migrate')} more${ends}`;
    case 'upgrade':
      return `run ${count(number('migrate'), 'pending migration')}${ends}`;
    case 'seed':
      return `run the seeds that were to follow an install that was interrupted${ends}`;
    case 'refuse':
      return 'refused, so nothing will be done';
  }
}

function stepTitle(step: Step): string {
  switch (step.kind) {
    case 'mend':
      return `make what is missing of ${visible(step.revision)}: ${named(step.names)}`;
    case 'run-missing':
      return `run by Knex's own migrator, because nothing of it is there: ${visible(step.revision)}`;
    case 'set-aside':
      return `move ${count(step.tables, 'table')} out of the way, into ${visible(step.place)}`;
    case 'replay':
      return `run by Knex's own migrator, into the cleared place: ${named(step.recordedNames)}`;
    case 'copy':
      return `copy the rows back, count and sum them up on both sides: ${named(step.copies.map(({ to }) => to.name))}`;
    case 'verify':
      return `read the schema again: it must meet ${visible(step.revision)}, else nothing is recorded`;
    case 'create-history':
      return "make what is missing of Knex's two tables and its lock row";
    case 'stamp':
      return `record as done, run nothing: ${named(step.revisions)}`;
    case 'migrate':
      return `run by Knex's own migrator: ${named(step.revisions)}`;
    case 'intend-seeds':
      return 'write down that seeds are to follow, for whoever goes on after an interruption';
    case 'seed':
      return `run by Knex's own seeder, once, and write down that they have run: ${named(step.seeds)}`;
  }
}

function stepLines(step: Step, index: number, style: Style): string[] {
  const number = `${index + 1}.`;
  const indent = 2 + number.length + 1;
  const [first = '', ...rest] = wrapWords(stepTitle(step), PAGE_WIDTH - indent);
  return [
    `  ${style.bold(number)} ${first}`,
    ...rest.map((line) => ' '.repeat(indent) + line),
    ...(step.sql === null ? [] : renderSql(step.sql, indent + 2).map(style.dim)),
  ];
}

/**
 * A plan for people: what will be done and why, in a sentence each, then the numbered steps with their SQL, then what one should know
 * before saying yes; or why it is refused, each reason with its code and what to do next.
 */
export function renderPlan(plan: Plan, verdict: Verdict, style: Style): string {
  const mood = plan.refused.length > 0 ? style.bad : style.good;
  const [first = '', ...rest] = wrapWords(strategySentence(plan), PAGE_WIDTH - 6);
  return joinParts([
    [
      `${mood(style.bold('plan:'))} ${first}`,
      ...rest.map((line) => `      ${line}`),
      ...wrapWords(standpointSentence(standpointOf(verdict)), PAGE_WIDTH - 6).map((line, index) =>
        style.dim(index === 0 ? `for:  ${line}` : `      ${line}`),
      ),
    ],
    plan.steps.flatMap((step, index) => stepLines(step, index, style)),
    plan.notices.flatMap((notice) =>
      wrapWords(visible(notice), PAGE_WIDTH - 4).map(
        (line, index) => `${index === 0 ? `  ${style.warn('!')} ` : '    '}${line}`,
      ),
    ),
    renderRefusals(plan.refused, style),
  ]);
}
