import type { Chain } from '../manifest/chain.ts';
import type { ObjectKey } from '../schema/snapshot.ts';
import { shellWord } from '../util/shell-word.ts';
import type { Refusal } from './plan.ts';
import type { Move, Planned } from './rebuild-facts.ts';

/** A table, or a column of one, that has no place at the revision to which a database is rebuilt. */
export interface Homeless {
  /** The table of the chain: where the rows go, or would go. */
  readonly table: ObjectKey;
  /** Null where it is the table. */
  readonly column: string | null;
  /** Its path, as it is accepted by. */
  readonly name: string;
}

/** All that stays where it was set aside. */
export function homelessOf(moves: readonly Move[], planned: readonly Planned[]): Homeless[] {
  return moves.flatMap(({ actual: { key, schema, name }, expected }): Homeless[] => {
    const path = `${schema}.${name}`;
    if (expected === null) return [{ table: key, column: null, name: path }];
    const left = planned.find(({ table }) => table === key)?.homeless ?? [];
    return left.map((column) => ({ table: expected.key, column, name: `${path}.columns.${column}` }));
  });
}

/**
 * Refuses to leave behind what a migration that is still to be run makes a place for: it would make it empty, and the rows that were there would
 * be missed by everybody.
 */
export function laterHomes(
  homeless: readonly Homeless[],
  chain: Chain,
  target: number,
  accept: readonly string[],
): Refusal[] {
  return homeless.flatMap(({ table, column, name }): Refusal[] => {
    const later = chain.tables
      .get(table)
      ?.find(
        ({ from, value }) =>
          from > target &&
          value !== null &&
          (column === null || value.columns.some((one) => one.name === column)),
      );
    if (later === undefined || accept.includes(name)) return [];
    const [here = '', there = ''] = [target, later.from].map((index) => chain.revisions[index]?.name);
    return [
      {
        code: 'REFUSED.NO_HOME',
        message: `${name} has no home at ${here}, and ${there} would make it anew, empty: its values would stay behind.`,
        hint: `Rebuild to where it has one (--at ${shellWord(there)}), or accept by name that they stay set aside: --accept ${shellWord(name)}`,
      },
    ];
  });
}
