import { compareText } from '../../util/order.ts';
import { type Assembly, columnNames, nameList } from './assembly.ts';
import { indexText } from './indexes.ts';
import { canonicalExpression } from './normalize.ts';
import { quoteIdentifier } from './quote.ts';
import type { RawConstraint, RawRelation } from './raw-catalog.ts';
import { unstable } from './rows.ts';

/** `pg_trigger.tgenabled` and `pg_rewrite.ev_enabled`. */
const FIRING: Readonly<Record<string, string>> = {
  O: '',
  D: ' (disabled)',
  R: ' (on a replica only)',
  A: ' (always)',
};

/** What hangs on a relation, in words: triggers, rules, policies, inheritance, odd sequences. */
export function extraWords(relation: RawRelation, assembly: Assembly): string[] {
  const words: string[] = [];
  for (const one of assembly.catalog.extras.get(relation.oid) ?? []) {
    const text = canonicalExpression(one.text, assembly.rules).canonical;
    const name = quoteIdentifier(one.name);
    if (one.kind === 'trigger') words.push(`trigger ${name} ${text}${FIRING[one.state] ?? ''}`);
    else if (one.kind === 'rule') words.push(`rule ${name} ${text}${FIRING[one.state] ?? ''}`);
    else if (one.kind === 'policy') words.push(`policy ${name} ${text}`);
    else if (one.kind === 'parent') {
      words.push(
        relation.partitionBound === null
          ? `inherits ${one.text}`
          : `partition of ${one.text} ${relation.partitionBound}`,
      );
    } else if (one.text !== '') {
      words.push(`sequence of column ${nameList(columnNames(relation, [one.name]))}: ${one.text}`);
    }
  }
  return words;
}

/**
 * What was seen on a table and has no field in the model, in words that are the same for the same thing; sorted.
 */
export function unmodelledWords(
  relation: RawRelation,
  constraints: readonly RawConstraint[],
  assembly: Assembly,
): readonly string[] {
  const words = extraWords(relation, assembly);
  if (relation.partitionKey !== null) words.push(`partitioned by ${relation.partitionKey}`);
  if (relation.ofType !== null) words.push(`table of type ${relation.ofType}`);
  if (relation.flags.has('row-security')) words.push('row-level security enabled');
  if (relation.flags.has('force-row-security')) words.push('row-level security forced');
  for (const one of constraints) words.push(...constraintWords(one, relation, assembly));
  for (const index of assembly.catalog.indexes.get(relation.oid) ?? []) {
    if (index.operatorClassOptions !== null) {
      words.push(
        `operator class options ${index.operatorClassOptions} of ${indexText(index, relation, assembly)}`,
      );
    }
  }
  return words.sort(compareText);
}

/** What a constraint has that its fields do not carry. It is named by its columns: its name may be the server's invention. */
function constraintWords(one: RawConstraint, relation: RawRelation, assembly: Assembly): string[] {
  const words: string[] = [];
  if (one.kind === 'x') {
    if (one.text === null) throw unstable();
    return [`exclusion constraint ${canonicalExpression(one.text, assembly.rules).canonical}`];
  }
  const index = one.kind === 'f' ? undefined : assembly.catalog.indexesByOid.get(one.index);
  // Nearly all have nothing of the kind, and making their labels for nothing would be most of the cost.
  const covers = index !== undefined && index.columns.length > index.keyParts;
  const plain = one.kind !== 'n' && one.flags.size === 0 && one.setColumns.length === 0;
  if (plain && !covers && index?.flags.has('invalid') !== true) return words;
  const columns = nameList(
    columnNames(
      relation,
      one.columns.filter((number) => number !== '0'),
    ),
  );
  if (one.kind === 'n') return [`not null of ${columns} not validated`];
  const kind = { p: 'primary key', u: 'unique', f: 'foreign key', c: 'check' }[one.kind] ?? one.kind;
  const label = one.kind === 'c' ? `check ${one.text ?? ''}` : `${kind} (${columns})`;
  if (one.kind === 'p' && one.flags.has('deferrable')) {
    words.push(`${label} deferrable${one.flags.has('deferred') ? ', initially deferred' : ''}`);
  }
  if (one.flags.has('no-inherit')) words.push(`${label} no inherit`);
  if (one.flags.has('not-enforced')) words.push(`${label} not enforced`);
  if (one.flags.has('period')) words.push(`${label} over a period`);
  if (one.setColumns.length > 0) {
    words.push(`${label} sets only (${nameList(columnNames(relation, one.setColumns))})`);
  }
  if (index !== undefined) {
    const included = index.columns.slice(index.keyParts);
    if (covers) words.push(`${label} includes (${nameList(columnNames(relation, included))})`);
    if (index.flags.has('invalid')) words.push(`${label} has an invalid index`);
  }
  return words;
}
