import type { VariantRecording } from '../../record-variant.ts';
import type { NamedChanges, ObjectChange, RevisionDetails, TableChange } from '../../revision-details.ts';
import type { Style } from './style.ts';
import { renderFacts } from './table.ts';
import { joinParts, PAGE_WIDTH, visible, wrapWords } from './text.ts';

const SIGNS = {
  created: { sign: '+', mood: 'good' },
  changed: { sign: '~', mood: 'warn' },
  dropped: { sign: '-', mood: 'bad' },
} as const satisfies Record<TableChange['change'], { sign: string; mood: keyof Style }>;

function titleOf(change: TableChange['change'], what: string, style: Style): string {
  const { sign, mood } = SIGNS[change];
  return `  ${style[mood](sign)} ${style.bold(visible(what))} ${style.dim(change)}`;
}

const LABEL_WIDTH = 'dropped '.length;

const spaced = (kind: string) => kind.replaceAll('-', ' ');

/** Names as one wrapped list. */
function listed(label: string, names: readonly string[], style: Style): string[] {
  if (names.length === 0) return [];
  const margin = ' '.repeat(4);
  const hanging = margin + ' '.repeat(LABEL_WIDTH);
  return wrapWords(names.map(visible).join(', '), PAGE_WIDTH - hanging.length).map((line, index) =>
    index === 0 ? margin + style.dim(label.padEnd(LABEL_WIDTH)) + line : hanging + line,
  );
}

function changeLines({ columns, parts }: TableChange, style: Style): string[] {
  const both = (pick: (changes: NamedChanges) => readonly string[], word: string) => [
    ...listed(word, pick(columns), style),
    // A kind and a name each, which would be hard to tell apart in one list.
    ...pick(parts).flatMap((part) =>
      listed(pick(columns).length > 0 ? '' : word, [part.replace(/^[a-z-]+/, spaced)], style),
    ),
  ];
  return [
    ...both((changes) => changes.added, 'added'),
    ...both((changes) => changes.changed, 'changed'),
    ...both((changes) => changes.dropped, 'dropped'),
  ];
}

function tableLines(change: TableChange, style: Style): string[] {
  return [titleOf(change.change, `table ${change.table}`, style), ...changeLines(change, style)];
}

function objectLine({ object, change }: ObjectChange, style: Style): string {
  return titleOf(change, object, style);
}

const yesOrNo = (value: boolean) => (value ? 'yes' : 'no');

/** One migration for people: its place in the chain, what Knex can do with it, and what it changes in the schema. */
export function renderRevision(details: RevisionDetails, style: Style): string {
  const place = `migration ${details.position} of ${details.of}`;
  const after = details.parent === null ? 'the first' : `after ${visible(details.parent)}`;
  const nothing = details.tables.length === 0 && details.objects.length === 0;
  return joinParts([
    [`${style.name(style.bold(visible(details.revision)))}: ${place}, ${after}`],
    renderFacts(
      [
        ['recorded as', visible(details.recordedName)],
        ['has a down', yesOrNo(details.reversible)],
        ['in a transaction', yesOrNo(details.transactional)],
        ['manifest of', details.dialect],
        ['fingerprint', visible(details.fingerprint)],
      ],
      style.dim,
    ),
    nothing ? ['It leaves no trace in the schema.'] : [],
    ...details.tables.map((change) => tableLines(change, style)),
    details.objects.map((change) => objectLine(change, style)),
  ]);
}

/** A variant of a revision for people: what it has otherwise. */
export function renderVariant(details: VariantRecording['details'], style: Style): string {
  return joinParts([
    [
      `${style.name(style.bold(visible(details.variant)))}: a variant of ${visible(details.revision)}, which has otherwise:`,
    ],
    ...details.tables.map((change) => tableLines(change, style)),
    details.objects.map((change) => objectLine(change, style)),
    renderFacts([['fingerprint', visible(details.fingerprint)]], style.dim),
  ]);
}
