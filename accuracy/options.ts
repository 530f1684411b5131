import { parseArgs } from 'node:util';

/** What was asked for on the command line. */
export interface AccuracyOptions {
  readonly directory: string;
  /** In the order given; none means that servers are started. */
  readonly servers: readonly string[];
  /** How many alterations each database suffers, each on a copy of its own. */
  readonly damage: number;
  readonly seed: number;
  readonly json: string | null;
  /** Only chains with this in their folder's name. */
  readonly only: string | null;
}

export const USAGE = `Usage: npm run accuracy -- DIR [--server URL]... [--damage N [--seed S]] [--only NAME] [--json FILE]

Records the manifests of every chain in DIR from the dumps of its revisions, loads each dump again, and checks what the tool says of it.

  --server URL   postgres:, mysql:, mariadb: or pglite::memory:. Given twice for one family, manifests are recorded on the first and met on
                 the second. Without any, a PostgreSQL and a MariaDB are started as the tests start them.
  --damage N     applies N random alterations to every database, one at a time, and checks that each is found where it is and graded right
  --seed S       of those alterations (default 1): the same seed makes the same ones
  --only NAME    only the chains with NAME in their folder's name
  --json FILE    writes the figures, and everything that was wrong, as JSON

Ends with 0 only when no database was wrongly excluded or included and no damage was missed.

A chain is a folder DIR/<project>.<dialect> with a chain.json: {"dialect": "postgres" | "mysql", "revisions": [{"recordedName": NAME, "dump":
FILE}, ...]}, where recordedName is as in knex_migrations (null: the database before the first migration) and FILE is SQL text, gzipped or not.
Revisions of equal schema share a file.`;

/** A whole number from 0 on; null for anything else. */
function count(text: string | undefined, fallback: number): number | null {
  if (text === undefined) return fallback;
  return /^\d{1,9}$/.test(text) ? Number(text) : null;
}

/**
 * Reads the arguments.
 *
 * @returns a sentence where they cannot be understood.
 */
export function parseOptions(argv: readonly string[]): AccuracyOptions | string {
  let parsed: ReturnType<typeof parse>;
  try {
    parsed = parse(argv);
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
  const { values, positionals } = parsed;
  const [directory, ...more] = positionals;
  if (directory === undefined || more.length > 0) return 'Name one folder of chains.';
  const damage = count(values.damage, 0);
  const seed = count(values.seed, 1);
  if (damage === null || seed === null) return '--damage and --seed take whole numbers.';
  return {
    directory,
    servers: values.server ?? [],
    damage,
    seed,
    json: values.json ?? null,
    only: values.only ?? null,
  };
}

function parse(argv: readonly string[]) {
  return parseArgs({
    args: [...argv],
    allowPositionals: true,
    options: {
      server: { type: 'string', multiple: true },
      damage: { type: 'string' },
      seed: { type: 'string' },
      json: { type: 'string' },
      only: { type: 'string' },
    },
  });
}
