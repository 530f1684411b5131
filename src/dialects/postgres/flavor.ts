import { AdoptError } from '../../errors.ts';
import type { ServerInfo } from '../../schema/snapshot.ts';

/** What differs between PostgreSQL releases and matters to a catalog read. */
export interface Flavor {
  /** As `server_version_num`: 150018 is 15.18. */
  readonly versionNumber: number;
  /** `NULLS NOT DISTINCT`, `pg_index.indnullsnotdistinct` (release notes of 15). */
  hasNullsNotDistinct(): boolean;
  /** `ON DELETE SET NULL (columns)`, `pg_constraint.confdelsetcols` (release notes of 15). */
  hasSetColumnLists(): boolean;
  /** `BEGIN ATOMIC` function bodies, `pg_proc.prosqlbody` (release notes of 14). */
  hasSqlBodies(): boolean;
  /** `CREATE STATISTICS … ON (expression)`, `pg_get_statisticsobjdef_expressions` (release notes of 14). */
  hasStatisticsOnExpressions(): boolean;
  /** Operator class parameters, `pg_attribute.attoptions` of an index (release notes of 13). */
  hasOperatorClassOptions(): boolean;
  /** `NOT ENFORCED` and temporal constraints, `pg_constraint.conenforced` and `conperiod` (release notes of 18). */
  hasEnforcementAndPeriods(): boolean;
  /** `DROP DATABASE … WITH (FORCE)` (release notes of 13). */
  hasForcedDrop(): boolean;
  /** The setting `idle_session_timeout` (release notes of 14). */
  hasIdleSessionTimeout(): boolean;
}

/** The oldest supported release; older ones lack generated columns and have other catalog columns. */
const OLDEST = 120000;

/** The facts about one release. Pure. */
export function flavorOf(versionNumber: number): Flavor {
  return {
    versionNumber,
    hasNullsNotDistinct: () => versionNumber >= 150000,
    hasSetColumnLists: () => versionNumber >= 150000,
    hasSqlBodies: () => versionNumber >= 140000,
    hasStatisticsOnExpressions: () => versionNumber >= 140000,
    hasOperatorClassOptions: () => versionNumber >= 130000,
    hasEnforcementAndPeriods: () => versionNumber >= 180000,
    hasForcedDrop: () => versionNumber >= 130000,
    hasIdleSessionTimeout: () => versionNumber >= 140000,
  };
}

/** Servers that speak PostgreSQL's protocol over a catalog of their own, by what their `version()` says. */
const OTHERS: readonly (readonly [RegExp, string])[] = [
  [/CockroachDB/i, 'CockroachDB'],
  [/Redshift/i, 'Amazon Redshift'],
  [/YugabyteDB|-YB-/i, 'YugabyteDB'],
  [/Materialize/i, 'Materialize'],
  [/RisingWave/i, 'RisingWave'],
  [/CrateDB/i, 'CrateDB'],
];

/**
 * Which server this is, by its `version()` and `server_version_num`.
 *
 * PGlite is recognised by its build: `… on wasm32-unknown-emscripten, compiled by emcc …`.
 *
 * @throws AdoptError `DETECT.UNSUPPORTED_SERVER` for a server older than 12, and for one that only speaks PostgreSQL's protocol.
 */
export function recognizeServer(versionText: string, versionNumber: number): ServerInfo {
  const other = OTHERS.find(([pattern]) => pattern.test(versionText));
  if (other !== undefined) {
    throw new AdoptError('DETECT.UNSUPPORTED_SERVER', `This server is ${other[1]}, whose catalog differs.`, {
      hint: 'Use PostgreSQL 12 or later, PGlite, MySQL or MariaDB.',
      details: { version: versionText },
    });
  }
  if (!(versionNumber >= OLDEST)) {
    throw new AdoptError('DETECT.UNSUPPORTED_SERVER', `This server is too old: ${versionText}.`, {
      hint: 'PostgreSQL 12 or later is needed.',
      details: { version: versionText },
    });
  }
  const version = `${Math.floor(versionNumber / 10000)}.${versionNumber % 10000}`;
  return { vendor: /wasm|emscripten|emcc/i.test(versionText) ? 'pglite' : 'postgres', version };
}

/** The release number of a {@link ServerInfo} made by {@link recognizeServer}. */
export function versionNumberOf(server: ServerInfo): number {
  const [major = '0', minor = '0'] = server.version.split('.');
  return Number(major) * 10000 + Number(minor);
}
