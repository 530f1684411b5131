import type { Column, ColumnDefault, ObjectKey } from '../../schema/snapshot.ts';
import { defaultText, identityText, typeChange } from './ddl-columns.ts';
import { sqlName } from './ddl-names.ts';
import {
  identityFromSequence,
  newSequence,
  ownSequence,
  restartIdentity,
  sequenceFromIdentity,
} from './ddl-sequences.ts';
import { conversion, widens } from './ddl-types.ts';
import { quoteIdentifier } from './quote.ts';

/** What is expected where any constant of a kind will do: the one that is there. */
function wantedDefault(expected: ColumnDefault, actual: ColumnDefault): ColumnDefault | null {
  if (expected.kind !== 'varying') return expected;
  return actual.kind === expected.of ? actual : null;
}

function sameDefault(a: ColumnDefault, b: ColumnDefault): boolean {
  if (a.kind === 'none' || a.kind === 'sequence') return a.kind === b.kind;
  return a.kind !== 'varying' && a.kind === b.kind && a.canonical === b.canonical;
}

/** `TYPE …` with USING where it takes one; nothing where the type stays, null where values cannot safely become it. */
function typeSteps(expected: Column, actual: Column): readonly string[] | null {
  const [to, from] = [expected.type.canonical, actual.type.canonical];
  if (to === from) {
    return expected.collation?.name === actual.collation?.name ? [] : [typeChange(expected)];
  }
  const how = conversion(to, from);
  if (how === 'assigned') return [typeChange(expected)];
  // A generated column is computed anew and takes no USING (manual, ALTER TABLE).
  if (how === null || expected.generated !== null) return null;
  return [`${typeChange(expected)} USING ${quoteIdentifier(expected.name)}::${to}`];
}

/** What is done about an expression that generates the column: it can be dropped where its values are stored, and cannot be put on. */
function generationSteps(expected: Column, actual: Column): readonly string[] | null {
  const [to, from] = [expected.generated, actual.generated];
  if (to === null) return from === null ? [] : from.kind === 'stored' ? ['DROP EXPRESSION'] : null;
  return from?.kind === to.kind && from.expression.canonical === to.expression.canonical ? [] : null;
}

/**
 * The statements that make one column of another, in an order in which each is possible; null where it cannot be done without loss or is not
 * known how.
 *
 * - A default is taken away before the type changes and given again, because the server would not always cast it.
 * - A sequence that the column owns becomes an identity, and back, going on where it was, with its parameters. A new one begins after the
 *   largest value.
 * - A sequence that the column took its values from, and did not own, becomes its own.
 * - A default that is taken away leaves the sequence that was behind it.
 */
export function alterColumn(table: ObjectKey, expected: Column, actual: Column): readonly string[] | null {
  const wanted = wantedDefault(expected.default, actual.default);
  const generation = generationSteps(expected, actual);
  const types = typeSteps(expected, actual);
  const identity = identityText(expected.identity);
  if (wanted === null || generation === null || types === null || identity === null) return null;
  if (identityText(actual.identity) === null || expected.extra !== actual.extra) return null;
  const filling = fillingSteps(table, { ...expected, default: wanted }, actual, types.length > 0);
  if (filling === null) return null;
  const nullability =
    expected.nullable === actual.nullable ? [] : [`${expected.nullable ? 'DROP' : 'SET'} NOT NULL`];
  const alter = (what: string) =>
    `ALTER TABLE ${sqlName(table)} ALTER COLUMN ${quoteIdentifier(expected.name)} ${what}`;
  return [
    ...[...generation, ...filling.before, ...types, ...nullability].map(alter),
    ...filling.after.flatMap((step) => ('sql' in step ? step.sql : alter(step.alter))),
  ];
}

interface Filling {
  readonly before: readonly string[];
  readonly after: readonly ({ readonly alter: string } | { readonly sql: readonly string[] })[];
}

/** What is done about default, sequence and identity, before and after the type is changed. */
function fillingSteps(
  table: ObjectKey,
  expected: Column,
  actual: Column,
  typeChanges: boolean,
): Filling | null {
  const { default: wanted, identity } = expected;
  const was = actual.default;
  if (identity !== null) return identityFilling(table, expected, actual);
  if (actual.identity !== null) {
    if (wanted.kind === 'sequence') {
      return { before: [], after: [{ sql: [sequenceFromIdentity(table, expected)] }] };
    }
    return settled(['DROP IDENTITY'], wanted, expected);
  }
  if (wanted.kind === 'sequence') {
    if (was.kind === 'sequence') return { before: [], after: [] };
    const own = was.kind === 'expression' ? ownSequence(table, expected, was.canonical) : null;
    if (own !== null) return { before: [], after: [{ sql: own }] };
    const made = newSequence(table, expected);
    return made && { before: was.kind === 'none' ? [] : ['DROP DEFAULT'], after: [{ sql: made }] };
  }
  if (!typeChanges && sameDefault(wanted, was)) return { before: [], after: [] };
  const dropped = was.kind !== 'none' && (typeChanges || wanted.kind === 'none');
  return settled(dropped ? ['DROP DEFAULT'] : [], wanted, expected);
}

/** Afterwards there is a plain default, or none. */
function settled(before: readonly string[], wanted: ColumnDefault, { type }: Column): Filling | null {
  if (wanted.kind === 'none') return { before, after: [] };
  const text = defaultText(wanted, type.canonical);
  return text === null ? null : { before, after: [{ alter: `SET DEFAULT ${text}` }] };
}

function identityFilling(table: ObjectKey, expected: Column, actual: Column): Filling | null {
  const text = identityText(expected.identity) ?? '';
  if (actual.identity === expected.identity) return { before: [], after: [] };
  if (actual.identity !== null) {
    const mode = expected.identity === 'always' ? 'ALWAYS' : 'BY DEFAULT';
    return { before: [], after: [{ alter: `SET GENERATED ${mode}` }] };
  }
  if (actual.default.kind === 'sequence') {
    return { before: [], after: [{ sql: [identityFromSequence(table, expected)] }] };
  }
  const restart = restartIdentity(table, expected, actual.default);
  const before = actual.default.kind === 'none' ? [] : ['DROP DEFAULT'];
  return restart === null ? null : { before, after: [{ alter: `ADD ${text}` }, { sql: [restart] }] };
}

/**
 * Whether altering keeps every value as it is: it can be written, the type holds them all, and what computed them, if anything, leaves them.
 * A collation changes how values compare, not the values.
 */
export function keepsValues(expected: Column, actual: Column): boolean {
  return (
    widens(expected.type.canonical, actual.type.canonical) && alterColumn('t', expected, actual) !== null
  );
}
