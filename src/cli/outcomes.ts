import type { DropSetAsideReport } from '../drop-set-aside.ts';
import { revisionOf } from '../migrations/migration.ts';
import type { StampReport } from '../stamp.ts';
import type { UnadoptReport } from '../unadopt.ts';
import type { Validation } from '../validate.ts';
import type { Style } from './render/style.ts';
import { visible } from './render/text.ts';

interface Run {
  readonly outcome: string;
  readonly before: string | null;
  readonly after: string | null;
}

/** One sentence on what an upgrade or a downgrade did, and the migrations it ran. */
export function describeRun(
  { outcome, before, after }: Run,
  recordedNames: readonly string[],
  style: Style,
): string {
  if (recordedNames.length === 0) return `${style.good('nothing to do')}: at ${visible(after ?? 'base')}\n`;
  const lines = recordedNames.map((name) => `  ${style.name(visible(revisionOf(name)))}\n`);
  return `${style.good(outcome)}: ${visible(before ?? 'base')} → ${visible(after ?? 'base')}\n${lines.join('')}`;
}

/** One sentence on what was recorded. */
export function describeStamp({ outcome, revision, stamped, verified }: StampReport, style: Style): string {
  if (outcome === 'up-to-date')
    return `${style.good('nothing to do')}: ${visible(revision)} is recorded already\n`;
  const how = verified ? 'proved by the schema' : style.warn('not verified');
  return `${style.good('stamped')}: ${visible(stamped.join(', '))} (${how}); nothing was run\n`;
}

/** One sentence on what was taken back, and what stays. */
export function describeUnadoption({ removed, kept }: UnadoptReport, style: Style): string {
  const rows = `${removed.length} ${removed.length === 1 ? 'row' : 'rows'}`;
  const stays = kept.length === 0 ? '' : `; what was made in the schema stays: ${visible(kept.join(', '))}`;
  return `${style.good('unadopted')}: ${rows} of the history taken back${stays}\n`;
}

/** One sentence on what was dropped. */
export function describeDrop({ outcome, place, tables }: DropSetAsideReport, style: Style): string {
  if (outcome === 'gone') return `${style.good('nothing to do')}: ${visible(place)} is gone\n`;
  const number = `${tables.length} ${tables.length === 1 ? 'table' : 'tables'}`;
  return `${style.good('dropped')}: ${visible(place)}, with ${number}\n`;
}

/** What was checked, and each thing that is wrong. */
export function describeValidation(
  { migrations, dialects, replayed, problems }: Validation,
  style: Style,
): string {
  const where = replayed === null ? 'files only' : `replayed on ${replayed}`;
  const what = `${migrations} migrations, manifests for ${dialects.join(' and ')}, ${where}`;
  if (problems.length === 0) return `${style.good('valid')}: ${what}\n`;
  const lines = problems.map(
    ({ code, message, hint }) =>
      `  ${style.bad('✗')}  ${visible(message)}\n${hint === null ? '' : `     hint: ${visible(hint)}\n`}     code: ${code}\n`,
  );
  return `${style.bad('not valid')}: ${what}\n${lines.join('')}`;
}
