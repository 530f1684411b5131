import { revisionOf } from '../../migrations/migration.ts';
import type { Rehearsal } from '../../rehearse.ts';
import { renderDifferences } from './differences.ts';
import type { Style } from './style.ts';
import { count, joinParts, PAGE_WIDTH, visible, wrapWords } from './text.ts';

function sentence({ copied, exact, stamped, ran, reached }: Rehearsal): string {
  const others = copied.objects === 0 ? '' : ` and ${count(copied.objects, 'other thing')}`;
  const made = `${count(copied.tables, 'table')}${others} made without rows${exact ? ', alike to the last element' : ''}`;
  const done = `${stamped.length} recorded, ${ran.length} run`;
  return `${made}; ${done}${reached === null ? '' : `; the copy ended at ${visible(reached)}`}`;
}

/**
 * What a rehearsal did, for people: what was copied, what was recorded and run in the copy, what the copy lacked, and what it was unlike the
 * revision that it was to become in. Why it failed is with the refusals of the plan.
 */
export function renderRehearsal(rehearsal: Rehearsal, style: Style): string {
  const { copied, ran, reached, differences, failure } = rehearsal;
  const [word, mood] = failure === null ? ['rehearsed:', style.good] : ['rehearsal:', style.bad];
  const hanging = ' '.repeat(word.length + 1);
  const lines = wrapWords(sentence(rehearsal), PAGE_WIDTH - hanging.length);
  const grave = differences.filter(({ grade }) => grade !== 'harmless');
  return joinParts([
    lines.map((line, index) => (index === 0 ? `${mood(style.bold(word))} ${line}` : hanging + line)),
    ran.map((name) => `  ${style.good('✓')} run  ${style.name(visible(revisionOf(name)))}`),
    copied.leftOut.flatMap(({ what, why }) =>
      wrapWords(`left out: ${visible(what)}, because ${visible(why)}`, PAGE_WIDTH - 4).map(
        (line, index) => `${index === 0 ? `  ${style.warn('!')} ` : '    '}${line}`,
      ),
    ),
    renderDifferences(grave, reached ?? '', style),
    failure === null ? ['  What only rows decide was not rehearsed: the copy had none.'] : [],
  ]);
}
