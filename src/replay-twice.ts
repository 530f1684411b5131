import type { ScratchDatabase } from './database/dialect.ts';
import { requireOtherDefault, structureOf } from './default-schema.ts';
import type { ChosenColumns } from './manifest/chosen-collation.ts';
import type { VaryingColumns } from './manifest/varying.ts';
import { CLOCK_AHEAD, type RunAhead, withClockAhead } from './migrations/clock-ahead.ts';
import { replay } from './replay.ts';
import type { Snapshot } from './schema/snapshot.ts';
import { secondRun } from './second-run.ts';
import type { Workspace } from './workspace.ts';

/** Told of each revision once its expectation has been read. */
export type RecordProgress = (done: number, total: number, revision: string) => void;

/**
 * What a chain made, which of it another run makes differently, and of which the chain chose the character set, as far as that was told; each after
 * each revision, in order.
 */
export interface Replays {
  readonly states: readonly Snapshot[];
  readonly varying: readonly VaryingColumns[];
  readonly chosen: readonly ChosenColumns[];
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
 * being read; on the MySQL family in a database with another default collation, which tells more (see `chosenIn`). Never do two migrations
 * run at once, because some keep things in the process: a model that they bind to their connection, a counter.
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
  const beside = await scratch.beside?.(true);
  return withClockAhead(ahead, (run) => replayBoth(workspace, scratch, beside, progress, run));
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
  const states: Snapshot[] = [];
  const second = secondRun({ workspace, scratch, states, run }, beside);
  try {
    await replay(workspace, workspace.source, scratch, async (index, read) => {
      const reading = read();
      const behind = beside === undefined || index === 0 ? undefined : second.step(index - 1, reading);
      const [state] = await Promise.all([reading, behind]);
      if (first !== undefined) requireOtherDefault(workspace.dialect, structureOf(state), first);
      states.push(state);
      progress(index + 1, count, migrations[index]?.revision ?? '');
    });
    if (beside === undefined) await scratch.reset();
    for (let index = beside === undefined ? 0 : count - 1; index >= 0 && index < count; index += 1) {
      const next = states[index + 1];
      await second.step(index, next === undefined ? undefined : Promise.resolve(next));
    }
    await second.finish();
  } catch (error) {
    await second.abandon(error);
    throw error;
  } finally {
    await second.remove();
  }
  return {
    states,
    varying: spread(second.varying, count),
    chosen: states.map((_, index) => second.chosen.get(index) ?? new Set()),
  };
}
