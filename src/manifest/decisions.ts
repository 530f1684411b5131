import { z } from 'zod';
import { AdoptError } from '../errors.ts';
import { entriesOf } from './format.ts';

/** The file of decisions, in the manifests folder: one for all dialects. */
export const DECISIONS_FILE = 'decisions.json';

/** What to do about a migration that leaves no trace: run it again, because it is idempotent; or skip it, because it is known to have run. */
export type Policy = 'run' | 'skip';

/** A difference that was reviewed and is no obstacle. */
export interface AcceptedDifference {
  /** Its name, as `docs/formats.md` says; with the schema's real name, or without the default schema. */
  readonly difference: string;
  /** Where it is accepted; null for every revision. */
  readonly revision: string | null;
  readonly why: string;
}

/** What people decided about databases of this chain, out of a reviewed file beside the manifests. */
export interface Decisions {
  readonly policies: ReadonlyMap<string, Policy>;
  readonly accepted: readonly AcceptedDifference[];
  /** By tool, by version as that tool writes it: the revision that it stands for. */
  readonly foreignHistories: ReadonlyMap<string, ReadonlyMap<string, string>>;
}

/** Nothing was decided. */
export const NO_DECISIONS: Decisions = { policies: new Map(), accepted: [], foreignHistories: new Map() };

const text = z.string().min(1);

const decisionsFormat = z.strictObject({
  format: z.literal(1),
  policies: entriesOf(z.enum(['run', 'skip'])).default([]),
  accepted: z
    .array(z.strictObject({ difference: text, revision: text.nullable(), why: text.regex(/\S/) }))
    .default([]),
  foreignHistories: entriesOf(entriesOf(text)).default([]),
});

/** What a decision may refer to. */
export interface DecisionScope {
  readonly revisions: readonly string[];
  /** Other migrators whose histories are recognised. */
  readonly tools: readonly string[];
}

function invalid(file: string, place: string, what: string, cause?: unknown): AdoptError {
  return new AdoptError('DECISIONS.INVALID', `${file} is not a file of decisions: at ${place}, ${what}.`, {
    hint: 'Mend it there; docs/formats.md has its members.',
    cause,
  });
}

/** A place in the file, as one would write it in a program. */
function placeOf(path: readonly PropertyKey[], json: unknown): string {
  const steps = [...path];
  let place = '';
  let value: unknown = json;
  for (let step = steps.shift(); step !== undefined; step = steps.shift()) {
    if (typeof value !== 'object' || value === null) break;
    if (typeof step === 'number' && !Array.isArray(value)) {
      // A map is read as entries: the position of the entry is followed by 0 for its name or 1 for its value.
      const entry: [string, unknown] | undefined = Object.entries(value)[step];
      steps.shift();
      place += `[${JSON.stringify(entry?.[0] ?? '')}]`;
      value = entry?.[1];
    } else {
      place += typeof step === 'number' ? `[${step}]` : `${place === '' ? '' : '.'}${String(step)}`;
      value = Reflect.get(value, step);
    }
  }
  return place === '' ? 'its top level' : place;
}

/** @throws AdoptError `DECISIONS.INVALID` for a revision or a tool that there is not. */
function requireKnown(decisions: Decisions, { revisions, tools }: DecisionScope, file: string): void {
  const known = new Set(revisions);
  const require = (revision: string, place: string) => {
    if (!known.has(revision)) throw invalid(file, place, `there is no revision ${JSON.stringify(revision)}`);
  };
  const named = (name: string) => `[${JSON.stringify(name)}]`;
  for (const revision of decisions.policies.keys()) require(revision, `policies${named(revision)}`);
  for (const [position, { revision }] of decisions.accepted.entries()) {
    if (revision !== null) require(revision, `accepted[${position}].revision`);
  }
  for (const [tool, versions] of decisions.foreignHistories) {
    if (!tools.includes(tool)) {
      throw invalid(
        file,
        `foreignHistories${named(tool)}`,
        `no such tool is recognised; those are ${tools.join(', ')}`,
      );
    }
    for (const [version, revision] of versions) {
      require(revision, `foreignHistories${named(tool)}${named(version)}`);
    }
  }
}

/**
 * Reads the text of a file of decisions.
 *
 * @throws AdoptError `DECISIONS.INVALID`, naming the place in the file and what is wrong there.
 */
export function parseDecisions(content: string, file: string, scope: DecisionScope): Decisions {
  let json: unknown;
  try {
    json = JSON.parse(content);
  } catch (cause) {
    throw invalid(file, 'its top level', `it is no JSON (${(cause as Error).message})`, cause);
  }
  const result = decisionsFormat.safeParse(json);
  if (!result.success) {
    const issue = result.error.issues[0];
    throw invalid(
      file,
      placeOf(issue?.path ?? [], json),
      (issue?.message ?? 'unreadable').replace(/\.$/, ''),
      result.error,
    );
  }
  const { policies, accepted, foreignHistories } = result.data;
  const decisions: Decisions = {
    policies: new Map(policies),
    accepted,
    foreignHistories: new Map(foreignHistories.map(([tool, versions]) => [tool, new Map(versions)])),
  };
  requireKnown(decisions, scope, file);
  return decisions;
}
