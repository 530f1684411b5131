import type { Parameter } from './ddl-parameters.ts';
import { quoteIdentifier, quoteLiteral } from './quote.ts';

/** What a definition says of an aggregate (`queries.ts`, the columns of `pg_aggregate` in this order; `-` stands for no function). */
type AggregateFacts = readonly [
  kind: string,
  directArguments: number,
  transition: string,
  final: string,
  combine: string,
  serialize: string,
  deserialize: string,
  movingTransition: string,
  movingInverse: string,
  movingFinal: string,
  finalExtra: boolean,
  movingFinalExtra: boolean,
  finalModifies: string,
  movingFinalModifies: string,
  sortOperator: string,
  state: string,
  movingState: string | null,
  initial: string | null,
  movingInitial: string | null,
];

const MODIFIES: Readonly<Record<string, string>> = { r: 'READ_ONLY', s: 'SHAREABLE', w: 'READ_WRITE' };

function isFacts(value: unknown): value is AggregateFacts {
  return Array.isArray(value) && value.length === 19;
}

function parseFacts(text: string): AggregateFacts | null {
  try {
    const value: unknown = JSON.parse(text);
    return isFacts(value) ? value : null;
  } catch {
    return null;
  }
}

/** `<(integer,integer)` as an operator's name; null for one that is not plainly one. */
function operator(text: string): string | null {
  const [, schema = '', name] = /^((?:"(?:[^"]|"")*"|\w+)\.)?([-+*/<>=~!@#%^&|`?]+)\(.*\)$/.exec(text) ?? [];
  return name === undefined ? null : `OPERATOR(${schema}${name})`;
}

/** CREATE AGGREGATE; null for an ordered-set aggregate with a variable number of arguments, and for what was not understood. */
export function createAggregate(
  name: string,
  parameters: readonly Parameter[],
  attributes: string,
  text: string,
): string | null {
  const facts = parseFacts(text);
  if (facts === null) return null;
  const [kind, direct, transition, final, combine, serialize, deserialize] = facts;
  const [, , , , , , , movingTransition, movingInverse, movingFinal, finalExtra, movingFinalExtra] = facts;
  const [finalModifies, movingModifies, sort, state, movingState, initial, movingInitial] = facts.slice(
    12,
  ) as unknown as [string, string, string, string, string | null, string | null, string | null];
  const list = parameters.map(
    ({ mode, name: called, type }) =>
      `${mode === 'v' ? 'VARIADIC ' : ''}${called === null ? '' : `${quoteIdentifier(called)} `}${type}`,
  );
  const plain = kind === 'n';
  if (!plain && parameters.some(({ mode }) => mode === 'v')) return null;
  const ordered = `${list.slice(0, direct).join(', ')} ORDER BY ${list.slice(direct).join(', ')}`.trim();
  const sortOperator = sort === '0' || sort === '-' ? '' : operator(sort);
  if (sortOperator === null) return null;
  const used = (label: string, value: string) => (value === '-' ? [] : [`${label} = ${value}`]);
  const moves = movingTransition !== '-' && movingState !== null;
  const options = [
    `SFUNC = ${transition}`,
    `STYPE = ${state}`,
    ...used('FINALFUNC', final),
    ...(finalExtra ? ['FINALFUNC_EXTRA'] : []),
    ...(final === '-' ? [] : [`FINALFUNC_MODIFY = ${MODIFIES[finalModifies] ?? 'READ_ONLY'}`]),
    ...used('COMBINEFUNC', combine),
    ...used('SERIALFUNC', serialize),
    ...used('DESERIALFUNC', deserialize),
    ...(initial === null ? [] : [`INITCOND = ${quoteLiteral(initial)}`]),
    ...(moves
      ? [`MSFUNC = ${movingTransition}`, `MINVFUNC = ${movingInverse}`, `MSTYPE = ${movingState}`]
      : []),
    ...(moves ? used('MFINALFUNC', movingFinal) : []),
    ...(movingFinalExtra ? ['MFINALFUNC_EXTRA'] : []),
    ...(moves && movingFinal !== '-'
      ? [`MFINALFUNC_MODIFY = ${MODIFIES[movingModifies] ?? 'READ_ONLY'}`]
      : []),
    ...(movingInitial === null ? [] : [`MINITCOND = ${quoteLiteral(movingInitial)}`]),
    ...(sortOperator === '' ? [] : [`SORTOP = ${sortOperator}`]),
    ...(kind === 'h' ? ['HYPOTHETICAL'] : []),
    ...(attributes.endsWith('parallel safe') ? ['PARALLEL = SAFE'] : []),
    ...(attributes.endsWith('parallel restricted') ? ['PARALLEL = RESTRICTED'] : []),
  ];
  const signature = plain ? list.join(', ') || '*' : ordered;
  return `CREATE AGGREGATE ${name}(${signature}) (${options.join(', ')})`;
}
