import type { ManifestChange, ManifestChanges } from '../../record.ts';
import type { Style } from './style.ts';
import { renderTable } from './table.ts';
import { count, joinParts, visible } from './text.ts';

const LOOKS = {
  added: { sign: '+', mood: 'good' },
  changed: { sign: '~', mood: 'warn' },
  removed: { sign: '-', mood: 'bad' },
  unchanged: { sign: '=', mood: 'dim' },
} as const satisfies Record<ManifestChange, { sign: string; mood: keyof Style }>;

/** How each manifest stands to what it should be, a line each; then how many of each there are. */
export function renderManifestChanges(changes: ManifestChanges, style: Style): string {
  const numbers = (['added', 'changed', 'removed', 'unchanged'] as const).flatMap((change) => {
    const number = changes.filter((one) => one.change === change).length;
    return number === 0 ? [] : [`${number} ${change}`];
  });
  return joinParts([
    renderTable(
      changes.map(({ revision, change }) => {
        const { sign, mood } = LOOKS[change];
        return {
          cells: [
            { text: sign, paint: style[mood] },
            { text: visible(revision), paint: style.name },
            { text: change, paint: style[mood] },
          ],
        };
      }),
    ),
    [`${count(changes.length, 'manifest')}${numbers.length === 0 ? '' : `: ${numbers.join(', ')}`}`],
  ]);
}
