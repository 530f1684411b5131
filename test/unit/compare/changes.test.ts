import { describe, expect, it } from 'vitest';
import { changesFor } from '../../../src/compare/changes.ts';
import { compareTables } from '../../../src/compare/compare-table.ts';
import { mendingOrder } from '../../../src/compare/mending-order.ts';
import type { Change } from '../../../src/database/ddl.ts';
import type { Table } from '../../../src/schema/snapshot.ts';
import { column, table } from '../../support/builders.ts';

function changesBetween(expected: Table, actual: Table): readonly Change[] {
  return compareTables(expected.key, expected, actual).flatMap(
    (difference) => changesFor(difference, { expected, actual }) ?? [],
  );
}

const positive = { name: 'age', expression: { raw: '`age` > 0', canonical: '`age` > 0' }, validated: true };
const id = column('id', { nullable: false, identity: 'auto-increment' });
const primaryKey = { name: 'PRIMARY', columns: ['id'] };

describe('a missing auto-increment column', () => {
  it('is added with its key, which is not added again', () => {
    const expected = table('t', [id, column('age')], { primaryKey });
    const changes = changesBetween(expected, table('t', [column('age')]));
    const key = { kind: 'add-primary-key', table: 't', primaryKey };
    expect(changes).toEqual([{ kind: 'add-column', table: 't', column: id, key }, key]);
    expect(mendingOrder(changes)).toEqual([{ kind: 'add-column', table: 't', column: id, key }]);
  });
});

describe('a column with a check of its own', () => {
  const of = (nullable: boolean, checks: Table['checks']) =>
    table('t', [column('age', { nullable })], { checks });

  it('is altered with the checks that there are', () => {
    expect(changesBetween(of(false, [positive]), of(true, [positive]))).toMatchObject([
      { kind: 'alter-column', checks: [positive] },
    ]);
  });

  it('has the check dropped with the column as it is', () => {
    expect(changesBetween(of(true, []), of(true, [positive]))).toEqual([
      { kind: 'drop-check', table: 't', check: positive, column: column('age', { nullable: true }) },
    ]);
  });
});
