import type { Verdict } from '../classify/verdict.ts';
import { expectedAt, knowsObject, knowsTable } from '../manifest/chain.ts';
import { objectIdentity } from '../schema/elements.ts';
import type { ObjectKey, Table } from '../schema/snapshot.ts';
import { shellWord } from '../util/shell-word.ts';
import { takenPlaces } from './another-kind.ts';
import { baselineOnceMet } from './once-met.ts';
import { partialTargets } from './partial-target.ts';
import type { PlanOptions, Refusal, RowCheck, Step } from './plan.ts';
import { foreignKeysAway, triggersAway } from './rebuild-away.ts';
import { constraintChecks } from './rebuild-checks.ts';
import { planCopy, unknownHome } from './rebuild-copy.ts';
import { dependents } from './rebuild-dependents.ts';
import type { Move, RebuildFacts } from './rebuild-facts.ts';
import { homelessOf, laterHomes } from './rebuild-homeless.ts';
import { migratedUpTo } from './untold.ts';

/** How a partial database is rebuilt. */
export interface Rebuild {
  /** Index of the last revision that is recorded without being run by Knex in the usual way. */
  readonly baseline: number;
  readonly steps: readonly Step[];
  readonly notices: readonly string[];
}

/** Rows of two tables that would go into one: a row of either could take the place of one of the other. */
function sharedHomes(moves: readonly Move[]): Refusal[] {
  return moves.flatMap(({ actual, expected }, index) => {
    const other = moves
      .slice(0, index)
      .find((move) => expected !== null && move.expected?.key === expected.key);
    if (other === undefined) return [];
    return [
      {
        code: 'REFUSED.NO_HOME',
        message: `The rows of ${other.actual.key} and of ${actual.key} would both go to ${expected?.key}, where there is room for one table.`,
        hint: 'Give one of them another home in the mapping file, or put their rows into one table first.',
      },
    ];
  });
}

/** Tables in an order in which each comes after those that its foreign keys point to; in a circle, as they were given. */
function inForeignKeyOrder(tables: readonly Table[]): Table[] {
  const ordered: Table[] = [];
  const open = new Set<ObjectKey>();
  const visit = (table: Table) => {
    if (open.has(table.key)) return;
    open.add(table.key);
    for (const { referencedTable } of table.foreignKeys) {
      const other = tables.find(({ key }) => key === referencedTable);
      if (other !== undefined) visit(other);
    }
    ordered.push(table);
  };
  for (const table of tables) visit(table);
  return ordered;
}

/**
 * How a database that is too far from any revision is made one: every table that the chain knows is moved out of the way, never dropped; the
 * chain is run, by Knex, into the cleared place up to a revision (see {@link partialTargets}); every row whose columns have a home there is copied
 * back, and counted and summed up on both sides; then all of it is recorded, and what is pending is run upon the rows.
 *
 * Refused, each by its place, is whatever would lose a value or a row, or leave something behind that still uses what was moved; and where it cannot
 * be told whether the rows have been through a migration below (see {@link migratedUpTo}), the same word is asked for as when completing.
 */
