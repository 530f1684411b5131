import type { Knex } from 'knex';
import { expect } from 'vitest';
import { isAdoptError } from '../../src/errors.ts';
import { adopt } from '../../src/library.ts';
import type { TestDatabase } from '../support/database.ts';
import { contentsOf, dropPlaces } from '../support/partial.ts';
import type { Children, Ended, Fault } from './child.ts';
import { note } from './figures.ts';
import { startProxy } from './proxy.ts';
import { expectConverged, expectNothingLost, expectNothingTwice, type Scene } from './scene.ts';

/** Why the next run did nothing: whatever its code, in words and with what to do. */
interface Refused {
  readonly code: string;
  readonly message: string;
  readonly hint: string;
}

/** Runs it again, as whoever ran it before would; null when it did all that was left. */
export async function again(scene: Scene, knex: Knex): Promise<Refused | null> {
  const { options } = scene.start;
  try {
    const { outcome, plan } = await adopt({ knex, migrations: scene.project.migrations, ...options });
    return outcome === 'refused' ? (plan?.refused[0] ?? null) : null;
  } catch (error) {
    if (!isAdoptError(error)) throw error;
    return { code: error.code, message: error.message, hint: error.hint ?? '' };
  }
}

/** Has a process meet with accidents, one after the other, on one database; and gives what the last of them came to. */
async function meet(
  scene: Scene,
  children: Children,
  database: TestDatabase,
  faults: readonly Fault[],
  paused?: () => Promise<void>,
): Promise<Ended> {
  const { command, options } = scene.start;
  const { migrations } = scene.project;
  let ended: Ended | undefined;
  for (const fault of faults) {
    const proxy = fault.kind.startsWith('cut') ? await startProxy(database.url) : undefined;
    const url = proxy?.url ?? database.url;
    // A process that lost its server may have ended before the server is there again.
    let happening: Promise<unknown> = Promise.resolve();
    ended = await children.run({ url, migrations, command, options, fault }, async (what) => {
      if (what === 'cut') proxy?.cut();
      if (what === 'deafen') proxy?.deafen();
      if (what === 'paused') {
        happening = paused?.() ?? happening;
        await happening;
      }
    });
    await happening;
    await proxy?.close();
  }
  return ended as Ended;
}

/** What else there is to say of an accident. */
export interface Told {
  /** What it is called in the table of figures. */
  readonly label?: string;
  /** What happens while a process is paused. */
  readonly paused?: () => Promise<void>;
}

/**
 * That after accidents no row is lost and nothing has run twice, and that the next run does what is left, or says why not and leaves everything
 * as it is.
 *
 * @returns the refusal; null when it converged.
 */
export async function expectSurvived(
  scene: Scene,
  children: Children,
  faults: readonly Fault[],
  { label = faults.map(({ kind }) => kind).join(', then '), paused }: Told = {},
): Promise<Refused | null> {
  const database = await scene.open();
  const knex = database.knex();
  const failed = faults.some(({ kind }) => kind === 'disk' || kind === 'permission');
  try {
    const ended = await meet(scene, children, database, faults, paused);
    // An error that is not ours may be shown as it is: a driver's, of a server that failed.
    for (const { message } of ended.refused) expect(message).not.toBe('');
    await expectNothingLost(scene, database, knex);
    await expectNothingTwice(scene, knex, failed);
    const before = scene.commits ? await contentsOf(knex) : null;
    const refused = await again(scene, knex);
    if (refused === null) await expectConverged(scene, database, knex, failed);
    else {
      // Where everything is one transaction nothing is ever left to refuse.
      expect(scene.commits, `${refused.code}: ${refused.message}`).toBe(true);
      expect(refused.message).not.toBe('');
      expect(refused.hint).not.toBe('');
      expect(await contentsOf(knex)).toEqual(before);
      await expectNothingLost(scene, database, knex);
    }
    note({
      server: scene.family,
      strategy: scene.strategy,
      accident: label,
      next: refused?.code ?? 'converged',
    });
    return refused;
  } catch (error) {
    note({ server: scene.family, strategy: scene.strategy, accident: label, next: 'BROKEN' });
    const where = faults.map(({ kind, at }) => `${kind} ${at}`).join(', ');
    throw new Error(`After ${where}: ${error instanceof Error ? error.message : String(error)}`, {
      cause: error,
    });
  } finally {
    await dropPlaces(database, knex);
    await database.dispose();
  }
}
