import { objectKey } from '../../schema/object-key.ts';
import type { ObjectKind, SchemaObject } from '../../schema/snapshot.ts';
import { compareText, sortedBy } from '../../util/order.ts';
import type { ColumnAssembly } from './assembly.ts';
import { indexText } from './indexes.ts';
import { canonicalExpression } from './normalize.ts';
import { quoteIdentifier, quoteLiteral } from './quote.ts';
import type { RawObject, RawRelation } from './raw-catalog.ts';
import { parseJson, unstable } from './rows.ts';
import { assembleColumn } from './tables.ts';
import { extraWords } from './unmodelled.ts';
import { canonicalQuery } from './views.ts';

/** One object beside tables, by its kind. */
export function assembleObject(object: RawObject, assembly: ColumnAssembly): SchemaObject {
  const make = (kind: ObjectKind, definition: string, suffix = ''): SchemaObject => ({
    kind,
    key: `${objectKey(object.schema, object.name, assembly.defaultSchema)}${suffix}`,
    schema: object.schema,
    name: `${object.name}${suffix}`,
    definition,
  });
  switch (object.kind) {
    case 'schema':
    case 'extension': {
      const { kind, schema, name } = object;
      return { kind, key: objectKey(name, name, name), schema, name, definition: kind };
    }
    case 'view':
    case 'materialized-view':
      return make(object.kind, viewDefinition(object, assembly));
    case 'foreign-table':
      return make('foreign-table', foreignTableDefinition(object, assembly));
    case 'sequence':
      return make('sequence', sequenceDefinition(object));
    case 'function':
      return functionObject(object, assembly, make);
    case 'statistics':
      return make('statistics', statisticsDefinition(object, assembly));
    default:
      return typeObject(object, assembly, make);
  }
}

type Make = (kind: ObjectKind, definition: string, suffix?: string) => SchemaObject;

function lines(parts: readonly (string | null | false)[]): string {
  return parts.filter((part) => typeof part === 'string' && part !== '').join('\n');
}

function relationOf(oid: string, assembly: ColumnAssembly): RawRelation {
  const relation = assembly.catalog.relations.get(oid);
  if (relation === undefined) throw unstable();
  return relation;
}

/** Rules, triggers, indexes and defaults of a relation that is not a table, a line each, sorted. */
function attachments(relation: RawRelation, assembly: ColumnAssembly): string[] {
  const indexes = (assembly.catalog.indexes.get(relation.oid) ?? []).map((one) =>
    indexText(one, relation, assembly),
  );
  return [...extraWords(relation, assembly), ...indexes].sort(compareText);
}

interface ViewPayload {
  readonly definition: string | null;
  readonly options: readonly string[];
}

function viewDefinition(object: RawObject, assembly: ColumnAssembly): string {
  const { definition, options } = parseJson<ViewPayload>(object.payload);
  if (definition === null) throw unstable();
  const relation = relationOf(object.oid, assembly);
  const defaults = relation.columns.flatMap((column) => {
    const text = assembly.defaults.get(relation.oid)?.[column.number];
    return text === undefined
      ? []
      : [
          `default of ${quoteIdentifier(column.name)}: ${canonicalExpression(text, assembly.rules).canonical}`,
        ];
  });
  return lines([
    canonicalQuery(definition, assembly.rules),
    options.length > 0 && `with (${options.join(', ')})`,
    ...defaults.sort(compareText),
    ...attachments(relation, assembly),
  ]);
}

interface ForeignTablePayload {
  readonly server: {
    readonly name: string;
    readonly options: readonly string[];
    readonly columns: Readonly<Record<string, readonly string[]>> | null;
  } | null;
}

