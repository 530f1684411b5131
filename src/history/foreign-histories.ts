import type { Dialect, LocatedTable } from '../database/dialect.ts';
import type { Introspection } from '../database/introspection.ts';
import type { Session } from '../database/session.ts';
import type { TableName } from '../database/table-name.ts';
import { uniqueSorted } from '../util/order.ts';
import { type Mark, SIGNATURES, type Signature } from './foreign-signatures.ts';

/** Another migrator's history, found by its name and its columns. */
export interface ForeignHistory {
  readonly tool: string;
  readonly table: TableName;
  /** What it says was applied, as that tool writes it; at most {@link MOST_VERSIONS}, the last ones. */
  readonly versions: readonly string[];
  /** The same, as many as are read: what a mapping to revisions is held against. */
  readonly applied: readonly string[];
  /** Whether its rows are all that was applied, or only where it is now. */
  readonly keeps: 'applied' | 'current';
  /** Why nothing may be concluded from it, as a sentence; null where something may. */
  readonly problem: string | null;
  /** The last version that it says failed half-way, or is under way; null where it says so of none. */
  readonly failed: string | null;
}

/** How many versions of a foreign history are reported. */
export const MOST_VERSIONS = 20;

/** How many rows of a foreign history are read; one with more is not concluded from. */
const MOST_ROWS = 10_000;

/** A table that may be a history. */
interface Candidate extends TableName {
  readonly columns: readonly string[];
  /** Why it is not read, as a sentence; null where it is. */
  readonly closed: string | null;
}

function fits({ name, columns }: Candidate, signature: Signature): boolean {
  const lower = new Set(columns.map((column) => column.toLowerCase()));
  return (
    signature.name.test(name) &&
    signature.columns.every((column) => lower.has(column)) &&
    !(signature.without ?? []).some((column) => lower.has(column))
  );
}

/** The tools whose histories are recognised, sorted. */
export const FOREIGN_TOOLS: readonly string[] = uniqueSorted(SIGNATURES.map(({ tool }) => tool));

/** The names of the tables that tools keep in schemas of their own, sorted. */
export const FOREIGN_NAMES: readonly string[] = uniqueSorted(
  SIGNATURES.flatMap(({ home }) => (home === undefined ? [] : [home.name])),
);

type Content = Pick<ForeignHistory, 'versions' | 'applied' | 'problem' | 'failed'>;

/** The statement's column that marks some rows, where the table has what tells. */
function markColumn(columns: readonly string[], mark: Mark | undefined): string {
  const names = new Set(columns.map((column) => column.toLowerCase()));
  return mark?.columns.every((column) => names.has(column)) === true
    ? `case when ${mark.sql} then 'yes' end`
    : 'null';
}

async function readContent(
  session: Session,
  dialect: Dialect,
  { closed, columns, ...table }: Candidate,
  signature: Signature,
): Promise<Content> {
  // A role that may see the schema and not this table's rows still gets the tool's name.
  if (closed !== null) return { versions: [], applied: [], problem: closed, failed: null };
  const { version } = signature;
  const actual = columns.find((column) => column.toLowerCase() === version.toLowerCase());
  if (actual === undefined)
    return { versions: [], applied: [], problem: 'it holds no versions.', failed: null };
  const name = dialect.quoteName(actual);
  const rows = await session.query(
    `select ${name}, ${markColumn(columns, signature.unfinished)}, ${markColumn(columns, signature.failed)} from ${dialect.quoteTable(table)} where ${name} is not null order by ${name} desc limit ${MOST_ROWS}`,
  );
  const applied = rows.map(([one]) => one ?? '').reverse();
  const unfinished = rows.find(([, mark]) => mark !== null)?.[0];
  return {
    versions: applied.slice(-MOST_VERSIONS),
    applied,
    failed: rows.find(([, , mark]) => mark !== null)?.[0] ?? null,
    problem:
      rows.length === MOST_ROWS
        ? `it has more than ${MOST_ROWS - 1} rows.`
        : unfinished == null
          ? null
          : `it does not say of ${unfinished} that it was applied and is still.`,
  };
}

const UNREADABLE = 'this role may not read it.';

function closedElsewhere({ readable, rowsFiltered }: LocatedTable): string | null {
  if (readable === false) return UNREADABLE;
  return rowsFiltered === true ? 'row security decides which of its rows this role sees.' : null;
}

/** Histories in schemas that were not read, each where its tool keeps it, with that tool's signature. */
function foundElsewhere(
  schemas: readonly string[],
  located: readonly LocatedTable[],
): readonly (readonly [Candidate, Signature])[] {
  return located.flatMap((table) => {
    const { schema, name, columns } = table;
    if (schemas.includes(schema)) return [];
    const candidate = { schema, name, columns, closed: closedElsewhere(table) };
    const signature = SIGNATURES.find(
      (one) => one.home?.schema === schema && one.home.name === name && fits(candidate, one),
    );
    return signature === undefined ? [] : [[candidate, signature] as const];
  });
}

/**
 * The histories of other migrators: recognised by table name and columns together, and what each says was applied. In what was read, and, of
 * tools that have a schema of their own, there. One query for each history found, none when there is none.
 *
 * @param located every table of one of {@link FOREIGN_NAMES}, whatever its schema.
 */
export async function findForeignHistories(
  session: Session,
  dialect: Dialect,
  { snapshot, visibility }: Pick<Introspection, 'snapshot' | 'visibility'>,
  located: readonly LocatedTable[],
): Promise<readonly ForeignHistory[]> {
  const here = snapshot.tables.flatMap((table) => {
    const candidate = {
      schema: table.schema,
      name: table.name,
      columns: table.columns.map((column) => column.name),
      closed: visibility.hidden.includes(table.key) ? UNREADABLE : null,
    };
    const signature = SIGNATURES.find((one) => fits(candidate, one));
    return signature === undefined ? [] : [[candidate, signature] as const];
  });
  const histories: ForeignHistory[] = [];
  for (const [table, signature] of [...here, ...foundElsewhere(snapshot.schemas, located)]) {
    histories.push({
      tool: signature.tool,
      table: { schema: table.schema, name: table.name },
      keeps: signature.current === true ? 'current' : 'applied',
      ...(await readContent(session, dialect, table, signature)),
    });
  }
  return histories;
}
