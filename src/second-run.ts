import type { ScratchDatabase } from './database/dialect.ts';
import { AdoptError, isAdoptError } from './errors.ts';
import { type ChosenColumns, chosenIn, withCollationsOf } from './manifest/chosen-collation.ts';
import { losesConstant, type VaryingColumns, varyingBetween } from './manifest/varying.ts';
import { poolByTrueClock, type RunAhead } from './migrations/clock-ahead.ts';
import type { MigrationsSource } from './migrations/source.ts';
import { type Look, replay } from './replay.ts';
import type { Snapshot } from './schema/snapshot.ts';
import type { Workspace } from './workspace.ts';

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

/** What the first run did and the second did not: the reason is mostly in what is otherwise for it. */
function failedAgain(error: unknown): unknown {
  if (!isAdoptError(error) || error.code !== 'MIGRATIONS.FAILED') return error;
  return new AdoptError(error.code, error.message, {
    hint: `It is run twice, the second time by a clock that is more than a year ahead and in the same process, to find what varies; the first run did not fail. Mend what does not bear that.`,
    cause: error.cause,
    ...(error.details === undefined ? {} : { details: error.details }),
  });
}

/** The second run, which is held against what the first made. */
export interface SecondRun {
  /**
   * Runs the migration of a revision (by index) whose state is known, and looks at what it made where that may tell something.
   *
   * @param next what the first run makes after that; undefined at the end.
   */
  step(index: number, next: Promise<Snapshot> | undefined): Promise<void>;
  /** Ends it, once every migration has been run. */
  finish(): Promise<void>;
  /** Ends it before its time, where it stands. */
  abandon(reason: unknown): Promise<void>;
  /** Removes what it was run in, unless that was given; whatever happened before. */
  remove(): Promise<void>;
  /** What varies between the runs, by the revisions (by index) after which all was looked at. */
  readonly varying: ReadonlyMap<number, VaryingColumns>;
  /** Of what the chain chose the character set, by revision; of none where that cannot be told. */
  readonly chosen: ReadonlyMap<number, ChosenColumns>;
}

/** What a second run takes. */
interface Request {
  readonly workspace: Workspace;
  /** The database of the first run; used for the second where there is none beside, once it is empty again. */
  readonly scratch: ScratchDatabase;
  /** What the first run has made so far, revision by revision. */
  readonly states: readonly Snapshot[];
  readonly run: RunAhead;
}

function runIn({ workspace, scratch, states, run }: Request, beside: ScratchDatabase | undefined): SecondRun {
  const { migrations } = workspace.source;
  const place = beside ?? scratch;
  const leavePool = poolByTrueClock(place.knex);
  const replayed = steppedReplay(workspace, sourceAhead(workspace.source, run), place);
  const [varying, chosen] = [new Map<number, VaryingColumns>(), new Map<number, ChosenColumns>()];
  return {
    step: async (index, next) => {
      const read = await replayed.step().catch((error) => {
        throw failedAgain(error);
      });
      const state = states[index] as Snapshot;
      // Choosing a character set need not show in the first run: it is asked for after each migration.
      if (place.readNotDefault !== undefined)
        chosen.set(index, chosenIn(state, await place.readNotDefault()));
      if (next !== undefined && !losesConstant(state, await next)) return;
      const second =
        place.readNotDefault === undefined ? await read() : withCollationsOf(state, await read());
      varying.set(index, varyingBetween(migrations[index]?.revision ?? '', state, second));
    },
    finish: replayed.finish,
    abandon: replayed.abandon,
    remove: async () => {
      leavePool();
      await beside?.remove();
    },
    varying,
    chosen,
  };
}

/**
 * A second run: in a database with another default collation where there is one to be had; and where that does not go well, from the beginning in
 * one that is as that of the first. A chain may refer from columns of one default to those of another, compare the two, or change the default.
 *
 * @param beside the other database; undefined where there can be none.
 */
export function secondRun(request: Request, beside: ScratchDatabase | undefined): SecondRun {
  const { scratch, states } = request;
  let isUnlike = beside?.readNotDefault !== undefined;
  let current = runIn(request, beside);
  const begin = async (reason: unknown, index: number): Promise<void> => {
    isUnlike = false;
    await current.abandon(reason);
    await current.remove();
    current = runIn(request, await scratch.beside?.(false));
    for (let at = 0; at < index; at += 1) await current.step(at, Promise.resolve(states[at + 1] as Snapshot));
  };
  return {
    step: async (index, next) => {
      try {
        await current.step(index, next);
      } catch (error) {
        if (!isUnlike) throw error;
        await begin(error, index);
        await current.step(index, next);
      }
    },
    finish: () => current.finish(),
    abandon: (reason) => current.abandon(reason),
    remove: () => current.remove(),
    get varying() {
      return current.varying;
    },
    get chosen() {
      return current.chosen;
    },
  };
}