/** The columns of a foreign table or composite type, a line each, sorted by name where their order means nothing. */
function columnLines(relation: RawRelation, assembly: ColumnAssembly): string[] {
  return relation.columns.map((raw) => {
    const column = assembleColumn(relation, raw, assembly);
    return [
      `${quoteIdentifier(column.name)} ${column.type.canonical}`,
      column.collation === null ? '' : `collate ${column.collation.name}`,
      column.nullable ? '' : 'not null',
      column.default.kind === 'literal' ? `default ${quoteLiteral(column.default.canonical)}` : '',
      column.default.kind === 'expression' ? `default ${column.default.canonical}` : '',
      column.default.kind === 'sequence' ? 'default sequence' : '',
      column.generated === null ? '' : `generated ${column.generated.expression.canonical}`,
    ]
      .filter((word) => word !== '')
      .join(' ');
  });
}

function foreignTableDefinition(object: RawObject, assembly: ColumnAssembly): string {
  const { server } = parseJson<ForeignTablePayload>(object.payload);
  if (server === null) throw unstable();
  const relation = relationOf(object.oid, assembly);
  const checks = (assembly.catalog.constraints.get(object.oid) ?? [])
    .filter((one) => one.shape.kind === 'c')
    .map((one) => `check ${canonicalExpression(one.text ?? '', assembly.rules).canonical}`);
  return lines([
    `server ${quoteIdentifier(server.name)}`,
    server.options.length > 0 && `options ${server.options.join(', ')}`,
    server.columns !== null && `column options ${JSON.stringify(server.columns)}`,
    ...columnLines(relation, assembly).sort(compareText),
    ...checks.sort(compareText),
    ...attachments(relation, assembly),
  ]);
}

interface SequencePayload {
  readonly type: string;
  readonly start: string;
  readonly increment: string;
  readonly minimum: string;
  readonly maximum: string;
  readonly cache: string;
  readonly cycle: boolean;
}

function sequenceDefinition(object: RawObject): string {
  const one = parseJson<SequencePayload>(object.payload);
  const range = `minimum ${one.minimum} maximum ${one.maximum}`;
  return `${one.type} start ${one.start} increment ${one.increment} ${range} cache ${one.cache}${one.cycle ? ' cycle' : ''}`;
}

interface TypePayload {
  readonly form: string;
  readonly relation: string;
  readonly labels: readonly string[];
  readonly base: string | null;
  readonly notNull: boolean;
  readonly default: string | null;
  readonly collation: string | null;
  readonly range: string | null;
}

function typeObject(object: RawObject, assembly: ColumnAssembly, make: Make): SchemaObject {
  const one = parseJson<TypePayload>(object.payload);
  switch (one.form) {
    case 'e':
      return make('enum', `(${one.labels.map(quoteLiteral).join(', ')})`);
    case 'd':
      return make('domain', domainDefinition(object, one, assembly));
    case 'c':
      return make('type', lines(['composite', ...columnLines(relationOf(one.relation, assembly), assembly)]));
    case 'r':
      return make('type', `range ${one.range ?? ''}`);
    default:
      return make('type', 'base type');
  }
}

function domainDefinition(object: RawObject, one: TypePayload, assembly: ColumnAssembly): string {
  if (one.base === null) throw unstable();
  const checks = (assembly.catalog.domainChecks.get(object.oid) ?? []).filter(
    (check) => check.shape.kind === 'c',
  );
  const words = checks.map((check) => {
    if (check.text === null) throw unstable();
    const expression = canonicalExpression(check.text, assembly.rules).canonical;
    return `check ${expression}${check.shape.flags.has('not-valid') ? ' not valid' : ''}`;
  });
  return lines([
    one.base,
    one.collation !== null && `collate ${quoteIdentifier(one.collation)}`,
    one.notNull && 'not null',
    one.default !== null && `default ${canonicalExpression(one.default, assembly.rules).canonical}`,
    ...words.sort(compareText),
  ]);
}

