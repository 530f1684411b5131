import type { AdoptOutcome, AdoptReport } from '../../adopt.ts';
import { renderHeadline, standpointOf } from './headline.ts';
import { renderRefusals } from './refusals.ts';
import type { Style } from './style.ts';
import { type Cell, renderTable } from './table.ts';
import { count, joinParts, visible } from './text.ts';

function outcomeSentence({ outcome, stamped, ran, seeded }: AdoptReport): string {
  const recorded = `${count(stamped.length, 'migration')} recorded without being run`;
  const run = ran.length === 0 ? 'none run' : `${ran.length} run`;
  switch (outcome) {
    case 'up-to-date':
      return 'nothing had to be done';
    case 'installed':
      return `${count(ran.length, 'migration')} run on a fresh database${seeded.length === 0 ? '' : `, then ${count(seeded.length, 'seed')}`}`;
    case 'adopted':
      return `${recorded}, ${run}`;
    case 'completed':
      return `what was missing was made; ${recorded}, ${run}`;
    case 'rebuilt':
      return `set aside, made anew and copied back; ${recorded}, ${run}`;
    case 'upgraded':
      return `${count(ran.length, 'pending migration')} run`;
    case 'seeded':
      return `${count(seeded.length, 'seed')} run, which an interrupted install had left`;
    case 'planned':
      return 'the plan was made, and nothing was written';
    case 'refused':
      return 'nothing was written';
    case 'declined':
      return 'nothing was written';
  }
}

const MOODS = {
  'up-to-date': 'good',
  installed: 'good',
  adopted: 'good',
  completed: 'good',
  rebuilt: 'good',
  upgraded: 'good',
  seeded: 'good',
  planned: 'warn',
  refused: 'bad',
  declined: 'warn',
} as const satisfies Record<AdoptOutcome, keyof Style>;

function deeds({ stamped, ran, seeded }: AdoptReport, style: Style): string[] {
  const row = (word: string, name: string) => {
    const cells: readonly Cell[] = [
      { text: '✓', paint: style.good },
      { text: visible(name), paint: style.name },
      { text: word, paint: style.dim },
    ];
    return { cells };
  };
  return renderTable([
    ...stamped.map((name) => row('recorded, not run', name)),
    ...ran.map((name) => row('run', name)),
    ...seeded.map((name) => row('seed, run', name)),
  ]);
}

/**
 * What an adoption did, for people: the outcome in one sentence, each migration that was recorded or run, and where the database stands now;
 * or why it was refused, each reason with its code and what to do next.
 */
export function renderAdoption(report: AdoptReport, style: Style): string {
  const word = report.outcome.replaceAll('-', ' ');
  const drift = report.after?.drift === true ? [`${style.bold('next:')} knex-adopt detect-state`] : [];
  return joinParts([
    [`${style[MOODS[report.outcome]](style.bold(`${word}:`))} ${outcomeSentence(report)}`],
    deeds(report, style),
    renderRefusals(report.plan?.refused ?? [], style),
    report.after === null ? [] : renderHeadline(standpointOf(report.after), style),
    drift,
  ]);
}
