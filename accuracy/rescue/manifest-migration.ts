import type { Knex } from 'knex';
import { changesFor } from '../../src/compare/changes.ts';
import { compareTables } from '../../src/compare/compare-table.ts';
import { mendingOrder } from '../../src/compare/mending-order.ts';
import type { Change, Ddl } from '../../src/database/ddl.ts';
import { type Chain, valuesAround } from '../../src/manifest/chain.ts';
import type { MigrationModule } from '../../src/migrations/load-module.ts';

/** That a chain of dumps has no migration to run here, and none can be made of what the manifests say. */
export class NoMigration extends Error {}

/** What a migration changed, in an order that suits most: what goes before what comes. */
function changesOf(chain: Chain, index: number): readonly Change[] {
  const { changedTables = [], changedObjects = [] } = chain.revisions[index] ?? {};
  const ofTables = changedTables.flatMap((key) => {
    const [before, after] = valuesAround(chain.tables.get(key), index);
    return compareTables(key, after, before).flatMap((difference) => {
      const changes = changesFor(difference, { expected: after, actual: before });
      if (changes === null) throw new NoMigration(`${key} was changed in a way that nobody can tell`);
      return changes;
    });
  });
  const ofObjects = changedObjects.flatMap((identity): Change[] => {
    const [before, after] = valuesAround(chain.objects.get(identity), index);
    if (before?.definition === after?.definition) return [];
    return [
      ...(before === null ? [] : [{ kind: 'drop-object', object: before } as const]),
      ...(after === null ? [] : [{ kind: 'create-object', object: after } as const]),
    ];
  });
  const all = [...ofObjects, ...ofTables];
  const goes = ({ kind }: Change) => kind.startsWith('drop-');
  const first = (change: Change) =>
    change.kind === 'drop-foreign-key' ? 0 : change.kind === 'drop-column' ? 2 : 1;
  const gone = all.filter(goes).sort((a, b) => first(a) - first(b));
  return [...gone, ...mendingOrder(all.filter((change) => !goes(change)))];
}

/** A migration that does what the manifests say that it did to the structure. @throws NoMigration where they do not say enough */
export function migrationFromManifests(
  chain: Chain,
  index: number,
  ddlOf: (knex: Knex) => Ddl,
): MigrationModule {
  const changes = changesOf(chain, index);
  return {
    up: async (knex) => {
      for (const change of changes) {
        const statements = ddlOf(knex).write(change);
        if (statements === null) throw new NoMigration(`${change.kind} cannot be written`);
        for (const statement of statements) await knex.raw(statement.replaceAll('?', '\\?'));
      }
    },
    down: async () => {},
  };
}
