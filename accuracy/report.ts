import type { KindCount, Miss } from './damage/apply-damage.ts';
import type { Figures } from './figures.ts';
import type { DatabaseResult, Inclusion, PrintedDifference } from './measure.ts';
import type { ChainResult } from './run-chain.ts';

/** How many lines of evidence one wrong answer gets. */
const MOST_LINES = 6;

const COLUMNS = [
  ['databases', 'databases'],
  ['true', 'trueAmong'],
  ['equal', 'equal'],
  ['unique', 'unique'],
  ['excluded', 'wronglyExcluded'],
  ['included', 'wronglyIncluded'],
  ['alike', 'alike'],
  ['not loadable', 'notLoadable'],
  ['damaged', 'damaged'],
  ['right', 'damageRight'],
] as const satisfies readonly (readonly [string, keyof Figures])[];

const TITLES = [...COLUMNS.map(([title]) => title), 'seconds'];

function line(name: string, width: number, cells: readonly string[]): string {
  const padded = cells.map((cell, index) => cell.padStart(TITLES[index]?.length ?? 0));
  return [name.padEnd(width), ...padded].join('  ');
}

/** The table's head. */
export function headLine(width: number): string {
  return line('chain', width, TITLES);
}

/** One chain, or a total. */
export function figuresLine(figures: Figures, width: number): string {
  const cells = COLUMNS.map(([, member]) => String(figures[member]));
  return line(figures.name, width, [...cells, figures.seconds.toFixed(1)]);
}

function short(value: unknown): string {
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  return text.length <= 120 ? text : `${text.slice(0, 117)}...`;
}

function differenceLine({ outcome, path, grade, expected, actual }: PrintedDifference): string {
  const sides =
    outcome === 'different'
      ? `expected ${short(expected)}, actual ${short(actual)}`
      : short(outcome === 'missing' ? expected : actual);
  return `${outcome} ${path} (${grade}): ${sides}`;
}

function indented(lines: readonly string[], depth: number): string[] {
  const shown = lines.slice(0, MOST_LINES);
  const left = lines.length - shown.length;
  return [...shown, ...(left > 0 ? [`and ${left} more`] : [])].map((text) => ' '.repeat(depth) + text);
}

function inclusionLines(database: DatabaseResult, { revision, harmless, rest }: Inclusion): string[] {
  const place = database.revisions[0] ?? 'before the first';
  const kinds = harmless.length === 0 ? '' : ` (their dumps also differ in ${harmless.join(', ')})`;
  return [`  the database of ${place} also meets ${revision}${kinds}`, ...indented(rest, 4)];
}

/** Each pair once: where one of two is met in the other's database, so is the other in its. */
function alikeLines(databases: readonly DatabaseResult[]): string[] {
  const seen = new Set<string>();
  return databases.flatMap((database) => {
    const revision = database.revisions[0] ?? 'before the first';
    for (const one of database.revisions) seen.add(one);
    return database.alike
      .filter((inclusion) => !seen.has(inclusion.revision))
      .map((inclusion) => {
        const kinds = inclusion.harmless.length === 0 ? 'nothing' : inclusion.harmless.join(', ');
        return `${revision} and ${inclusion.revision} differ only in ${kinds}`;
      });
  });
}

/** Everything about a chain that was wrong or has to be said. */
export function chainDetails({ name, databases, notLoadable, misses }: ChainResult): string[] {
  const lines = databases.flatMap((database) => [
    ...database.excluded.flatMap(({ revision, answer, differences }) => [
      `  ${revision} is wrongly excluded: ${answer}`,
      ...indented(differences.map(differenceLine), 4),
    ]),
    ...database.included.flatMap((inclusion) => inclusionLines(database, inclusion)),
  ]);
  const alike = alikeLines(databases);
  return [
    ...(lines.length > 0 ? [`${name}: wrong`, ...lines] : []),
    ...(alike.length > 0
      ? [`${name}: the same schema by what is compared`, ...alike.map((text) => `  ${text}`)]
      : []),
    ...(notLoadable.length > 0 ? [`${name}: not loadable`] : []),
    ...notLoadable.map(({ dump, server, message }) => `  ${dump} on the ${server} server: ${short(message)}`),
    ...(misses.length > 0 ? [`${name}: damage missed`, ...misses.flatMap(missLines)] : []),
  ];
}

function missLines({ revision, kind, sql, fault, answer, differences }: Miss): string[] {
  return [
    `  ${revision}, ${kind}: ${fault}`,
    `    ${sql.replaceAll('\n', ' ')}`,
    `    answered: ${answer}`,
    ...indented(differences.map(differenceLine), 6),
  ];
}

/** What was done to the databases, and how often that was answered right. */
export function damageLines(counts: readonly KindCount[]): string[] {
  const width = Math.max(...counts.map(({ kind }) => kind.length));
  return counts.map(({ kind, applied, right }) => {
    const missed = right === applied ? '' : `  ${applied - right} missed`;
    return `  ${kind.padEnd(width)}  ${String(right).padStart(5)} of ${String(applied).padStart(5)}${missed}`;
  });
}
