import { startServers } from '../../test/support/servers.ts';
import { readChainFolders } from '../chain-folder.ts';
import type { AccuracyIo } from '../main.ts';
import { randomFor } from '../random.ts';
import { errorText } from '../record.ts';
import { type Server, serverAt } from '../scratch.ts';
import { parseOptions, type RescueOptions, USAGE } from './options.ts';
import { type Rescue, rescueOne, type Strategy } from './rescue.ts';
import { dumpedSubject, referenceSubject, type Subject } from './subject.ts';

/** A chain that may be damaged, not read yet. */
interface Candidate {
  readonly name: string;
  readonly strategies: readonly Strategy[];
  open(signal: AbortSignal): Promise<Subject>;
}

async function candidates(
  { directory, only }: RescueOptions,
  servers: readonly Server[],
): Promise<Candidate[]> {
  const reference = servers.map((server): Candidate => {
    const { dialect } = server;
    return {
      name: `reference.${dialect}`,
      strategies: ['complete', 'rebuild'],
      open: () => referenceSubject(server, dialect),
    };
  });
  const folders = directory === null ? [] : await readChainFolders(directory, null);
  const dumped = folders.flatMap((folder): Candidate[] => {
    const server = servers.find(({ dialect }) => dialect === folder.dialect);
    if (server === undefined) return [];
    return [
      {
        name: folder.name,
        strategies: ['complete', 'rebuild'],
        open: (signal) => dumpedSubject(folder, server, signal),
      },
    ];
  });
  return [...reference, ...dumped].filter(({ name }) => only === null || name.includes(only));
}

function describe({
  subject,
  revision,
  to,
  strategy,
  trial,
  removed,
  rows,
  answer,
  messages,
  fault,
}: Rescue): string[] {
  return [
    `${subject} ${revision} ${strategy}${to === revision ? '' : ' and on to head'} #${trial}: ${answer}; ${rows} rows`,
    ...removed.map((sql) => `    ${sql}`),
    ...messages.slice(0, 4).map((text) => `    > ${text}`),
    ...(fault === null ? [] : [`    FAULT ${fault}`]),
  ];
}

/** Whether a rescue ended as it must: refused in words, or done; never with an error of its own. */
function isRight({ answer, fault }: Rescue): boolean {
  return fault === null && answer !== 'failed';
}

function summary(rescues: readonly Rescue[]): string[] {
  const counts = new Map<string, number>();
  for (const { strategy, answer } of rescues) {
    const key = `${strategy}: ${answer}`;
    counts.set(key, (counts.get(key) ?? 0) + 1);
  }
  const lines = [...counts]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, count]) => `${String(count).padStart(5)} ${key}`);
  const wrong = rescues.filter((one) => !isRight(one)).length;
  return [...lines, `${rescues.length} databases, ${rescues.length - wrong} as they must be, ${wrong} wrong`];
}

/** Each damaged database, chain by chain; the chains in turn. */
async function rescueAll(
  options: RescueOptions,
  servers: readonly Server[],
  io: AccuracyIo,
): Promise<Rescue[]> {
  const rescues: Rescue[] = [];
  const all = await candidates(options, servers);
  const turns = Array.from({ length: options.count }, (_, trial) => {
    const candidate = all[trial % all.length];
    const strategy = randomFor(options.seed, 'strategy', trial).pick(candidate?.strategies ?? []);
    return { trial, candidate, strategy };
  });
  for (const candidate of all) {
    const own = turns.filter((turn) => turn.candidate === candidate);
    if (own.length === 0) continue;
    const subject = await candidate.open(io.signal);
    try {
      for (const { trial, strategy = 'complete' } of own) {
        io.signal.throwIfAborted();
        const rescue = await rescueOne(subject, strategy, options.seed, trial);
        rescues.push(rescue);
        if (!isRight(rescue) || options.verbose) for (const line of describe(rescue)) io.out(line);
      }
    } finally {
      await subject.remove();
    }
  }
  return rescues;
}

/**
 * The runner; {@link USAGE} says what it does.
 *
 * @returns the exit status: 0 when everything came out as it must, 1 when something did not, 2 when the run could not be made, 130 when it was
 * stopped.
 */
export async function runRescues(argv: readonly string[], io: AccuracyIo): Promise<number> {
  const options = parseOptions(argv);
  if (typeof options === 'string') {
    io.err(`${options}\n\n${USAGE}`);
    return 2;
  }
  try {
    const prefix = io.prefix ?? 'rescue_';
    const started = options.servers.length > 0 ? null : await startServers();
    const urls = started === null ? options.servers : [started.urls.postgres, started.urls.mysql];
    try {
      const rescues = await rescueAll(
        options,
        urls.map((url) => serverAt(url, prefix)),
        io,
      );
      for (const line of summary(rescues)) io.out(line);
      if (rescues.length === 0) return 2;
      return rescues.every(isRight) ? 0 : 1;
    } finally {
      await started?.stop();
    }
  } catch (error) {
    if (io.signal.aborted) return 130;
    io.err(errorText(error));
    return 2;
  }
}
