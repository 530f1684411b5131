import { differenceName } from '../../classify/paths.ts';
import type { Report } from '../../classify/verdict.ts';
import { shellWord } from '../../util/shell-word.ts';
import { visible } from './text.ts';

/** How many names are spelled out in a command; with more, the reader is told to give them. */
const MOST_NAMES = 3;

function legacyStep(report: Report): string {
  const risky = report.differences
    .filter(({ grade, accepted }) => grade === 'risky' && accepted === null)
    .map(differenceName);
  const accept =
    risky.length > MOST_NAMES
      ? ' --accept NAME …'
      : risky.map((name) => ` --accept ${visible(shellWord(name))}`).join('');
  if (!report.ambiguous) return `knex-adopt handle-legacy --dry-run${accept}`;
  // No candidate is put into the command: which it is, is for the reader to know.
  return `knex-adopt handle-legacy --at REVISION --dry-run${accept}   (one of the candidates)`;
}

function managedStep(report: Report): string | null {
  const blocking = report.differences.some(
    ({ grade, accepted }) => grade === 'blocking' && accepted === null,
  );
  switch (report.standing) {
    case 'ahead':
      return 'deploy the code that made this history, or: knex-adopt repair-history --dry-run';
    case 'inconsistent':
      return 'knex-adopt repair-history --dry-run';
    case 'behind':
      return blocking ? 'mend the drift by hand, then: knex-adopt upgrade' : 'knex-adopt upgrade';
    default:
      return report.drift === true ? 'mend the drift by hand, then: knex-adopt detect-state' : null;
  }
}

/** What to type after a look at a database, or to do; null when nothing has to be done. */
export function nextStep(report: Report): string | null {
  if (report.history.lock === 'broken' || report.history.lock === 'stale') {
    return 'knex-adopt repair-history --dry-run';
  }
  switch (report.state) {
    case 'fresh':
      return report.unmanaged.length === 0
        ? 'knex-adopt handle-legacy --dry-run'
        : 'is this the right database? If so: knex-adopt handle-legacy --shared --dry-run';
    case 'legacy':
      return legacyStep(report);
    case 'partial':
      return 'mend the blocking differences by hand, then: knex-adopt detect-state';
    case 'managed':
      return managedStep(report);
  }
}
