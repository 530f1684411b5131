import { writeFile } from 'node:fs/promises';
import type { DialectName } from '../src/schema/snapshot.ts';
import { startServers } from '../test/support/servers.ts';
import { type ChainFolder, readChainFolders } from './chain-folder.ts';
import { damageByKind, figuresOf, isRight, totals } from './figures.ts';
import { type AccuracyOptions, parseOptions, USAGE } from './options.ts';
import { errorText } from './record.ts';
import { chainDetails, damageLines, figuresLine, headLine } from './report.ts';
import { type ChainResult, runChain, type ServerPair } from './run-chain.ts';
import { serverAt } from './scratch.ts';

/** What the runner has of the world. */
export interface AccuracyIo {
  readonly out: (line: string) => void;
  readonly err: (line: string) => void;
  /** Ends the run; databases are dropped. */
  readonly signal: AbortSignal;
  /** What the names of scratch databases begin with; default `accuracy_`. */
  readonly prefix?: string;
}

type Pairs = Partial<Record<DialectName, ServerPair>>;

/** The first URL of a family records, the second detects. @throws Error for a URL of no family, and for a third one */
function pairsOf(urls: readonly string[], prefix: string): Pairs {
  const pairs: Pairs = {};
  for (const server of urls.map((url) => serverAt(url, prefix))) {
    const before = pairs[server.dialect];
    if (before !== undefined && before.detect !== before.record) {
      throw new Error('One family has at most two servers: one to record on, one to detect on.');
    }
    pairs[server.dialect] = { record: before?.record ?? server, detect: server };
  }
  return pairs;
}

async function openServers(
  urls: readonly string[],
  prefix: string,
): Promise<{ pairs: Pairs; stop(): Promise<void> }> {
  if (urls.length > 0) return { pairs: pairsOf(urls, prefix), stop: async () => {} };
  const servers = await startServers();
  return { pairs: pairsOf([servers.urls.postgres, servers.urls.mysql], prefix), stop: () => servers.stop() };
}

/** One chain after another of each family, the families beside each other. In the order of the chains. */
function startAll(
  folders: readonly ChainFolder[],
  pairs: Pairs,
  { damage, seed }: AccuracyOptions,
  signal: AbortSignal,
): { folder: ChainFolder; result: Promise<ChainResult> }[] {
  const last = new Map<DialectName, Promise<unknown>>();
  return folders.flatMap((folder) => {
    const servers = pairs[folder.dialect];
    if (servers === undefined) return [];
    const before = last.get(folder.dialect) ?? Promise.resolve();
    const result = before.then(() => runChain(folder, servers, { times: damage, seed }, signal));
    last.set(folder.dialect, result);
    return [{ folder, result }];
  });
}

async function measure(options: AccuracyOptions, pairs: Pairs, io: AccuracyIo): Promise<ChainResult[]> {
  const folders = await readChainFolders(options.directory, options.only);
  const failure = new AbortController();
  const running = startAll(folders, pairs, options, AbortSignal.any([io.signal, failure.signal]));
  // Nobody may be left working on a database when the servers stop.
  const settled = Promise.allSettled(running.map(({ result }) => result));
  const width = Math.max(0, ...running.map(({ folder }) => folder.name.length), 'all postgres'.length);
  if (running.length > 0) io.out(headLine(width));
  const results: ChainResult[] = [];
  try {
    for (const { folder, result } of running) {
      const done = await result.catch((cause: unknown) => {
        throw new Error(`${folder.name}: ${errorText(cause)}`, { cause });
      });
      io.out(figuresLine(figuresOf(done), width));
      results.push(done);
    }
  } catch (error) {
    failure.abort();
    throw error;
  } finally {
    await settled;
  }
  for (const total of totals(results)) io.out(figuresLine(total, width));
  for (const line of results.flatMap(chainDetails)) io.out(line);
  const kinds = damageByKind(results);
  if (kinds.length > 0) for (const line of ['damage', ...damageLines(kinds)]) io.out(line);
  return results;
}

function asJson(options: AccuracyOptions, results: readonly ChainResult[]): string {
  const { damage, seed } = options;
  const document = {
    damage,
    seed,
    right: isRight(results.map(figuresOf)),
    totals: totals(results),
    chains: results.map(figuresOf),
    kinds: damageByKind(results),
    details: results.map(({ name, databases, notLoadable, misses }) => ({
      name,
      wrong: databases.filter(({ excluded, included }) => excluded.length + included.length > 0),
      alike: databases.filter(({ alike }) => alike.length > 0),
      notLoadable,
      misses,
    })),
  };
  return `${JSON.stringify(document, null, 2)}\n`;
}

/**
 * The accuracy runner; {@link USAGE} says what it does.
 *
 * @returns the exit status: 0 when nothing was wrong, 1 when something was, 2 when the run could not be made, 130 when it was stopped.
 */
export async function runAccuracy(argv: readonly string[], io: AccuracyIo): Promise<number> {
  const options = parseOptions(argv);
  if (typeof options === 'string') {
    io.err(`${options}\n\n${USAGE}`);
    return 2;
  }
  try {
    const { pairs, stop } = await openServers(options.servers, io.prefix ?? 'accuracy_');
    let results: ChainResult[];
    try {
      results = await measure(options, pairs, io);
    } finally {
      await stop();
    }
    if (options.json !== null) await writeFile(options.json, asJson(options, results));
    if (results.length > 0) return isRight(results.map(figuresOf)) ? 0 : 1;
    io.err(`There is no chain to measure in ${options.directory}.`);
    return 2;
  } catch (error) {
    if (io.signal.aborted) return 130;
    io.err(errorText(error));
    return 2;
  }
}
