import { parseArgs } from 'node:util';

/** What the command line says. */
export interface RescueOptions {
  /** A folder of chains beside the reference chain; null for none. */
  readonly directory: string | null;
  readonly servers: readonly string[];
  readonly seed: number;
  readonly count: number;
  readonly only: string | null;
  /** Whether each is told of, and not only what came out wrong. */
  readonly verbose: boolean;
}

export const USAGE = `Usage: npm run damage -- [DIR] [options]

Damages databases at random and has them rescued: each is a database of the reference chain, or of a chain of dumps in DIR (see "npm run
accuracy"), with some rows, from which up to four columns, tables, indexes, constraints, views or triggers are removed. Then it is completed or
rebuilt, and half of them brought on to head. What comes out must be the revision it was, or head, with every row that was left (at head, in the
columns that no migration touched on the way), or a refusal or failure and every byte as before. A chain of
dumps has no migrations: what its manifests say that they changed is run in their place, and where they do not say enough the answer is "no
migration"; that one of these fails says nothing.

  --server URL   as of "npm run accuracy"
  --seed S       (default 1) the same seed damages in the same way
  --count N      how many databases (default 200)
  --only NAME    only the chains with NAME in their name
  --verbose      tells of each, not only of what came out wrong

Ends with 0 only when all came out so.`;

/** Reads the arguments; a sentence where they cannot be understood. */
export function parseOptions(argv: readonly string[]): RescueOptions | string {
  try {
    const { values, positionals } = parseArgs({
      args: [...argv],
      allowPositionals: true,
      options: {
        server: { type: 'string', multiple: true },
        seed: { type: 'string', default: '1' },
        count: { type: 'string', default: '200' },
        only: { type: 'string' },
        verbose: { type: 'boolean', default: false },
      },
    });
    const [seed, count] = [values.seed, values.count];
    if (![seed, count].every((text) => /^\d{1,9}$/.test(text)))
      return '--seed and --count take whole numbers.';
    if (positionals.length > 1) return 'Name one folder of chains, or none.';
    return {
      directory: positionals[0] ?? null,
      servers: values.server ?? [],
      seed: Number(seed),
      count: Number(count),
      only: values.only ?? null,
      verbose: values.verbose,
    };
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}
