import { downgrade } from '../../../src/downgrade.ts';
import { dropSetAside } from '../../../src/drop-set-aside.ts';
import { stampRevision } from '../../../src/stamp.ts';
import { unadopt } from '../../../src/unadopt.ts';
import { upgrade } from '../../../src/upgrade.ts';
import type { Workspace } from '../../../src/workspace.ts';
import {
  BIRDS,
  BY_NAME,
  CATS,
  DOGS,
  NAMES,
  type RefusalCode,
  ROWS,
  type Scene,
  type Situations,
} from '../../support/refusals.ts';

const yes = async () => {};
const up = (word: string) => (workspace: Workspace) => upgrade(workspace, word, { knex: workspace.knex });
const down = (word: string) => (workspace: Workspace) =>
  downgrade(workspace, word, { belowAdoption: false, confirm: yes });
const stamped =
  (revision: string, unverified = false) =>
  (workspace: Workspace) =>
    stampRevision(workspace, revision, { accept: [], unverified });
const takenBack = (workspace: Workspace) => unadopt(workspace, { confirm: yes });

/** At `004_birds`, without a history. */
export const AT_004 = [CATS, BY_NAME, ROWS, DOGS, BIRDS] as const;

/** An adopted database, at `004_birds` by a stamp and at `005_unindexed` by Knex. */
async function adopted({ run, adopting }: Scene): Promise<void> {
  await run(...AT_004);
  await adopting()();
}

/** What a command is asked for that cannot be. */
export const COMMANDS = {
  'REFUSED.UNMET': [
    {
      when: 'a revision is stamped that is not met',
      make: async ({ run, asking }) => {
        await run(...AT_004);
        return asking(stamped('005_unindexed'));
      },
    },
  ],
  'REFUSED.NOT_ADOPTED': [
    {
      when: 'a legacy database is upgraded',
      make: async ({ run, asking }) => {
        await run(...AT_004);
        return asking(up('head'));
      },
    },
    {
      when: 'a partial database is upgraded',
      make: async ({ run, asking }) => {
        await run(CATS, ROWS);
        return asking(up('head'));
      },
    },
  ],
  'REFUSED.BELOW_ADOPTION': [
    {
      when: 'a downgrade would undo what was there before',
      make: async (scene) => {
        await adopted(scene);
        return scene.asking(down('003_rename'));
      },
    },
  ],
  'REFUSED.TARGET': [
    {
      when: 'a legacy database is past what is asked for',
      make: async ({ run, adopting }) => {
        await run(...AT_004);
        return adopting({ to: '001_cats' });
      },
    },
    ...(
      [
        ['an upgrade would go back', up('001_cats')],
        ['an upgrade would go on beyond the last', up('+9')],
        ['a downgrade would go on', down('004_birds')],
        ['a downgrade would go back beyond the first', down('-9')],
      ] as const
    ).map(([when, work]) => ({
      when,
      make: async ({ run, managed, asking }: Scene) => {
        await managed(2, () => run(ROWS));
        return asking(work);
      },
    })),
  ],
  'REFUSED.NO_RECEIPT': [
    {
      when: 'nothing was adopted that could be taken back',
      make: async ({ run, managed, asking }) => {
        await managed(2, () => run(ROWS));
        return asking(takenBack);
      },
    },
    {
      when: 'nothing was set aside under the name that is to be dropped',
      make: async (scene) => {
        await adopted(scene);
        const place = scene.family === 'mysql' ? scene.database.name : 'public';
        return scene.asking((workspace) => dropSetAside(workspace, place, { confirm: yes }));
      },
    },
  ],
  'REFUSED.RAN_SINCE': [
    {
      when: 'Knex has run a migration since the adoption',
      make: async (scene) => {
        await adopted(scene);
        return scene.asking(takenBack);
      },
    },
    {
      when: 'a row that the adoption wrote is gone',
      make: async ({ knex, run, adopting, asking }) => {
        await run(...AT_004);
        await adopting({ to: '004_birds' })();
        await knex('knex_migrations').where({ name: NAMES[3] }).delete();
        return asking(takenBack);
      },
    },
  ],
} satisfies Partial<Situations<RefusalCode>>;
