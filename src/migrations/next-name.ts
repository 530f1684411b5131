import { AdoptError } from '../errors.ts';
import { compareText } from '../util/order.ts';
import { revisionOf } from './migration.ts';

export interface NextNameOptions {
  /** Recorded names of the migrations there are, in order. */
  readonly existing: readonly string[];
  /** What the user called the new one. */
  readonly name: string;
  /** Used where migrations are numbered by time. */
  readonly now: Date;
}

/** Fourteen digits: Knex's own `YYYYMMDDHHMMSS`, in UTC. */
function timestamp(now: Date): string {
  return now.toISOString().replace(/\D/g, '').slice(0, 14);
}

function plainName(name: string): string {
  const plain = name.trim().replace(/[\s-]+/g, '_');
  if (/^\w+$/.test(plain)) return plain;
  throw new AdoptError('USAGE.INVALID', `"${name}" cannot be the name of a migration.`, {
    hint: 'Use letters, digits and underscores: add_cat_weights.',
  });
}

/** The number that follows those there are, in their style; Knex's own style where there are none. */
function nextNumber(existing: readonly string[], now: Date): string {
  const numbers = existing.flatMap((name) => /^\d+(?=[_-])/.exec(name)?.[0] ?? []);
  const last = numbers.at(-1);
  if (last === undefined || last.length >= 12) return timestamp(now);
  return String(Number(last) + 1).padStart(last.length, '0');
}

/**
 * The revision of a new migration: the next number in the style of those there are (`004_…` after `003_…`, else a timestamp), and the name.
 *
 * @throws AdoptError `USAGE.INVALID` for a name that would not do; `MIGRATIONS.EXISTS` when there is one of that name, or when the new one
 * would not come last.
 */
export function nextRevision({ existing, name, now }: NextNameOptions): string {
  const plain = plainName(name);
  const same = existing.find((one) => revisionOf(one).replace(/^\d+[_-]/, '') === plain);
  if (same !== undefined) {
    throw new AdoptError('MIGRATIONS.EXISTS', `There is a migration of that name already: ${same}.`, {
      hint: 'Give another name.',
    });
  }
  const revision = `${nextNumber(existing, now)}_${plain}`;
  const after = existing.find((one) => compareText(revisionOf(one), revision) >= 0);
  if (after === undefined) return revision;
  throw new AdoptError('MIGRATIONS.EXISTS', `${revision} would come before ${after}, not last.`, {
    hint: 'Migrations are run in the order of their names: write the file by hand, with a name that comes last.',
  });
}
