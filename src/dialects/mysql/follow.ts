import type { Follower, FollowOptions } from '../../database/introspection.ts';
import type { ServerFacts } from '../../database/server-facts.ts';
import type { Snapshot } from '../../schema/snapshot.ts';
import { introspect } from './introspect.ts';
import { ddlCounters } from './watch.ts';

/**
 * Reads everything again where the server was given any DDL since (see `watch.ts`), and nothing where it was not: information_schema does not
 * say which table a statement changed, and what it says of tables costs as much as reading them.
 */
export function follow(facts: ServerFacts, options: FollowOptions): Follower {
  let last: { readonly counters: string; readonly snapshot: Snapshot } | null = null;
  return {
    read: async (session) => {
      const counters = await ddlCounters(session);
      if (last?.counters !== counters) {
        const { snapshot } = await introspect(session, facts, options);
        last = { counters, snapshot };
      }
      return last.snapshot;
    },
  };
}
