import type { Step } from './plan.ts';

/**
 * What is known of seeds that were asked for.
 *
 * - `install`: the database is fresh, and they follow its install; `intendSql` are the statements that write that down.
 * - `due`: its install was begun, and they did not run, because that was interrupted.
 * - `abandoned`: they were to follow an install, and the database is not what that install left.
 */
export type SeedFacts =
  | { readonly kind: 'install'; readonly names: readonly string[]; readonly intendSql: readonly string[] }
  | { readonly kind: 'due'; readonly names: readonly string[] }
  | { readonly kind: 'abandoned' };

/** What seeds add to a plan: steps before its migrations and after them. */
export interface SeedSteps {
  readonly before: readonly Step[];
  readonly after: readonly Step[];
  readonly notices: readonly string[];
}

const NONE: SeedSteps = { before: [], after: [], notices: [] };

/**
 * Decides about seeds: only at the end of the chain, for which they are written.
 *
 * @param toHead whether the plan ends there.
 */
export function seedSteps(seeds: SeedFacts | null, toHead: boolean): SeedSteps {
  if (seeds === null) return NONE;
  if (seeds.kind === 'abandoned') {
    const why = 'was interrupted, and the database is not what it left';
    const notice = `An install that seeds were to follow ${why}: they are not run. If they are wanted: npx knex seed:run`;
    return { ...NONE, notices: [notice] };
  }
  if (!toHead) {
    return { ...NONE, notices: ['Seeds are not run, because this stops before the end of the chain.'] };
  }
  const after: readonly Step[] = [{ kind: 'seed', seeds: seeds.names, sql: null }];
  if (seeds.kind === 'due') return { ...NONE, after };
  const sql = seeds.intendSql.map((statement) => `${statement};`).join('\n');
  return { ...NONE, before: [{ kind: 'intend-seeds', seeds: seeds.names, sql }], after };
}