interface FunctionPayload {
  readonly form: string;
  readonly identity: readonly string[];
  readonly arguments: readonly string[];
  readonly modes: readonly string[] | null;
  readonly names: readonly string[] | null;
  readonly defaults: string | null;
  readonly returns: string;
  readonly language: string;
  readonly volatility: string;
  readonly strict: boolean;
  readonly definer: boolean;
  readonly leakproof: boolean;
  readonly parallel: string;
  readonly settings: readonly string[];
  readonly source: string | null;
  readonly library: string | null;
  readonly body: string | null;
  readonly aggregate: readonly unknown[] | null;
}

const FORMS: Readonly<Record<string, string>> = {
  f: 'function',
  p: 'procedure',
  a: 'aggregate',
  w: 'window function',
};
const VOLATILITIES: Readonly<Record<string, string>> = { i: 'immutable', s: 'stable', v: 'volatile' };
const PARALLEL: Readonly<Record<string, string>> = { s: 'parallel safe', r: 'parallel restricted', u: '' };

/**
 * A function, procedure or aggregate: keyed by its name and input types, since names may be overloaded, and without the `IN` that releases from
 * 14 on print for procedures (`versions.md` A2 #7). Cost and rows are estimates of the planner and are left out.
 */
function functionObject(object: RawObject, assembly: ColumnAssembly, make: Make): SchemaObject {
  const one = parseJson<FunctionPayload>(object.payload);
  const parameters = one.arguments.map((type, at) =>
    [one.modes?.[at] ?? 'i', one.names?.[at] ?? '', type].filter((word) => word !== '').join(' '),
  );
  const definition = lines([
    `${FORMS[one.form] ?? one.form} (${parameters.join(', ')}) returns ${one.returns}`,
    one.defaults !== null && `defaults ${canonicalExpression(one.defaults, assembly.rules).canonical}`,
    [
      `language ${one.language}`,
      VOLATILITIES[one.volatility] ?? one.volatility,
      one.strict ? 'strict' : '',
      one.definer ? 'security definer' : '',
      one.leakproof ? 'leakproof' : '',
      PARALLEL[one.parallel] ?? one.parallel,
    ]
      .filter((word) => word !== '')
      .join(' '),
    ...one.settings.map((setting) => `set ${setting}`),
    one.library !== null && `library ${one.library}`,
    one.aggregate !== null && JSON.stringify(one.aggregate),
    one.body ?? one.source,
  ]);
  return make('function', definition, `(${one.identity.join(', ')})`);
}

interface StatisticsPayload {
  readonly table: string;
  readonly kinds: readonly string[];
  readonly columns: readonly string[];
  readonly expressions: readonly string[] | null;
}

/** `pg_statistic_ext.stxkind` (manual, pg_statistic_ext). */
const STATISTICS_KINDS: Readonly<Record<string, string>> = { d: 'ndistinct', f: 'dependencies', m: 'mcv' };

/** Extended statistics: of what and which kinds, the order of neither means anything. How much is sampled for them is left out. */
function statisticsDefinition(object: RawObject, assembly: ColumnAssembly): string {
  const one = parseJson<StatisticsPayload>(object.payload);
  const kinds = one.kinds.map((kind) => STATISTICS_KINDS[kind] ?? kind).sort(compareText);
  const expressions = (one.expressions ?? []).map(
    (text) => `(${canonicalExpression(text, assembly.rules).canonical})`,
  );
  const of = [...one.columns.map(quoteIdentifier), ...expressions].sort(compareText);
  return `${kinds.length === 0 ? '' : `(${kinds.join(', ')}) `}on ${of.join(', ')} from ${one.table}`;
}

/** All objects, sorted by kind, then key. */
export function assembleObjects(objects: readonly RawObject[], assembly: ColumnAssembly): SchemaObject[] {
  const made = objects.map((object) => {
    const unread = new Set<string>();
    const one = assembleObject(object, { ...assembly, rules: { ...assembly.rules, unread } });
    return unread.size === 0 ? one : { ...one, unread: true as const };
  });
  return sortedBy(made, (one) => `${one.kind}\n${one.key}`);
}
