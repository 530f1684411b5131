import type { ScratchDatabase } from './database/dialect.ts';
import { requireOtherDefault, structureOf } from './default-schema.ts';
import { AdoptError, isAdoptError } from './errors.ts';
import { losesConstant, type VaryingColumns, varyingBetween } from './manifest/varying.ts';
import { CLOCK_AHEAD, poolByTrueClock, type RunAhead, withClockAhead } from './migrations/clock-ahead.ts';
import { migrateEach } from './migrations/knex-migrator.ts';
import type { MigrationsSource } from './migrations/source.ts';
import type { Snapshot } from './schema/snapshot.ts';
import type { Workspace } from './workspace.ts';

/** Told of each revision once its expectation has been read. */
export type RecordProgress = (done: number, total: number, revision: string) => void;

/** What a chain made, and which of it another run makes differently; both after each revision, in order. */
export interface Replays {
  readonly states: readonly Snapshot[];
  readonly varying: readonly VaryingColumns[];
}

/** Called after each migration, with a way to read what is there now; the next one is run when it is done. */
type Look = (index: number, read: () => Promise<Snapshot>) => Promise<void>;

/**
 * The same migrations by another clock. Their modules are evaluated once more, for what they make up at the top: `const today = new Date()`. One
 * that cannot be evaluated twice in a process is run as it is, and so is one of the host's own source.
 */
function sourceAhead(source: MigrationsSource, run: RunAhead): MigrationsSource {
  return {
    ...source,
    load: async (name) => {
      const module = await source.load(name);
      const down = module.down?.bind(module);
      return {
        ...(down === undefined ? {} : { down }),
        ...(module.config === undefined ? {} : { config: module.config }),
        up: (knex) =>
          run(async () => {
            const again = (await source.loadAgain?.(name).catch(() => undefined)) ?? module;
            await again.up(knex);
          }),
      };
    },
  };
}

/** Runs the chain; what is read is of the schemas given (the connection's default one first), without the history tables. */
async function replay(
  workspace: Workspace,
  source: MigrationsSource,
  scratch: ScratchDatabase,
  look: Look,
): Promise<void> {
  const { dialect, tableName } = workspace;
  const counter = { queries: 0 };
  const facts = await dialect.read(scratch.knex, counter, (session) => dialect.readServer(session));
  const schema = facts.defaultSchema;
  const follower = dialect.follow(facts, {
    schemas: [schema, ...workspace.schemas.slice(1)],
    exclude: [tableName, `${tableName}_lock`].map((name) => ({ schema, name })),
  });
  const historyTable = { schema, name: tableName };
  await dialect.observe(scratch.knex, counter, facts, (observe) =>
    migrateEach(scratch.knex, { source, historyTable }, async (done, knex) => {
      if (done > 0) await look(done - 1, () => observe(knex, (session) => follower.read(session)));
    }),
  );
}

/** A replay that stands still after each migration. */
interface SteppedReplay {
  /** Runs the next migration. @returns a way to read what is there then */
  step(): Promise<() => Promise<Snapshot>>;
  /** Ends it, once every migration has been run. */
  finish(): Promise<void>;
  /** Ends it before its time, where it stands. */
  abandon(reason: unknown): Promise<void>;
}

function steppedReplay(
  workspace: Workspace,
  source: MigrationsSource,
  scratch: ScratchDatabase,
): SteppedReplay {
  let run: Promise<void> | undefined;
  let abandoned: { readonly reason: unknown } | undefined;
  let arrive: (read: () => Promise<Snapshot>) => void = () => {};
  let goOn = () => {};
  const look: Look = async (_index, read) => {
    arrive(read);
    if (abandoned === undefined) {
      await new Promise<void>((resolve) => {
        goOn = resolve;
      });
    }
    if (abandoned !== undefined) throw abandoned.reason;
  };
  return {
    step: () =>
      new Promise((resolve, reject) => {
        arrive = resolve;
        if (run === undefined) run = replay(workspace, source, scratch, look);
        else goOn();
        run.catch(reject);
      }),
    finish: async () => {
      goOn();
      await run;
    },
    abandon: async (reason) => {
      abandoned = { reason };
      goOn();
      await run?.catch(() => undefined);
    },
  };
}

