import type { Dialect } from '../../src/database/dialect.ts';
import type { Workspace } from '../../src/workspace.ts';

/** A workspace in which others meddle, and how often it has read since. */
export interface Meddled {
  readonly workspace: Workspace;
  reads(): number;
}

/**
 * Has something done by others in the middle of every reading: before the first query of it whose text matches, and after the answers to those
 * that were asked before it.
 *
 * @param meddle gets the number of the reading, from 1.
 */
export function meddleWith(
  workspace: Workspace,
  before: RegExp,
  meddle: (reading: number) => Promise<unknown>,
): Meddled {
  let reads = 0;
  const dialect: Dialect = {
    ...workspace.dialect,
    read: (knex, counter, work) =>
      workspace.dialect.read(knex, counter, (session) => {
        const reading = ++reads;
        let done = false;
        const asked: Promise<unknown>[] = [];
        return work({
          query: async (sql, bindings) => {
            if (!done && before.test(sql)) {
              done = true;
              await Promise.allSettled(asked);
              await meddle(reading);
            }
            const answer = session.query(sql, bindings);
            asked.push(answer);
            return answer;
          },
        });
      }),
  };
  return { workspace: { ...workspace, dialect }, reads: () => reads };
}
