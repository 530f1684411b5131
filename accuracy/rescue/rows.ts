import type { Knex } from 'knex';
import type { Column, Snapshot, Table } from '../../src/schema/snapshot.ts';
import type { Random } from '../random.ts';

/** A value of a type, for the n-th row; undefined where none comes to mind. */
const VALUES: readonly (readonly [RegExp, (n: number, size: number) => unknown])[] = [
  [/^tinyint\(1\)|^boolean/, (n) => n % 2 === 0],
  [/^(?:tiny|small|medium|big)?int|^integer/, (n) => n + 3],
  [/^(?:numeric|decimal|real|double|float)/, (n) => n / 10],
  [/^(?:char|varchar|character|character varying)\b/, (n, size) => `v${n}é'\\x`.slice(0, Math.max(1, size))],
  [/text$|^citext/, (n) => (n % 3 === 0 ? '' : `text ${n} \n "quoted" ☃`)],
  [/^uuid/, (n) => `00000000-0000-4000-8000-${String(n).padStart(12, '0')}`],
  [/^(?:timestamp|datetime)/, (n) => `2024-03-0${1 + (n % 9)} 12:00:0${n % 10}`],
  [/^date/, (n) => `2024-05-0${1 + (n % 9)}`],
  [/^time/, (n) => `10:00:0${n % 10}`],
  [/^jsonb?|^longtext/, (n) => JSON.stringify({ n, deep: [n, null, 'ä'] })],
  [/^(?:bytea|(?:var)?binary|(?:tiny|medium|long)?blob)/, (n) => Buffer.from([n, 0, 255])],
];

function valueFor({ type, name }: Column, n: number): unknown {
  const canonical = type.canonical;
  if (canonical.endsWith('[]')) return '{}';
  const label = /^(?:enum|set)\('((?:[^']|'')*)'/.exec(canonical)?.[1];
  if (label !== undefined) return label;
  const size = Number(/\((\d+)/.exec(canonical)?.[1] ?? 40);
  if (/json/.test(name) && /text|json/.test(canonical)) return JSON.stringify({ n });
  return VALUES.find(([pattern]) => pattern.test(canonical))?.[1](n, size);
}

/** Tables, those that others refer to first. */
function inOrder(tables: readonly Table[]): Table[] {
  const done: Table[] = [];
  const open = new Set<string>();
  const visit = (table: Table) => {
    if (open.has(table.key)) return;
    open.add(table.key);
    for (const { referencedTable } of table.foreignKeys) {
      const other = tables.find(({ key }) => key === referencedTable);
      if (other !== undefined) visit(other);
    }
    done.push(table);
  };
  for (const table of tables) visit(table);
  return done;
}

async function parentValues(knex: Knex, snapshot: Snapshot, table: Table, n: number) {
  const values: Record<string, unknown> = {};
  for (const { columns, referencedTable, referencedColumns } of table.foreignKeys) {
    const other = snapshot.tables.find(({ key }) => key === referencedTable);
    const rows = await knex
      .withSchema(other?.schema ?? '')
      .select(referencedColumns)
      .from(other?.name ?? '');
    const row = rows[n % Math.max(1, rows.length)];
    columns.forEach((column, at) => {
      values[column] = row?.[referencedColumns[at] ?? ''] ?? null;
    });
  }
  return values;
}

/**
 * Puts some rows into every table, as far as its constraints let us; what a check does not take is tried without what may be left out.
 *
 * @returns how many there are.
 */
export async function putRows(knex: Knex, snapshot: Snapshot, random: Random): Promise<number> {
  let count = 0;
  for (const table of inOrder(snapshot.tables)) {
    const rows = random.below(5);
    for (let n = 1; n <= rows; n += 1) {
      const parents = await parentValues(knex, snapshot, table, n).catch(() => ({}));
      const filled = table.columns.filter(
        ({ identity, generated }) => identity === null && generated === null,
      );
      const full = Object.fromEntries(
        filled.map((column): [string, unknown] => [
          column.name,
          column.name in parents ? parents[column.name as keyof typeof parents] : valueFor(column, n),
        ]),
      );
      const needed = filled.filter(({ nullable, default: value }) => !nullable && value.kind === 'none');
      const least = Object.fromEntries(needed.map(({ name }) => [name, full[name]]));
      for (const row of [full, least]) {
        const given = Object.fromEntries(Object.entries(row).filter(([, value]) => value !== undefined));
        const put = await knex
          .withSchema(table.schema)
          .insert(given)
          .into(table.name)
          .then(
            () => true,
            () => false,
          );
        if (!put) continue;
        count += 1;
        break;
      }
    }
  }
  return count;
}
