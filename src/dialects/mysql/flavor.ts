import { AdoptError } from '../../errors.ts';
import type { ServerInfo } from '../../schema/snapshot.ts';

/**
 * What a server of this family can do and how it writes its catalog, decided by vendor and version alone, never by the shape of a text.
 * Each method says from which version on, and where that is written.
 */
export interface Flavor {
  readonly vendor: 'mysql' | 'mariadb';
  /** COLUMNS.GENERATION_EXPRESSION. MySQL 5.7.6 (manual, 26.3.8); MariaDB 10.2.5 (KB, Information Schema COLUMNS Table). */
  hasGenerationExpressions(): boolean;
  /** CHECK_CONSTRAINTS. MySQL 8.0.16 (manual, 26.3.5); MariaDB 10.2.22 / 10.3.10 (KB, Information Schema CHECK_CONSTRAINTS Table). */
  hasCheckConstraints(): boolean;
  /** CHECK_CONSTRAINTS has TABLE_NAME: MariaDB only (same KB page); MySQL names constraints per schema and leaves the table out. */
  checksNameTheirTable(): boolean;
  /**
   * COLUMN_DEFAULT is the default's SQL text, literals quoted and `NULL` written out. MariaDB 10.2.7 (KB, Information Schema COLUMNS
   * Table); MySQL shows a literal's bare value.
   */
  quotesDefaults(): boolean;
  /** Expressions in the catalog are escaped once more (`_utf8mb4\'a\'`): MySQL 8.0 and later, measured on 9.7 (MySQL bug 100607). */
  escapesExpressions(): boolean;
  /** STATISTICS.EXPRESSION, functional key parts. MySQL 8.0.13 (manual, 15.1.15). MariaDB has none. */
  hasExpressionIndexes(): boolean;
  /** The column of STATISTICS that says whether the optimiser uses an index: MySQL 8.0 IS_VISIBLE, MariaDB 10.6 IGNORED (KB, Ignored Indexes). */
  indexUseColumn(): 'is_visible' | 'ignored' | null;
  /** JSON is an alias of LONGTEXT with a `json_valid` check: MariaDB (KB, JSON Data Type). */
  jsonIsLongtext(): boolean;
  /** COLUMNS.SRS_ID: MySQL 8.0.3 (manual, 26.3.8). */
  hasSpatialReferences(): boolean;
  /** TABLES lists SEQUENCE objects: MariaDB 10.3 (KB, Sequences). */
  hasSequences(): boolean;
  /** With `partial_revokes` on, wildcards in grants are plain characters. MySQL 8.0.16 (manual, 8.2.12). */
  hasPartialRevokes(): boolean;
  /**
   * A SELECT of one expression that the server gives up after so many milliseconds. MariaDB 10.1.2: `SET STATEMENT … FOR` (KB, SET STATEMENT);
   * MySQL 5.7.8: a hint (manual, 8.9.3); before, there is no limit.
   */
  limitedSelect(expression: string, limitMs: number): string;
  /** `FOR UPDATE NOWAIT`. MySQL 8.0.1 (manual, 17.7.2.4); MariaDB 10.3 (KB, WAIT and NOWAIT). */
  hasNowait(): boolean;
  /** The privilege, and what it is granted on, that shows the bodies of other people's routines. */
  routineBodyGrant(schema: string): string;
}

type Version = readonly [number, number, number];

function parseVersion(text: string): Version {
  const [major = 0, minor = 0, patch = 0] = text.split('.').map(Number);
  return [major, minor, patch];
}

function atLeast(version: Version, wanted: Version): boolean {
  for (const index of [0, 1, 2] as const) {
    if (version[index] !== wanted[index]) return version[index] > wanted[index];
  }
  return true;
}

/** The flavour of a server; a pure function of what {@link serverInfo} said, so that it can be made again anywhere. */
export function flavorOf(server: ServerInfo): Flavor {
  const version = parseVersion(server.version);
  const mariadb = server.vendor === 'mariadb';
  const since = (forMysql: Version | null, forMariadb: Version | null): boolean => {
    const wanted = mariadb ? forMariadb : forMysql;
    return wanted !== null && atLeast(version, wanted);
  };
  return {
    vendor: mariadb ? 'mariadb' : 'mysql',
    hasGenerationExpressions: () => since([5, 7, 6], [10, 2, 5]),
    hasCheckConstraints: () => since([8, 0, 16], [10, 3, 10]),
    checksNameTheirTable: () => mariadb,
    quotesDefaults: () => since(null, [10, 2, 7]),
    escapesExpressions: () => since([8, 0, 0], null),
    hasExpressionIndexes: () => since([8, 0, 13], null),
    indexUseColumn: () =>
      since([8, 0, 0], null) ? 'is_visible' : since(null, [10, 6, 0]) ? 'ignored' : null,
    jsonIsLongtext: () => mariadb,
    hasSpatialReferences: () => since([8, 0, 3], null),
    hasSequences: () => since(null, [10, 3, 0]),
    hasPartialRevokes: () => since([8, 0, 16], null),
    hasNowait: () => since([8, 0, 1], [10, 3, 0]),
    limitedSelect: (expression, limitMs) => {
      const limit = Math.max(1, Math.ceil(limitMs));
      if (mariadb) return `SET STATEMENT max_statement_time=${limit / 1000} FOR SELECT ${expression}`;
      return since([5, 7, 8], null)
        ? `SELECT /*+ MAX_EXECUTION_TIME(${limit}) */ ${expression}`
        : `SELECT ${expression}`;
    },
    // MariaDB 11.3: SHOW CREATE ROUTINE (KB, GRANT). MySQL 8.0.20: SHOW_ROUTINE (manual, 8.2.2). Before, the rows of mysql.proc.
    routineBodyGrant: (schema) =>
      since(null, [11, 3, 0])
        ? `SHOW CREATE ROUTINE ON ${schema}.*`
        : since([8, 0, 20], null)
          ? 'SHOW_ROUTINE ON *.*'
          : since([8, 0, 0], null)
            ? 'SELECT ON *.*'
            : 'SELECT ON `mysql`.`proc`',
  };
}

/** Servers that speak the protocol and answer these queries with a catalog of their own making, which nothing here was proved on. */
const STRANGERS = /tidb|oceanbase|singlestore|memsql|starrocks|doris/i;

/**
 * Vendor and version out of `@@version` and `@@version_comment`.
 *
 * @throws AdoptError `DETECT.UNSUPPORTED_SERVER` for a server that only speaks the protocol (TiDB), and for MySQL before 5.6 and MariaDB
 * before 10.3, whose catalogs lack what a proof needs.
 */
export function serverInfo(version: string, comment: string): ServerInfo {
  const number = /^\d+\.\d+(?:\.\d+)?/.exec(version)?.[0];
  const stranger = STRANGERS.exec(`${version} ${comment}`)?.[0];
  const vendor = /mariadb/i.test(version) || /mariadb/i.test(comment) ? 'mariadb' : 'mysql';
  const oldest: Version = vendor === 'mariadb' ? [10, 3, 0] : [5, 6, 0];
  if (number === undefined || stranger !== undefined || !atLeast(parseVersion(number), oldest)) {
    throw new AdoptError('DETECT.UNSUPPORTED_SERVER', `This server calls itself "${version}" (${comment}).`, {
      hint: 'Use MySQL 8 or later (5.6 and 5.7 for tables and keys), or MariaDB 10.5 or later.',
      details: { version, comment },
    });
  }
  return { vendor, version: number };
}
