import type { Knex } from 'knex';

export type BoundValue = string | number | boolean | null;

/** What mysql2 hands a `typeCast` function for one value. */
interface DriverField {
  string(): string | null;
}

interface RawQuery {
  readonly sql: string;
  readonly bindings: readonly BoundValue[];
  readonly options: {
    readonly rowsAsArray: boolean;
    readonly typeCast: (field: DriverField) => string | null;
  };
}

/** The part of a Knex client that is used below its query builder; the same since Knex 1. */
export interface KnexClient {
  readonly config: Knex.Config;
  /** What connections are opened with; absent until the first one where the host gave a function. */
  readonly connectionSettings?: Knex.StaticConnectionConfig;
  readonly connectionConfigProvider?: unknown;
  acquireConnection(): Promise<unknown>;
  releaseConnection(connection: unknown): Promise<void>;
  /** Opens a connection that no pool knows. */
  acquireRawConnection(): Promise<unknown>;
  destroyRawConnection(connection: unknown): Promise<void>;
  query(connection: unknown, query: RawQuery): Promise<{ readonly response: readonly [unknown, unknown] }>;
}

export function clientOf(knex: Knex): KnexClient {
  return knex.client as KnexClient;
}

/**
 * Every value as the text that the server sent. Given per query, it goes before any `typeCast` of the host's configuration and before
 * `dateStrings`, `supportBigNumbers`, `bigNumberStrings`, `decimalNumbers` and `jsonStrings`, which only apply without one.
 */
function asText(field: DriverField): string | null {
  return field.string();
}

/**
 * One statement on one connection; rows as arrays of text, or whatever else the statement answers.
 *
 * It goes to Knex's client and not to its query builder, because the host's `postProcessResponse` (Objection's snake case mappers, for one)
 * rewrites the results of the builder.
 */
export async function runOn(
  client: KnexClient,
  connection: unknown,
  sql: string,
  bindings: readonly BoundValue[] = [],
): Promise<unknown> {
  const options = { rowsAsArray: true, typeCast: asText };
  const { response } = await client.query(connection, { sql, bindings, options });
  return response[0];
}
