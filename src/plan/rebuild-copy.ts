import type { CopiedColumn } from '../database/set-aside.ts';
import { parseObjectKey } from '../schema/object-key.ts';
import { isPartitioned } from '../schema/parents.ts';
import { sameColumn } from '../schema/same-elements.ts';
import type { Column, Table } from '../schema/snapshot.ts';
import { shellWord } from '../util/shell-word.ts';
import type { PlanOptions, Refusal, RowCheck } from './plan.ts';
import type { Planned, RebuildFacts } from './rebuild-facts.ts';

/** Refuses a mapping file that names what is not there. @param where as words after "there is none". */
export const unknownHome = (what: string, where: string): Refusal => ({
  code: 'REFUSED.NO_HOME',
  message: `The mapping names ${what}, and there is none ${where}.`,
  hint: 'Correct the mapping file.',
});

/** Refuses to leave values behind that may be those of a column which is to be there under another name. */
const mayBe = (name: string, other: string): Refusal => ({
  code: 'REFUSED.NO_HOME',
  message: `${name} has no home, and is in all but its name what ${other} is to be: its values would stay behind.`,
  hint: `If it is the same one, give it that home in a mapping file (--map FILE); if it is another, accept it by name: --accept ${shellWord(name)}`,
});

/** Whether the value of a column comes from a counter. */
function isCounted({ identity, default: value }: Column): boolean {
  return identity !== null || value.kind === 'sequence';
}

/** How the rows of one table go into the table that the chain makes, what is to be asked of them before, and what has no home there. */
export function planCopy(
  actual: Table,
  expected: Table,
  place: string,
  options: PlanOptions,
  { setAside, ddl, evidence }: RebuildFacts,
): Planned {
  const renamed = options.mapping?.tables?.[actual.key]?.columns ?? {};
  const fill = options.mapping?.fill ?? {};
  const qualified = `${actual.schema}.${actual.name}`;
  const target = (name: string) => renamed[name] ?? name;
  const checks: RowCheck[] = [];
  const refused: Refusal[] = [];
  const filled: Record<string, string> = {};
  const columns: CopiedColumn[] = [];
  for (const [from, to] of Object.entries(renamed)) {
    if (!actual.columns.some(({ name }) => name === from))
      refused.push(unknownHome(`column ${from}`, `in ${qualified}`));
    if (!expected.columns.some(({ name }) => name === to))
      refused.push(unknownHome(`column ${to}`, `in ${expected.key}`));
  }
  for (const { name } of expected.columns) {
    const [one, other] = actual.columns.filter((column) => target(column.name) === name);
    if (one === undefined || other === undefined) continue;
    refused.push({
      code: 'REFUSED.NO_HOME',
      message: `The values of ${qualified}.${one.name} and of ${qualified}.${other.name} would both go to ${expected.key}.${name}.`,
      hint: 'Give one of them another home in the mapping file.',
    });
  }
  for (const column of expected.columns) {
    if (column.generated !== null) continue;
    const source = actual.columns.find(({ name }) => target(name) === column.name);
    const name = `${qualified}.columns.${column.name}`;
    const value = fill[`${expected.key}.${column.name}`];
    if (source === undefined) {
      if (value !== undefined) {
        filled[column.name] = value;
        continue;
      }
      const namesake = actual.columns.find(
        (one) =>
          !expected.columns.some((other) => other.name === target(one.name)) &&
          sameColumn({ ...one, name: column.name }, column) &&
          !options.accept.includes(`${qualified}.columns.${one.name}`),
      );
      const optional = column.nullable || column.default.kind !== 'none' || column.identity !== null;
      if (namesake !== undefined) refused.push(mayBe(`${qualified}.columns.${namesake.name}`, name));
      else if (!optional) {
        const obstacle = ddl.obstacle({ kind: 'add-column', table: actual.key, column });
        if (obstacle !== null) checks.push({ name, ...obstacle });
      }
      continue;
    }
    const copied: CopiedColumn = {
      from: source.name,
      to: column.name,
      actual: source.type.canonical,
      expected: column.type.canonical,
    };
    const same = { ...column, name: source.name };
    if (!ddl.keepsValues({ ...same, nullable: source.nullable }, source)) {
      const losses = setAside.losses(actual, copied);
      if (losses === undefined) {
        refused.push({
          code: 'REFUSED.NARROWING',
          message: `${name} is ${source.type.canonical} and ${column.type.canonical} is expected: copying might not keep every value.`,
          hint: 'Alter it by hand after looking at its values.',
        });
      } else if (losses !== null) {
        checks.push({
          name,
          rows: `rows whose value would not be kept as ${column.type.canonical}`,
          sql: losses,
        });
      }
    }
    if (!column.nullable && source.nullable) {
      const obstacle = ddl.obstacle({
        kind: 'alter-column',
        table: actual.key,
        expected: { ...source, nullable: false },
        actual: source,
      });
      if (obstacle !== null) checks.push({ name, ...obstacle });
    }
    columns.push(copied);
  }
  const kept = new Set(columns.map(({ from }) => from));
  const has = (names: readonly string[]) => names.every((name) => columns.some(({ to }) => to === name));
  const keys = [
    ...(expected.primaryKey === null ? [] : [expected.primaryKey.columns]),
    ...expected.uniques.map((unique) => unique.columns),
    ...expected.indexes.flatMap(({ unique, predicate, parts }) => {
      const names = parts.flatMap(({ column }) => column ?? []);
      return unique && predicate === null && names.length === parts.length ? [names] : [];
    }),
  ].filter(has);
  const { schema, name } = parseObjectKey(expected.key);
  const home = { schema: schema ?? evidence.snapshot.schemas[0] ?? '', name };
  const [only, ...more] = actual.primaryKey?.columns ?? [];
  return {
    table: actual.key,
    copy: {
      from: { schema: place, name: actual.name },
      to: home,
      columns,
      keys,
      counted: expected.columns.filter(isCounted).map((column) => column.name),
      filled,
      // A table that becomes a partitioned one has its rows go to the partitions, and the other way round.
      alone: isPartitioned(actual) === isPartitioned(expected),
      portionsBy: more.length === 0 ? (only ?? null) : null,
    },
    checks,
    refused,
    homeless: actual.columns
      .filter((column) => !kept.has(column.name) && column.generated === null)
      .map((column) => column.name),
  };
}
