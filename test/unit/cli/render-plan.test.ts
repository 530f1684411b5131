import { describe, expect, test } from 'vitest';
import type { AdoptReport } from '../../../src/adopt.ts';
import { renderAdoption } from '../../../src/cli/render/adoption.ts';
import { renderPlan } from '../../../src/cli/render/plan.ts';
import { createStyle } from '../../../src/cli/render/style.ts';
import type { Plan, Step } from '../../../src/plan/plan.ts';
import { difference, verdict } from '../../support/reports.ts';

const plain = createStyle(false);

const createHistory: Step = {
  kind: 'create-history',
  sql: 'create table h (id int);\ninsert into l values (0);',
};
const stamp = (...revisions: string[]): Step => ({
  kind: 'stamp',
  revisions,
  recordedNames: revisions.map((revision) => `${revision}.ts`),
  receipt: {
    strategy: 'stamp',
    revision: revisions.at(-1) ?? '',
    verdict: null,
    accepted: [],
    rules: [],
    made: [],
    ran: [],
  },
  sql: `insert into h values ('${revisions.join("'), ('")}');`,
});
const migrate = (...revisions: string[]): Step => ({
  kind: 'migrate',
  revisions,
  recordedNames: revisions.map((revision) => `${revision}.ts`),
  chain: [],
  sql: null,
});
const refusal = { code: 'REFUSED.SHARED', message: 'Others are here.', hint: 'Say --shared.' } as const;

function plan(changes: Partial<Plan> = {}): Plan {
  return {
    format: 1,
    strategy: 'stamp',
    target: '002_coats',
    fingerprint: 'sha256:0',
    historyDigest: 'sha256:1',
    evidence: null,
    steps: [createHistory, stamp('001_cats'), migrate('002_coats')],
    refused: [],
    notices: [],
    ...changes,
  };
}

describe('renderPlan', () => {
  test('each step with its SQL, and what to know before', () => {
    const notices = ['alembic has kept its history here: stop using it once Knex has taken over.'];
    expect(renderPlan(plan({ notices }), verdict(), plain)).toBe(
      `plan: record 1 migration that the schema proves, without running it; then run 1 more; the database
      ends at 002_coats
for:  legacy at 001_cats: every expectation of that revision is met

  1. make what is missing of Knex's two tables and its lock row
       create table h (id int);
       insert into l values (0);
  2. record as done, run nothing: 001_cats
       insert into h values ('001_cats');
  3. run by Knex's own migrator: 002_coats

  ! alembic has kept its history here: stop using it once Knex has taken over.
`,
    );
  });

  test('a refusal, with its code and what to do next', () => {
    const refused = plan({ strategy: 'refuse', target: null, steps: [], refused: [refusal, refusal] });
    const fresh = verdict({ state: 'fresh', revision: null, unmanaged: ['public.a'] });
    expect(renderPlan(refused, fresh, plain)).toBe(`plan: refused, so nothing will be done
for:  fresh: nothing of this chain is here, but 1 other object

  REFUSED.SHARED
    Others are here.
    next: Say --shared.
  REFUSED.SHARED
    Others are here.
    next: Say --shared.
`);
  });

  test.each<[string, Partial<Plan>]>([
    [
      'plan: run 2 migrations on a fresh database; the database ends at 002_coats',
      { strategy: 'install', steps: [createHistory, migrate('001_cats', '002_coats')] },
    ],
    [
      'plan: run 1 pending migration; the database ends at 002_coats',
      { strategy: 'upgrade', steps: [migrate('002_coats')] },
    ],
    ['plan: nothing has to be done; the database is at 002_coats', { strategy: 'none', steps: [] }],
    ['plan: nothing has to be done', { strategy: 'none', steps: [], target: null }],
    [
      'plan: record 2 migrations that the schema proves, without running them; nothing more to run; the',
      { steps: [stamp('001_cats', '002_coats')] },
    ],
  ])('says %s', (sentence, changes) => {
    expect(renderPlan(plan(changes), verdict(), plain).split('\n')[0]).toBe(sentence);
  });

  test('decorates with colours', () => {
    const coloured = renderPlan(plan(), verdict(), createStyle(true));
    expect(coloured.startsWith('\u001b[32m\u001b[1mplan:\u001b[22m\u001b[39m record')).toBe(true);
    expect(coloured).toContain('\u001b[2m       create table h (id int);\u001b[22m\n');
  });

  test('no name or statement reaches the terminal unescaped', () => {
    const hostile = 'x\u001b[2J\u0007';
    const text = renderPlan(
      plan({
        target: hostile,
        steps: [stamp(hostile), migrate(hostile)],
        notices: [hostile],
        refused: [{ code: 'REFUSED.SHARED', message: hostile, hint: hostile }],
      }),
      verdict({ revision: hostile }),
      plain,
    );
    expect(text.split('\n').filter((line) => /\p{Cc}/u.test(line))).toEqual([]);
  });
});

describe('renderAdoption', () => {
  const managed = { state: 'managed', standing: 'upToDate', drift: false, revision: '002_coats' } as const;
  const adopted: AdoptReport = {
    format: 1,
    outcome: 'adopted',
    before: verdict(),
    plan: plan(),
    after: verdict(managed),
    stamped: ['001_cats'],
    ran: ['002_coats.ts'],
    seeded: [],
    receipt: null,
  };

  test('what was recorded, what was run, and where the database stands now', () => {
    expect(renderAdoption(adopted, plain)).toBe(`adopted: 1 migration recorded without being run, 1 run

  ✓  001_cats      recorded, not run
  ✓  002_coats.ts  run

managed at 002_coats: up to date
`);
  });

  test('what it left behind that was not expected', () => {
    const drifted = verdict({ ...managed, drift: true, differences: [difference()] });
    expect(renderAdoption({ ...adopted, stamped: [], after: drifted }, plain)).toBe(
      `adopted: 0 migrations recorded without being run, 1 run

  ✓  002_coats.ts  run

managed at 002_coats: up to date, but with drift: the schema differs from it in 1 place

next: knex-adopt detect-state
`,
    );
  });

  test('a refusal', () => {
    const refused = plan({ strategy: 'refuse', steps: [], refused: [refusal] });
    expect(
      renderAdoption(
        { ...adopted, outcome: 'refused', plan: refused, after: null, stamped: [], ran: [] },
        plain,
      ),
    ).toBe(`refused: nothing was written

  REFUSED.SHARED
    Others are here.
    next: Say --shared.
`);
  });

  test.each<[string, Partial<AdoptReport>]>([
    ['up to date: nothing had to be done\n', { outcome: 'up-to-date' }],
    ['planned: the plan was made, and nothing was written\n', { outcome: 'planned' }],
    ['declined: nothing was written\n', { outcome: 'declined' }],
    [
      'installed: 2 migrations run on a fresh database\n\n  ✓  a  run\n  ✓  b  run\n',
      { outcome: 'installed', ran: ['a', 'b'] },
    ],
    ['upgraded: 1 pending migration run\n\n  ✓  a\\n  run\n', { outcome: 'upgraded', ran: ['a\n'] }],
  ])('says %j', (text, changes) => {
    const nothing = { plan: null, after: null, stamped: [], ran: [] };
    expect(renderAdoption({ ...adopted, ...nothing, ...changes }, plain)).toBe(text);
  });

  test('decorates with colours', () => {
    const coloured = renderAdoption(adopted, createStyle(true));
    expect(coloured.startsWith('\u001b[32m\u001b[1madopted:\u001b[22m\u001b[39m 1 migration')).toBe(true);
  });
});
