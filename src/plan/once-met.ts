import { classify, type Evidence } from '../classify/classify.ts';
import type { Verdict } from '../classify/verdict.ts';
import { expectedAt, knowsObject, knowsTable } from '../manifest/chain.ts';
import { objectIdentity } from '../schema/elements.ts';
import { parseObjectKey } from '../schema/object-key.ts';
import type { ObjectKey, Snapshot } from '../schema/snapshot.ts';
import { type Baseline, legacyBaseline } from './legacy-baseline.ts';
import type { PlanOptions, Refusal } from './plan.ts';

/** What the database will be once it meets a revision: what the chain expects there, and whatever no revision knows. */
function onceMet({ chain, snapshot }: Evidence, index: number): Snapshot {
  const { tables, objects } = expectedAt(chain, index);
  const placed = <T extends { readonly key: ObjectKey }>(one: T): T => {
    const { schema, name } = parseObjectKey(one.key);
    return { ...one, schema: schema ?? snapshot.schemas[0] ?? '', name };
  };
  return {
    ...snapshot,
    tables: [...tables.map(placed), ...snapshot.tables.filter(({ key }) => !knowsTable(chain, key))],
    objects: [
      ...objects.map(placed),
      ...snapshot.objects.filter((object) => !knowsObject(chain, objectIdentity(object))),
    ],
  };
}

/** The verdict on a database once it has been made to meet a revision (by index). */
export function verdictOnceMet(evidence: Evidence, index: number): Verdict {
  return classify({ ...evidence, snapshot: onceMet(evidence, index) });
}

/**
 * Up to which revision a database may be recorded once it has been made to meet one (by index): where that schema is the schema of several
 * revisions, the same word or policy is asked for as of any other legacy database.
 */
export function baselineOnceMet(
  evidence: Evidence,
  index: number,
  options: Pick<PlanOptions, 'at' | 'traceless'>,
): Baseline | Refusal {
  return legacyBaseline(verdictOnceMet(evidence, index), options);
}