/** From after which revisions the second run was looked at to all of them: what a look shows holds since the default was made. */
function spread(seen: ReadonlyMap<number, VaryingColumns>, count: number): readonly VaryingColumns[] {
  let varying: VaryingColumns = new Set();
  const backwards = Array.from({ length: count }, (_, at) => {
    varying = seen.get(count - 1 - at) ?? varying;
    return varying;
  });
  return backwards.toReversed();
}

/** What the first run did and the second did not: the reason is mostly in what is otherwise for it. */
function failedAgain(error: unknown): unknown {
  if (!isAdoptError(error) || error.code !== 'MIGRATIONS.FAILED') return error;
  return new AdoptError(error.code, error.message, {
    hint: `It is run twice, the second time by a clock that is more than a year ahead and in the same process, to find what varies; the first run did not fail. Mend what does not bear that.`,
    cause: error.cause,
    ...(error.details === undefined ? {} : { details: error.details }),
  });
}

/**
 * Replays the chain on an empty scratch database, by Knex's own migrator, and reads what each migration made of it; and once more to find what
 * is different on every run.
 *
 * Where there can be a database beside, the second run is one migration behind the first, and runs it while the state that the first made is
 * being read. Never do two migrations run at once, because some keep things in the process: a model that they bind to their connection, a counter.
 *
 * The migrations of the second run, and they alone, see another clock, by which every part of the date and of the time is another; so what they
 * make of the day is found too. Not found is what a module that a migration imports has made up when it was loaded, because that is loaded once,
 * and what a migration gets from the server's clock.
 *
 * @param progress told of each revision once what it made has been read.
 * @param ahead by how many milliseconds the second run's clock is ahead.
 * @throws AdoptError `MIGRATIONS.FAILED` · `MIGRATIONS.LOAD` with the migration's name; `MIGRATIONS.VARYING` when the two runs differ in more
 * than a constant; `DETECT.DEFAULT_SCHEMA` when the chain makes, or names, the schema that is named first.
 */
export async function replayTwice(
  workspace: Workspace,
  scratch: ScratchDatabase,
  progress: RecordProgress,
  ahead: number = CLOCK_AHEAD,
): Promise<Replays> {
  const beside = await scratch.beside?.();
  const leavePool = poolByTrueClock((beside ?? scratch).knex);
  try {
    return await withClockAhead(ahead, (run) => replayBoth(workspace, scratch, beside, progress, run));
  } finally {
    leavePool();
    await beside?.remove();
  }
}

async function replayBoth(
  workspace: Workspace,
  scratch: ScratchDatabase,
  beside: ScratchDatabase | undefined,
  progress: RecordProgress,
  run: RunAhead,
): Promise<Replays> {
  const { migrations } = workspace.source;
  const [first] = workspace.schemas;
  const count = migrations.length;
  const revision = (index: number): string => migrations[index]?.revision ?? '';
  const states: Snapshot[] = [];
  const seen = new Map<number, VaryingColumns>();
  const second = steppedReplay(workspace, sourceAhead(workspace.source, run), beside ?? scratch);
  /** @param next what the first run makes after that, undefined at the end */
  const stepSecond = async (index: number, next: Promise<Snapshot> | undefined): Promise<void> => {
    const read = await second.step().catch((error) => {
      throw failedAgain(error);
    });
    const state = states[index] as Snapshot;
    if (next !== undefined && !losesConstant(state, await next)) return;
    seen.set(index, varyingBetween(revision(index), state, await read()));
  };
  try {
    await replay(workspace, workspace.source, scratch, async (index, read) => {
      const reading = read();
      const behind = beside === undefined || index === 0 ? undefined : stepSecond(index - 1, reading);
      const [state] = await Promise.all([reading, behind]);
      if (first !== undefined) requireOtherDefault(workspace.dialect, structureOf(state), first);
      states.push(state);
      progress(index + 1, count, revision(index));
    });
    if (beside === undefined) await scratch.reset();
    for (let index = beside === undefined ? 0 : count - 1; index >= 0 && index < count; index += 1) {
      const next = states[index + 1];
      await stepSecond(index, next === undefined ? undefined : Promise.resolve(next));
    }
    await second.finish();
  } catch (error) {
    await second.abandon(error);
    throw error;
  }
  return { states, varying: spread(seen, count) };
}
