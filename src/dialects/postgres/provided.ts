import { MIGRATION_SERVICE_TABLES, type ProvidedNames } from '../../database/provided.ts';

/**
 * What is nobody's application (`hazards.md` (k)). Of extensions only what stands in an application's own schema, and is told by `pg_depend` as
 * long as the extension was not restored piece by piece from a dump.
 */
export const PROVIDED: ProvidedNames = {
  relations: new Set([
    ...MIGRATION_SERVICE_TABLES,
    // PostGIS (manual, spatial_ref_sys, geometry_columns, raster columns catalog).
    'geography_columns',
    'geometry_columns',
    'raster_columns',
    'raster_overviews',
    'spatial_ref_sys',
    // Monitoring: extensions, and the tables that PgHero keeps.
    'hypopg',
    'pg_buffercache',
    'pg_stat_statements',
    'pg_stat_statements_info',
    'pghero_query_stats',
    'pghero_space_stats',
  ]),
  // Called by an event trigger, by which the migration service hears of DDL.
  functions: new Set(['awsdms_intercept_ddl()']),
};
