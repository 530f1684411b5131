import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { carryVariant } from '../../src/classify/carry-variant.ts';
import { classify } from '../../src/classify/classify.ts';
import {
  type Chain,
  expectedAt,
  objectAt,
  tableAt,
  type Variant,
  valueAt,
} from '../../src/manifest/chain.ts';
import { ELEMENT_KINDS, type ElementKind, elementsOfKind } from '../../src/schema/elements.ts';
import { schemaFingerprint } from '../../src/schema/fingerprint.ts';
import type { Snapshot, Table } from '../../src/schema/snapshot.ts';
import { anySnapshot, anyStates, anyTable } from '../support/arbitraries.ts';
import { snapshot } from '../support/builders.ts';
import { chainWith, migrationsOf } from '../support/chains.ts';
import { historyOf } from '../support/histories.ts';

interface Case {
  readonly chain: Chain;
  readonly variant: Variant;
  readonly index: number;
}

/** A database with one table or none, always of one name, so that most of what is carried on is merged, dropped or made anew. */
const anyCats = fc
  .option(anyTable('cats'), { freq: 4 })
  .map((table) => snapshot(table === null ? [] : [table]));
const anyCatsStates = fc.array(anyCats, { minLength: 1, maxLength: 4 });

/** A chain with a variant of one of its revisions, and a revision that is not before that. */
const anyCase: fc.Arbitrary<Case> = fc
  .oneof(fc.tuple(anyStates, anySnapshot), fc.tuple(anyCatsStates, anyCats))
  .chain(([states, state]) => {
    const last = states.length - 1;
    return fc
      .tuple(fc.integer({ min: 0, max: last }), fc.integer({ min: 0, max: last }))
      .map(([one, other]): Case | null => {
        const [of, index] = [Math.min(one, other), Math.max(one, other)];
        const chain = chainWith(states, [{ of: of + 1, name: 'other', state }]);
        const variant = chain.variants[0];
        return variant === undefined ? null : { chain, variant, index };
      });
  })
  .filter((made): made is Case => made !== null);

const values = (table: Table | null, kind: ElementKind) =>
  new Map((table === null ? [] : elementsOfKind(table, kind)).map((one) => [one.identity, one.value]));

/** Whether no two elements of a kind are of one structure: of twins an identity says nothing. */
const plain = (table: Table | null, kind: ElementKind) =>
  table === null || values(table, kind).size === elementsOfKind(table, kind).length;

describe('a variant that is carried on', () => {
  test('to its own revision is the variant', () => {
    fc.assert(
      fc.property(anyCase, ({ chain, variant }) => {
        expect(
          schemaFingerprint(expectedAt(chain, variant.of, carryVariant(chain, variant, variant.of))),
        ).toBe(variant.fingerprint);
      }),
    );
  });

  test('has what the chain did not touch since as the variant has it, and what the chain dropped or made anew as the chain', () => {
    fc.assert(
      fc.property(anyCase, ({ chain, variant, index }) => {
        const carried = carryVariant(chain, variant, index);
        for (const [key, timeline] of chain.tables) {
          const [then, now] = [valueAt(timeline, variant.of), valueAt(timeline, index)];
          const own = tableAt(chain, key, variant.of, variant);
          const has = tableAt(chain, key, index, carried);
          if (then === now) expect(has).toEqual(own);
          else if (then === null || now === null || !variant.tables.has(key)) expect(has).toEqual(now);
          else expect(has === null).toBe(own === null);
        }
        for (const [identity, timeline] of chain.objects) {
          const [then, now] = [valueAt(timeline, variant.of), valueAt(timeline, index)];
          const expected = then === now ? objectAt(chain, identity, variant.of, variant) : now;
          expect(objectAt(chain, identity, index, carried)).toEqual(expected);
        }
      }),
    );
  });

  test('has, of a table that both have, each element as the chain made it since, else as the variant has it', () => {
    fc.assert(
      fc.property(anyCase, ({ chain, variant, index }) => {
        const carried = carryVariant(chain, variant, index);
        for (const [key, own] of variant.tables) {
          const timeline = chain.tables.get(key);
          const [base, target] = [valueAt(timeline, variant.of), valueAt(timeline, index)];
          if (base === null || own === null || target === null) continue;
          const made = carried.tables.get(key) ?? null;
          for (const kind of ELEMENT_KINDS) {
            if (![base, own, target].every((table) => plain(table, kind))) continue;
            const [was, is, becomes, has] = [base, own, target, made].map((table) => values(table, kind));
            for (const id of new Set([was, is, becomes].flatMap((one) => [...(one?.keys() ?? [])]))) {
              const untouched = was?.get(id) === becomes?.get(id);
              expect(has?.get(id)).toBe(untouched ? is?.get(id) : becomes?.get(id));
            }
          }
        }
      }),
    );
  });

  test('is met without drift by a managed database that is so', () => {
    fc.assert(
      fc.property(anyCase, ({ chain, variant, index }) => {
        const state: Snapshot = snapshot([], {
          ...expectedAt(chain, index, carryVariant(chain, variant, index)),
        });
        const migrations = migrationsOf(chain);
        const history = historyOf(...migrations.slice(0, index + 1).map((one) => one.recordedName));
        const verdict = classify({ chain, snapshot: state, migrations, history, foreignHistories: [] });
        expect(verdict).toMatchObject({ state: 'managed', drift: false });
      }),
    );
  });
});
