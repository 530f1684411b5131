import type { ScratchDatabase } from './database/dialect.ts';
import { losesConstant, type VaryingColumns, varyingBetween } from './manifest/varying.ts';
import { migrateEach } from './migrations/knex-migrator.ts';
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

/** Runs the chain; what is read is of the schemas given (the connection's default one first), without the history tables. */
async function replay(workspace: Workspace, scratch: ScratchDatabase, look: Look): Promise<void> {
  const { dialect, source, tableName } = workspace;
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

function steppedReplay(workspace: Workspace, scratch: ScratchDatabase): SteppedReplay {
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
        if (run === undefined) run = replay(workspace, scratch, look);
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

/**
 * Replays the chain on an empty scratch database, by Knex's own migrator, and reads what each migration made of it; and once more to find what
 * is different on every run.
 *
 * Where there can be a database beside, the second run is one migration behind the first, and runs it while the state that the first made is
 * being read. Never do two migrations run at once, because some keep things in the process: a model that they bind to their connection, a counter.
 *
 * @param progress told of each revision once what it made has been read.
 * @throws AdoptError `MIGRATIONS.FAILED` · `MIGRATIONS.LOAD` with the migration's name; `MIGRATIONS.VARYING` when the two runs differ in more
 * than a constant.
 */
export async function replayTwice(
  workspace: Workspace,
  scratch: ScratchDatabase,
  progress: RecordProgress,
): Promise<Replays> {
  const beside = await scratch.beside?.();
  try {
    return await replayBoth(workspace, scratch, beside, progress);
  } finally {
    await beside?.remove();
  }
}

async function replayBoth(
  workspace: Workspace,
  scratch: ScratchDatabase,
  beside: ScratchDatabase | undefined,
  progress: RecordProgress,
): Promise<Replays> {
  const { migrations } = workspace.source;
  const count = migrations.length;
  const revision = (index: number): string => migrations[index]?.revision ?? '';
  const states: Snapshot[] = [];
  const seen = new Map<number, VaryingColumns>();
  const second = steppedReplay(workspace, beside ?? scratch);
  /** @param next what the first run makes after that, undefined at the end */
  const stepSecond = async (index: number, next: Promise<Snapshot> | undefined): Promise<void> => {
    const read = await second.step();
    const state = states[index] as Snapshot;
    if (next !== undefined && !losesConstant(state, await next)) return;
    seen.set(index, varyingBetween(revision(index), state, await read()));
  };
  try {
    await replay(workspace, scratch, async (index, read) => {
      const reading = read();
      const behind = beside === undefined || index === 0 ? undefined : stepSecond(index - 1, reading);
      const [state] = await Promise.all([reading, behind]);
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
