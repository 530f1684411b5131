import { describe, expect, test } from 'vitest';
import { renderReport } from '../../../src/cli/render/report.ts';
import { createStyle } from '../../../src/cli/render/style.ts';
import { difference, report } from '../../support/reports.ts';

const render = (changes: Parameters<typeof report>[0]) =>
  renderReport(report(changes), createStyle(false)).replaceAll(/\s+/g, ' ');

describe('a report on a database that the schema alone does not place', () => {
  test('says which evidence chose', () => {
    const text = render({
      candidates: ['001_cats', '002_coats'],
      settledBy: { kind: 'probe', revisions: ['002_coats'] },
      probes: [{ revision: '002_coats', file: 'probes/002_coats.sql', happened: false, problem: null }],
    });
    expect(text).toContain(
      'legacy at 001_cats: every expectation of that revision is met, and of the 2 revisions met a probe tells this one',
    );
    expect(text).toContain('probes/002_coats.sql says that 002_coats has not happened');
  });

  test('says why what there is did not settle it', () => {
    const text = render({
      revision: null,
      ambiguous: true,
      candidates: ['001_cats', '002_coats'],
      undecided: {
        between: ['001_cats', '002_coats'],
        conflict: true,
        policies: [],
        reasons: ['Probes contradict each other: \u001b[31m.'],
      },
    });
    expect(text).toContain('ambiguous:');
    expect(text).toContain('Probes contradict each other:');
    expect(text).not.toContain('\u001b');
  });
});

describe('a report on a database with accepted differences', () => {
  test('shows each with the reason, and asks for nothing more', () => {
    const text = render({
      differences: [
        difference({ accepted: 'nothing reads it' }),
        difference({
          path: ['tables', 'public.cats', 'indexes', 'one'],
          outcome: 'unexpected',
          grade: 'risky',
          accepted: 'theirs',
        }),
      ],
      unusedAcceptances: ['cats.indexes.gone'],
    });
    expect(text).toContain('every expectation of that revision is met, but for 1 accepted difference');
    expect(text).toContain('accepted (2)');
    expect(text).toContain('because nothing reads it');
    expect(text).toContain('accepted, and not there: cats.indexes.gone');
    expect(text).not.toContain('--accept');
  });
});