export function planRebuild(
  verdict: Verdict,
  options: PlanOptions,
  facts: RebuildFacts,
): Rebuild | readonly Refusal[] {
  const { evidence, setAside, ddl, stamp } = facts;
  const { chain, snapshot } = evidence;
  const [wanted] = partialTargets(verdict, evidence, options);
  const settled = migratedUpTo(verdict, evidence, wanted, options);
  const target = 'index' in settled ? settled.index : wanted;
  const revision = verdict.migrations[target]?.revision ?? '';
  const place = setAside.place(snapshot.schemas[0] ?? '', stamp);
  const { tables: expected, objects: expectedObjects } = expectedAt(chain, target);
  const kept = new Set(expectedObjects.map(objectIdentity));
  const mapped = options.mapping?.tables ?? {};
  const moves: Move[] = snapshot.tables
    .filter(({ key }) => knowsTable(chain, key) || mapped[key] !== undefined)
    .map((actual) => {
      const home = mapped[actual.key]?.to ?? actual.key;
      return { actual, expected: expected.find(({ key }) => key === home) ?? null };
    });
  const objects = snapshot.objects.filter((object) => knowsObject(chain, objectIdentity(object)));
  const moved = new Set([...moves.map(({ actual }) => actual.key), ...objects.map(({ key }) => key)]);
  const refused: Refusal[] = [
    ...Object.keys(mapped)
      .filter((key) => !snapshot.tables.some((table) => table.key === key))
      .map((key) => unknownHome(`table ${key}`, 'in the database')),
    ...Object.entries(mapped)
      .filter(([, { to }]) => to !== undefined && !expected.some(({ key }) => key === to))
      .map(([, { to }]) => unknownHome(`table ${to}`, `at ${revision}`)),
    ...[...moves.map(({ actual }) => ({ table: actual })), ...objects.map((object) => ({ object }))].flatMap(
      (thing): Refusal[] => {
        const why = setAside.objection(thing);
        const { schema, name } = 'table' in thing ? thing.table : thing.object;
        if (why === null) return [];
        return [
          {
            code: 'REFUSED.UNMOVABLE',
            message: `${schema}.${name} ${why}.`,
            hint: 'Keep its definition, drop it, and run this again: the chain makes what it knows anew.',
          },
        ];
      },
    ),
    ...dependents(snapshot, moved),
    ...takenPlaces(chain, snapshot, moved),
  ];
  const ordered = inForeignKeyOrder(moves.flatMap((move) => move.expected ?? []));
  const planned = ordered.flatMap((table) =>
    moves
      .filter((move) => move.expected?.key === table.key)
      .map(({ actual }) => planCopy(actual, table, place, options, facts)),
  );
  const homeless = homelessOf(moves, planned);
  refused.push(
    ...planned.flatMap((one) => one.refused),
    ...sharedHomes(moves),
    ...laterHomes(homeless, chain, target, options.accept),
  );
  const triggers = setAside.firesTriggers ? ordered.map((table) => triggersAway(table, ddl)) : [];
  refused.push(...triggers.filter((one) => 'code' in one));
  if (refused.length > 0) return refused;
  // What the replay does to no rows, nobody has done to those that are copied: it is asked whether they had it done before.
  if ('code' in settled) return [settled];
  const baseline = baselineOnceMet(evidence, target, options);
  if ('code' in baseline) return [baseline];
  const tables = moves.map(({ actual: { schema, name } }) => ({ schema, name }));
  const statements = setAside.move(place, tables, objects);
  const away = [
    ...(setAside.copiesAhead ? [] : foreignKeysAway(expected, ddl)),
    ...triggers.filter((one) => 'with' in one),
  ];
  // One that is still to be run upon the rows is not run before them too.
  const last = Math.min(target, baseline.index);
  const replayed = verdict.migrations.slice(0, last + 1);
  const copies = planned.map(({ copy }) => copy);
  const orphans = ordered.flatMap((table) =>
    table.foreignKeys.flatMap((foreignKey): RowCheck[] => {
      const obstacle = ddl.obstacle({ kind: 'add-foreign-key', table: table.key, foreignKey });
      return obstacle === null ? [] : [{ name: `${table.key}.foreignKeys.${foreignKey.name}`, ...obstacle }];
    }),
  );
  return {
    baseline: baseline.index,
    steps: [
      {
        kind: 'set-aside',
        place,
        tables: tables.length,
        checks: [
          ...planned.flatMap((one) => one.checks),
          ...constraintChecks(moves, planned, options, facts),
        ],
        statements,
        undo: setAside.back(place, tables),
        sql: statements.map((statement) => `${statement};`).join('\n'),
      },
      {
        kind: 'replay',
        place,
        tables: tables.length,
        revision: verdict.migrations[last]?.revision ?? revision,
        recordedNames: replayed.map(({ recordedName }) => recordedName),
        sql: null,
      },
      {
        kind: 'copy',
        copies,
        without: away.flatMap((one) => one.without),
        with: [
          ...away.flatMap((one) => one.with),
          ...objects.flatMap((object) =>
            kept.has(objectIdentity(object)) ? setAside.goOn(place, object) : [],
          ),
        ],
        orphans,
        sql: null,
      },
      { kind: 'verify', revision, sql: null },
    ],
    notices: [
      `What the chain knows is set aside in ${place}, whole, and stays there until you drop it with "knex-adopt drop-set-aside ${shellWord(place)}".`,
      ...homeless.map(({ name }) => `${name} has no home at ${revision}: its rows stay in ${place}.`),
      ...replayed.flatMap(({ revision: one, evidence: kind }) => {
        if (kind !== 'absent' && kind !== 'partly') return [];
        const how = kind === 'absent' ? 'is not there' : 'was applied in part';
        return `${one} ${how}: it is run before the rows are copied, so that data that it moves is not moved.`;
      }),
    ],
  };
}
