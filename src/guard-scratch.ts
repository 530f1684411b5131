import type { Dialect, ScratchDatabase } from './database/dialect.ts';
import { AdoptError } from './errors.ts';
import type { Observation } from './gather.ts';

/** The databases that nothing in a scratch database may touch. */
export function othersOf({ facts, snapshot }: Pick<Observation, 'facts' | 'snapshot'>): readonly string[] {
  return [...new Set([facts.database, ...snapshot.schemas])];
}

/**
 * Stops whatever would reach outside of a scratch database, before it is sent: with `MIGRATIONS.OUTSIDE`, from the statement that was to be
 * sent.
 */
export function guardScratch(
  dialect: Dialect,
  { knex }: ScratchDatabase,
  observation: Pick<Observation, 'facts' | 'snapshot'>,
): void {
  const others = othersOf(observation);
  // Knex tells of a statement before it sends it, and what a listener throws is what sending it gives.
  knex.on('query', ({ sql }: { readonly sql: string }) => {
    if (!dialect.mayReachOutside(sql, others)) return;
    throw new AdoptError(
      'MIGRATIONS.OUTSIDE',
      `A statement may change what is outside of its database, so it is not tried out: ${sql.slice(0, 80)}`,
      { hint: 'Read the plan with --dry-run, and carry it out without --rehearse.' },
    );
  });
}
