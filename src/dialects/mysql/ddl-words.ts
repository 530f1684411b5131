import { parseObjectKey } from '../../schema/object-key.ts';
import type { ObjectKey } from '../../schema/snapshot.ts';
import { alterTable, sqlName } from './ddl-names.ts';
import { type Partitioning, readPartitioning } from './ddl-partition.ts';
import { readQuoted } from './expression-lexer.ts';
import { quoteName } from './expression-tree.ts';

/** One trigger, as `triggerNotes` words it. */
interface Trigger {
  readonly name: string;
  /** `before insert` and the like. */
  readonly moment: string;
  readonly body: string;
}

/** One of a table's words, understood. */
type Note =
  | { readonly kind: 'versioned' }
  | { readonly kind: 'engine'; readonly engine: string }
  | { readonly kind: 'unused-index'; readonly name: string }
  | { readonly kind: 'primary-key-order'; readonly order: readonly string[] }
  | ({ readonly kind: 'trigger' } & Trigger)
  | { readonly kind: 'trigger-order'; readonly first: string; readonly moment: string }
  | ({ readonly kind: 'partitioning' } & Partitioning);

/** Engines whose tables are wholly described by the model; of MERGE, FEDERATED, CONNECT and their like the words hold too little. */
const ENGINES = new Set(['MyISAM', 'Aria', 'MEMORY', 'ARCHIVE', 'CSV', 'BLACKHOLE']);

/** The index is left alone by the optimiser: one word on MySQL 8.0, another on MariaDB 10.6, each in a comment that only it executes. */
export const UNUSED_INDEX = ' /*!80000 invisible *//*M!100600 ignored */';

const MOMENT = '(BEFORE|AFTER) (INSERT|UPDATE|DELETE)';

/** The quoted name that begins at `start`, decoded, with the rest of the text; null where there is none. */
function nameAt(
  text: string,
  start: number,
): { readonly name: string; readonly from: number; readonly rest: string } | null {
  if (text[start] !== '`') return null;
  const read = readQuoted(text, start, false);
  return read === null ? null : { name: read.value, from: start, rest: text.slice(read.end) };
}

function readTrigger(words: string): Note | null {
  const named = nameAt(words, 'trigger '.length);
  if (named === null) return null;
  const moment = (timing: string, event: string) => `${timing} ${event}`.toLowerCase();
  const [, timing = '', event = '', body] = new RegExp(`^ ${MOMENT}: (.*)$`, 's').exec(named.rest) ?? [];
  if (body !== undefined) return { kind: 'trigger', name: named.name, moment: moment(timing, event), body };
  const [, time, what] = new RegExp(`^ runs before .* ${MOMENT}$`, 's').exec(named.rest) ?? [];
  return time === undefined || what === undefined
    ? null
    : { kind: 'trigger-order', first: named.name, moment: moment(time, what) };
}

/** What a table's word says; null where it is not understood. */
function readNote(words: string): Note | null {
  if (words === 'system versioned') return { kind: 'versioned' };
  if (words.startsWith('engine ')) {
    const engine = words.slice('engine '.length);
    return ENGINES.has(engine) ? { kind: 'engine', engine } : null;
  }
  if (words.startsWith('index ')) {
    const named = nameAt(words, 'index '.length);
    return named?.rest === ': not used by the optimiser' ? { kind: 'unused-index', name: named.name } : null;
  }
  if (words.startsWith('primary key order: ')) {
    const order = words.slice('primary key order: '.length).split(', ');
    return {
      kind: 'primary-key-order',
      order: order.map((part) => (part.endsWith(' desc') ? 'desc' : 'asc')),
    };
  }
  if (words.startsWith('trigger ')) return readTrigger(words);
  if (words.startsWith('partitioned by ')) {
    const partitioning = readPartitioning(words);
    return partitioning === null ? null : { kind: 'partitioning', ...partitioning };
  }
  return null;
}

/** Everything that a table's words say of how it is made. */
export interface TableWords {
  readonly engine: string;
  readonly versioned: boolean;
  readonly primaryKeyOrder: readonly string[];
  readonly unusedIndexes: ReadonlySet<string>;
  readonly partitioning: string | null;
  /** In the order in which they have to be made, so that they run in the order that the words name. */
  readonly triggers: readonly Trigger[];
}

/** What all words of a table say together; null where one of them is not understood. */
export function readTableWords(unmodelled: readonly string[]): TableWords | null {
  const notes: Note[] = [];
  for (const words of unmodelled) {
    const note = readNote(words);
    if (note === null) return null;
    notes.push(note);
  }
  const of = <K extends Note['kind']>(kind: K) =>
    notes.filter((note): note is Extract<Note, { kind: K }> => note.kind === kind);
  // Each pair of triggers of one moment is named, so the one that runs first is first in the most pairs.
  const orders = of('trigger-order');
  const firstIn = (trigger: Trigger) =>
    orders.filter((order) => order.first === trigger.name && order.moment === trigger.moment).length;
  return {
    engine: of('engine')[0]?.engine ?? 'InnoDB',
    versioned: of('versioned').length > 0,
    primaryKeyOrder: of('primary-key-order')[0]?.order ?? [],
    unusedIndexes: new Set(of('unused-index').map((note) => note.name)),
    partitioning: of('partitioning')[0]?.sql ?? null,
    triggers: [...of('trigger')].sort((a, b) => firstIn(b) - firstIn(a)),
  };
}

/** A trigger stands in the schema of its table. */
function triggerName(table: ObjectKey, name: string): string {
  const { schema } = parseObjectKey(table);
  return schema === null ? quoteName(name) : `${quoteName(schema)}.${quoteName(name)}`;
}

/** A trigger of the table. Names in its body are looked up in its own schema. */
export function createTrigger(table: ObjectKey, { name, moment, body }: Trigger): string {
  return `create trigger ${triggerName(table, name)} ${moment} on ${sqlName(table)} for each row ${body}`;
}

/**
 * The statement that adds one word to a table that is there. Null besides for the order of triggers, which is that of their making, for the
 * order of a primary key, which would have to be made anew, and for partitions that some row may have no place in.
 */
export function createWords(table: ObjectKey, words: string): readonly string[] | null {
  const note = readNote(words);
  switch (note?.kind) {
    case 'versioned':
      return [alterTable(table, 'add system versioning')];
    case 'engine':
      return [alterTable(table, `engine=${note.engine}`)];
    case 'unused-index':
      return [alterTable(table, `alter index ${quoteName(note.name)}${UNUSED_INDEX}`)];
    case 'trigger':
      return [createTrigger(table, note)];
    case 'partitioning':
      return note.takesAll ? [alterTable(table, note.sql)] : null;
    default:
      return null;
  }
}

/** The statement that takes one word off a table. Null for what is not understood, and for orders, which are no piece of their own. */
export function dropWords(table: ObjectKey, words: string): readonly string[] | null {
  const note = readNote(words);
  switch (note?.kind) {
    case 'versioned':
      return [alterTable(table, 'drop system versioning')];
    case 'engine':
      return [alterTable(table, 'engine=InnoDB')];
    case 'unused-index':
      return [
        alterTable(table, `alter index ${quoteName(note.name)} /*!80000 visible *//*M!100600 not ignored */`),
      ];
    case 'trigger':
      return [`drop trigger if exists ${triggerName(table, note.name)}`];
    case 'partitioning':
      return [alterTable(table, 'remove partitioning')];
    default:
      return null;
  }
}
