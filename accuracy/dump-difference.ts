/** How two dumps differ. */
export interface DumpDifference {
  /** Kinds of thing in which they differ and which make no other schema. */
  readonly harmless: readonly string[];
  /** What differs beyond those: lines of either dump, marked - and +. Empty where the two are one schema. */
  readonly rest: readonly string[];
}

/** Statements of a dump; those that make a table, line by line, so that the order of columns is no difference. */
function entriesOf(dump: string): string[] {
  const statements = dump
    .replaceAll(/^--.*$/gm, '')
    .split(/;[ \t]*$/m)
    .map((statement) => statement.trim())
    .filter((statement) => statement !== '');
  return statements.flatMap((statement) => {
    const table = /^(CREATE (?:\w+ )*TABLE .+) \(\n([\s\S]*)$/.exec(statement);
    if (table === null) return [statement.replaceAll(/\s+/g, ' ')];
    const lines = (table[2] ?? '').split('\n').map((line) => line.trim().replace(/,$/, ''));
    return lines.map((line) => `${table[1]}: ${line}`);
  });
}

type Rewrite = (entries: readonly string[]) => string[];

const eachEntry =
  (rewrite: (entry: string) => string): Rewrite =>
  (entries) =>
    // What is left of a table's line may be no more than the table.
    entries.map(rewrite).filter((entry) => !/^(?:CREATE [^:]*:)?\s*$/.test(entry));

/** A quoted or bare name, as either family writes it. */
const NAME = '(?:`(?:[^`]|``)+`|"(?:[^"]|"")+"|[\\w$.]+)';

/** Calls the sequence of a column after its column: its name is the server's invention, and stays when the table is renamed. */
const ownedSequences: Rewrite = (entries) => {
  const owned = entries.flatMap((entry) => {
    const match = /^ALTER SEQUENCE (\S+) OWNED BY (\S+)$/.exec(entry);
    return match?.[1] === undefined ? [] : [{ name: match[1], column: match[2] ?? '' }];
  });
  return entries.map((entry) =>
    owned.reduce((text, { name, column }) => text.split(name).join(`sequence of ${column}`), entry),
  );
};

/** What is not compared, or is no difference of structure, each with what rewrites it away. */
const RULES: readonly { readonly kind: string; readonly rewrite: Rewrite }[] = [
  { kind: 'order of columns or statements', rewrite: (entries) => [...entries] },
  {
    kind: 'comments',
    rewrite: eachEntry((entry) =>
      /^COMMENT ON /.test(entry) ? '' : entry.replaceAll(/ COMMENT[ =]'(?:[^'\\]|''|\\.)*'/g, ''),
    ),
  },
  {
    kind: 'names of constraints and indexes',
    rewrite: eachEntry((entry) =>
      entry
        .replaceAll(new RegExp(`CONSTRAINT ${NAME} `, 'g'), 'CONSTRAINT ')
        .replace(new RegExp(`^(CREATE (?:UNIQUE )?INDEX) ${NAME} ON`), '$1 ON')
        .replace(new RegExp(`(: (?:UNIQUE |FULLTEXT |SPATIAL )?KEY) ${NAME} \\(`), '$1 ('),
    ),
  },
  { kind: 'names of the sequences of columns', rewrite: ownedSequences },
  {
    kind: 'privileges and owners',
    rewrite: eachEntry((entry) =>
      /^(?:GRANT|REVOKE) |^ALTER DEFAULT PRIVILEGES | OWNER TO \S+$/.test(entry) ? '' : entry,
    ),
  },
  {
    kind: 'storage parameters',
    rewrite: eachEntry((entry) =>
      / SET STORAGE \w+$| SET COMPRESSION \w+$| CLUSTER ON \S+$/.test(entry)
        ? ''
        : entry
            .replaceAll(/ ?\bWITH \([\w.]+='?[\w.]+'?(?:, [\w.]+='?[\w.]+'?)*\)/g, '')
            .replaceAll(
              / (?:ROW_FORMAT|AUTO_INCREMENT|KEY_BLOCK_SIZE|STATS_\w+|PACK_KEYS|CHECKSUM)=\w+/g,
              '',
            ),
    ),
  },
  {
    kind: 'statistics',
    rewrite: eachEntry((entry) =>
      /^ALTER STATISTICS | SET STATISTICS -?\d+$| SET \(n_distinct/.test(entry) ? '' : entry,
    ),
  },
];

/** Lines of one that the other does not have, counted. */
function surplus(of: readonly string[], over: readonly string[]): string[] {
  const counts = new Map<string, number>();
  for (const entry of over) counts.set(entry, (counts.get(entry) ?? 0) + 1);
  return of.filter((entry) => {
    const left = counts.get(entry) ?? 0;
    counts.set(entry, left - 1);
    return left <= 0;
  });
}

function shorten(text: string): string {
  return text.length <= 160 ? text : `${text.slice(0, 157)}...`;
}

/**
 * Compares two dumps as text, without help from what is measured: which kinds of harmless thing differ between them, and what differs beside.
 */
export function dumpDifference(left: string, right: string): DumpDifference {
  if (left === right) return { harmless: [], rest: [] };
  const distance = (a: readonly string[], b: readonly string[]) =>
    surplus(a, b).length + surplus(b, a).length;
  let a = entriesOf(left);
  let b = entriesOf(right);
  let before = Number.POSITIVE_INFINITY;
  const harmless: string[] = [];
  for (const { kind, rewrite } of RULES) {
    a = rewrite(a);
    b = rewrite(b);
    const after = distance(a, b);
    // Before the first rule the texts differ; where their entries do not, that was a matter of order.
    if (before === Number.POSITIVE_INFINITY ? after === 0 : after < before) harmless.push(kind);
    before = after;
  }
  return {
    harmless,
    rest: [
      ...surplus(a, b).map((entry) => shorten(`- ${entry}`)),
      ...surplus(b, a).map((entry) => shorten(`+ ${entry}`)),
    ],
  };
}
