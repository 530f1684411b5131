import { readdir } from 'node:fs/promises';
import { dialectNamed } from './dialects/dialect-of.ts';
import { type AdoptError, type ErrorCode, isAdoptError } from './errors.ts';
import { loadChain, manifestFolder } from './manifest/load.ts';
import { loadProbes } from './manifest/load-probes.ts';
import { parseProbe } from './manifest/probe.ts';
import { loadWorkspaceDecisions } from './reach-verdict.ts';
import { DIALECT_NAMES, type DialectName } from './schema/snapshot.ts';
import type { Workspace } from './workspace.ts';

/** One thing that is wrong with migrations or manifests. */
export interface Problem {
  readonly code: ErrorCode;
  readonly message: string;
  readonly hint: string | null;
}

/** What was looked at, and what is wrong. Plain data: `validate --json`. */
export interface Validation {
  readonly format: 1;
  readonly migrations: number;
  /** Families whose manifests were looked at. */
  readonly dialects: readonly DialectName[];
  /** The family on which the chain was replayed; null when it was not. */
  readonly replayed: DialectName | null;
  readonly problems: readonly Problem[];
}

/** A failure as a finding. */
export function problemOf(error: AdoptError): Problem {
  return { code: error.code, message: error.message, hint: error.hint ?? null };
}

async function problemsOf(work: () => Promise<unknown>): Promise<Problem[]> {
  try {
    await work();
    return [];
  } catch (error) {
    if (isAdoptError(error)) return [problemOf(error)];
    throw error;
  }
}

async function migrationProblems({ source }: Workspace): Promise<Problem[]> {
  const problems: Problem[] = [];
  for (const { recordedName, revision } of source.migrations) {
    const own = await problemsOf(async () => {
      const module = await source.load(recordedName);
      if (module.down !== undefined) return;
      problems.push({
        code: 'MIGRATIONS.INVALID',
        message: `Migration ${revision} has no "down".`,
        hint: 'Knex runs no migration without one: export an async function "down".',
      });
    });
    problems.push(...own);
  }
  return problems;
}

async function dialectsWithManifests({ manifests, dialect }: Workspace): Promise<readonly DialectName[]> {
  const found: DialectName[] = [];
  for (const name of DIALECT_NAMES) {
    const files = await readdir(manifestFolder(manifests, name)).catch(() => []);
    if (files.some((file) => file.endsWith('.json'))) found.push(name);
  }
  // None at all is a problem to be told of, in the words of the family that is configured.
  return found.length > 0 ? found : [dialect.name];
}

async function probeProblems(
  { manifests }: Workspace,
  dialect: DialectName,
  revisions: readonly string[],
): Promise<Problem[]> {
  const problems: Problem[] = [];
  const found = await problemsOf(async () => {
    for (const probe of await loadProbes(manifests, dialect, revisions)) {
      const own = await problemsOf(async () => parseProbe(probe, dialectNamed(dialect).syntaxes));
      problems.push(...own);
    }
  });
  return [...found, ...problems];
}

/** What is wrong with a file that several families share is found for each of them. */
function eachOnce(problems: readonly Problem[]): readonly Problem[] {
  const seen = new Set<string>();
  return problems.filter(({ code, message }) => {
    const key = `${code} ${message}`;
    if (seen.has(key)) return false;
    seen.add(key);
    return true;
  });
}

/**
 * Checks that each migration loads and has up and down, and that the manifests of every family there is, and what was decided beside them, are
 * whole and fit the migrations.
 * Only files are read.
 *
 * @param only a family whose manifests and probes alone are looked at.
 */
export async function validateFiles(
  workspace: Workspace,
  only?: DialectName | undefined,
): Promise<Validation> {
  const revisions = workspace.source.migrations.map((migration) => migration.revision);
  const dialects = only === undefined ? await dialectsWithManifests(workspace) : [only];
  const problems = await migrationProblems(workspace);
  problems.push(...(await problemsOf(() => loadWorkspaceDecisions(workspace))));
  for (const dialect of dialects) {
    problems.push(...(await problemsOf(() => loadChain(workspace.manifests, dialect, revisions))));
    problems.push(...(await probeProblems(workspace, dialect, revisions)));
  }
  return { format: 1, migrations: revisions.length, dialects, replayed: null, problems: eachOnce(problems) };
}
