import { AdoptError } from '../errors.ts';
import type { Migration } from '../migrations/migration.ts';

/** How the last recorded migration stands in the chain: its index, -1 when nothing is recorded. */
type Position = number;

function unknown(word: string, migrations: readonly Migration[]): AdoptError {
  return new AdoptError('USAGE.UNKNOWN_REVISION', `There is no revision "${word}" in the chain.`, {
    hint: `Give one of: ${migrations.map((migration) => migration.revision).join(', ')}.`,
  });
}

function nameAt(migrations: readonly Migration[], index: Position): string {
  return migrations[index]?.revision ?? 'base';
}

/**
 * Where `upgrade` is to stop: `head`, a revision, or `+N` for so many more.
 *
 * @returns an index that is not before `current`.
 * @throws AdoptError `USAGE.UNKNOWN_REVISION`; `REFUSED.TARGET` when the database is past it, or fewer than N are pending.
 */
export function upgradeTarget(word: string, migrations: readonly Migration[], current: Position): Position {
  const head = migrations.length - 1;
  if (word === 'head') return head;
  const steps = /^\+(\d+)$/.exec(word)?.[1];
  if (steps !== undefined) {
    if (current + Number(steps) <= head) return current + Number(steps);
    throw new AdoptError('REFUSED.TARGET', `Only ${head - current} migration(s) are pending, not ${steps}.`, {
      hint: 'Say "head" to run all of them.',
    });
  }
  const index = migrations.findIndex((migration) => migration.revision === word);
  if (index < 0) throw unknown(word, migrations);
  if (index >= current) return index;
  throw new AdoptError(
    'REFUSED.TARGET',
    `The database is past ${word}: it stands at ${nameAt(migrations, current)}.`,
    { hint: `Go back with "knex-adopt downgrade ${word}", if that is what you want.` },
  );
}

/**
 * Where `downgrade` is to stop: `base` for nothing left, a revision, which stays, or `-N` for so many less.
 *
 * @returns an index that is not after `current`; -1 for base.
 * @throws AdoptError `USAGE.UNKNOWN_REVISION`; `REFUSED.TARGET` when the database is not that far, or fewer than N are recorded.
 */
export function downgradeTarget(word: string, migrations: readonly Migration[], current: Position): Position {
  if (word === 'base') return -1;
  const steps = /^-(\d+)$/.exec(word)?.[1];
  if (steps !== undefined) {
    if (Number(steps) <= current + 1) return current - Number(steps);
    throw new AdoptError('REFUSED.TARGET', `Only ${current + 1} migration(s) are recorded, not ${steps}.`, {
      hint: 'Say "base" to undo all of them.',
    });
  }
  const index = migrations.findIndex((migration) => migration.revision === word);
  if (index < 0) throw unknown(word, migrations);
  if (index <= current) return index;
  throw new AdoptError(
    'REFUSED.TARGET',
    `The database is not as far as ${word}: it stands at ${nameAt(migrations, current)}.`,
    { hint: `Go on with "knex-adopt upgrade ${word}", if that is what you want.` },
  );
}
