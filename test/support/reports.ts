import type { Difference, MigrationEvidence, Report, Verdict } from '../../src/classify/verdict.ts';

/** What the schema says of a migration that is there in full and not recorded, unless told otherwise. */
export function evidence(revision: string, changes: Partial<MigrationEvidence> = {}): MigrationEvidence {
  return {
    revision,
    recordedName: `${revision}.ts`,
    evidence: 'applied',
    met: 7,
    expected: 7,
    recorded: false,
    adopted: false,
    ...changes,
  };
}

/** A missing, blocking nullable text column of the table `public.cats`, unless told otherwise. */
export function difference(changes: Partial<Difference> = {}): Difference {
  return {
    path: ['tables', 'public.cats', 'columns', 'coat'],
    outcome: 'missing',
    grade: 'blocking',
    expected: { name: 'coat', type: 'text', nullable: true },
    actual: null,
    rule: null,
    introducedBy: '002_coats',
    sql: null,
    accepted: null,
    ...changes,
  };
}

/** A legacy database at the first of two revisions, unless told otherwise. */
export function verdict(changes: Partial<Verdict> = {}): Verdict {
  return {
    format: 1,
    state: 'legacy',
    revision: '001_cats',
    variant: null,
    candidates: ['001_cats'],
    ambiguous: false,
    settledBy: null,
    undecided: null,
    probes: [],
    standing: null,
    drift: null,
    head: '002_coats',
    pending: ['002_coats'],
    nearest: [],
    differences: [],
    unusedAcceptances: [],
    migrations: [evidence('001_cats'), evidence('002_coats', { evidence: 'absent', met: 0 })],
    unmanaged: [],
    foreignHistories: [],
    history: { present: false, rows: 0, lock: 'absent', problem: null },
    rulesUsed: [],
    withoutRules: [],
    unmodelled: [],
    server: { vendor: 'postgres', version: '15.18' },
    settings: [],
    schemas: ['public'],
    fingerprint: 'sha256:0',
    ...changes,
  };
}

/** A {@link verdict} that took 12 ms. */
export function report(changes: Partial<Verdict> = {}): Report {
  return { ...verdict(changes), timing: { connectMs: 4, introspectMs: 7, classifyMs: 1, queries: 9 } };
}
