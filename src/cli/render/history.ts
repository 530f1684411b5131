import type { StoredReceipt } from '../../history/receipts.ts';
import type { HistoryEntry, HistoryReport } from '../../history-entries.ts';
import { describeMoment } from './moment.ts';
import type { Style } from './style.ts';
import { type Cell, renderTable } from './table.ts';
import { joinParts, visible } from './text.ts';

const LOOKS = {
  adopted: { mark: '✓', mood: 'good' },
  ran: { mark: '✓', mood: 'good' },
  pending: { mark: '·', mood: 'warn' },
  unknown: { mark: '✗', mood: 'bad' },
} as const satisfies Record<HistoryEntry['status'], { mark: string; mood: keyof Style }>;

function cellsOf(entry: HistoryEntry, style: Style): readonly Cell[] {
  const { mark, mood } = LOOKS[entry.status];
  // A name that no migration has is shown as it is recorded: its extension may be all that is wrong.
  const name = entry.status === 'unknown' ? entry.recordedName : entry.revision;
  return [
    { text: mark, paint: style[mood] },
    { text: visible(name), paint: style.name },
    { text: entry.status, paint: style[mood] },
    entry.batch === null ? '' : `batch ${entry.batch}`,
    { text: entry.at === null ? '' : describeMoment(entry.at), paint: style.dim },
  ];
}

/** Where a rebuild's tables are, so that their place can be named to `drop-set-aside`. */
function placeWords({ setAside }: StoredReceipt): string {
  if (setAside === undefined) return '';
  const { place, droppedAt } = setAside;
  return droppedAt === undefined
    ? `, what was there set aside in ${place}`
    : `, ${place} dropped ${describeMoment(droppedAt)}`;
}

function receiptLine(receipt: StoredReceipt, style: Style) {
  const { at, revision, strategy, tool, application, undoneAt } = receipt;
  const who = application === null ? tool : `${application} (${tool})`;
  const undone = undoneAt === null ? '' : `, taken back ${describeMoment(undoneAt)}`;
  const how = `${describeMoment(at)} by ${who}, ${strategy}${undone}${placeWords(receipt)}`;
  return `${style.name(visible(revision))} adopted ${style.dim(visible(how))}`;
}

/** The chain for people, a line each: whether it was adopted, ran or is pending, in which batch and when; then each adoption, and how many of each there are. */
export function renderHistory({ entries, receipts }: HistoryReport, style: Style): string {
  const numbers = (['adopted', 'ran', 'pending', 'unknown'] as const).flatMap((status) => {
    const number = entries.filter((entry) => entry.status === status).length;
    return number === 0 ? [] : [`${number} ${status}`];
  });
  return joinParts([
    renderTable(entries.map((entry) => ({ cells: cellsOf(entry, style) }))),
    receipts.map((receipt) => receiptLine(receipt, style)),
    [numbers.length === 0 ? 'no migrations, and none recorded' : numbers.join(', ')],
  ]);
}
