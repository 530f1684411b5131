import { classify, type Evidence } from '../../src/classify/classify.ts';
import type { Verdict } from '../../src/classify/verdict.ts';
import type { History } from '../../src/history/history.ts';
import { buildChain, type Chain } from '../../src/manifest/chain.ts';
import { makeManifest, type RecordedState, recordState } from '../../src/manifest/make-manifest.ts';
import type { Migration } from '../../src/migrations/migration.ts';
import type { Snapshot } from '../../src/schema/snapshot.ts';
import { noHistory } from './histories.ts';

/** Another schema for a revision of a chain: of the n-th state, from 1. */
export interface VariantState {
  readonly of: number;
  readonly name: string;
  readonly state: Snapshot;
}

/** A chain of the databases that its migrations leave, with variants: revision `n1`, `n2`, … by position. */
export function chainWith(states: readonly Snapshot[], variants: readonly VariantState[]): Chain {
  let before: RecordedState | null = null;
  const manifests = states.map((state, position) => {
    const revision = `n${position + 1}`;
    const manifest = makeManifest(before, revision, state);
    before = recordState(revision, state);
    return manifest;
  });
  const accepted = variants.map(({ of, name, state }) =>
    makeManifest(recordState(`n${of}`, states[of - 1] as Snapshot), `n${of}`, state, name),
  );
  return buildChain(states[0]?.dialect ?? 'postgres', manifests, undefined, accepted);
}

/** A chain of the databases that its migrations leave: revision `n1`, `n2`, … by position. */
export function chainOf(...states: readonly Snapshot[]): Chain {
  return chainWith(states, []);
}

/** The migrations of a chain, as TypeScript files. */
export function migrationsOf(chain: Chain): Migration[] {
  return chain.revisions.map(({ name }) => ({ revision: name, recordedName: `${name}.ts` }));
}

/** The verdict on a database without history, unless one is given. */
export function verdictOn(
  chain: Chain,
  snapshot: Snapshot,
  history: History = noHistory,
  beside: Partial<Pick<Evidence, 'decisions' | 'probes' | 'foreignHistories'>> = {},
): Verdict {
  return classify({
    chain,
    snapshot,
    history,
    migrations: migrationsOf(chain),
    foreignHistories: [],
    ...beside,
  });
}
