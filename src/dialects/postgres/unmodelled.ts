import { compareText } from '../../util/order.ts';
import { type Assembly, columnAt, columnNames, indexOf, nameList } from './assembly.ts';
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

/** `pg_type.oid` of `smallint`; the types of the server itself have the same everywhere (`pg_type.dat`). */
const SMALLINT = '21';

/**
 * What is odd about the sequence of a column. One that ends with the largest number of its column's type is as good as any, and so is one that
 * ends with that of a larger type: those that releases before 10 made have the largest of all, and one whose column was made a bigint keeps its own.
 */
function oddities(text: string, isSmall: boolean): string {
  return isSmall ? text.replace(/(^| )maximum 32767(?= |$)/, '').trim() : text;
}

/** What hangs on a relation, in words: triggers, rules, policies, inheritance, odd sequences. */
export function extraWords(relation: RawRelation, assembly: Assembly): string[] {
  const words: string[] = [];
  for (const one of assembly.catalog.extras.get(relation.oid) ?? []) {
    // The sequence of nearly every serial column: nothing odd.
    if (one.text === '') continue;
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
    } else {
      const odd = oddities(one.text, columnAt(relation, one.name)?.type.oid === SMALLINT);
      if (odd !== '') words.push(`sequence of column ${nameList(columnNames(relation, [one.name]))}: ${odd}`);
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
  if (relation.flags.has('unlogged')) words.push('unlogged');
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

function exclusionWords({ text }: RawConstraint, { rules }: Assembly): string {
  if (text === null) throw unstable();
  return `exclusion constraint ${canonicalExpression(text, rules).canonical}`;
}

/** What the exclusion constraints among these are called, by their words; undefined where there are none. */
export function namesOfWords(
  constraints: readonly RawConstraint[],
  assembly: Assembly,
): Readonly<Record<string, string>> | undefined {
  const named = constraints.filter(({ shape }) => shape.kind === 'x');
  if (named.length === 0) return undefined;
  return Object.fromEntries(named.map((one) => [exclusionWords(one, assembly), one.name]));
}

/** What a constraint has that its fields do not carry. It is named by its columns: its name may be the server's invention. */
function constraintWords(one: RawConstraint, relation: RawRelation, assembly: Assembly): string[] {
  const words: string[] = [];
  if (one.shape.kind === 'x') {
    return [exclusionWords(one, assembly)];
  }
  const index = one.shape.kind === 'f' ? undefined : indexOf(one, assembly.catalog);
  // Nearly all have nothing of the kind, and making their labels for nothing would be most of the cost.
  const covers = index !== undefined && index.shape.columns.length > index.shape.keyParts;
  const plain = one.shape.kind !== 'n' && one.shape.flags.size === 0 && one.shape.setColumns.length === 0;
  if (plain && !covers && index?.shape.flags.has('invalid') !== true) return words;
  const columns = nameList(
    columnNames(
      relation,
      one.shape.columns.filter((number) => number !== '0'),
    ),
  );
  if (one.shape.kind === 'n') return [`not null of ${columns} not validated`];
  const kind =
    { p: 'primary key', u: 'unique', f: 'foreign key', c: 'check' }[one.shape.kind] ?? one.shape.kind;
  const label = one.shape.kind === 'c' ? `check ${one.text ?? ''}` : `${kind} (${columns})`;
  if (one.shape.kind === 'p' && one.shape.flags.has('deferrable')) {
    words.push(`${label} deferrable${one.shape.flags.has('deferred') ? ', initially deferred' : ''}`);
  }
  if (one.shape.flags.has('no-inherit')) words.push(`${label} no inherit`);
  if (one.shape.flags.has('not-enforced')) words.push(`${label} not enforced`);
  if (one.shape.flags.has('period')) words.push(`${label} over a period`);
  if (one.shape.setColumns.length > 0) {
    words.push(`${label} sets only (${nameList(columnNames(relation, one.shape.setColumns))})`);
  }
  if (index !== undefined) {
    const included = index.shape.columns.slice(index.shape.keyParts);
    if (covers) words.push(`${label} includes (${nameList(columnNames(relation, included))})`);
    if (index.shape.flags.has('invalid')) words.push(`${label} has an invalid index`);
  }
  return words;
}
