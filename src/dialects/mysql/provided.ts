import { MIGRATION_SERVICE_TABLES, type ProvidedNames } from '../../database/provided.ts';

/** What is nobody's application; databases that are the server's own are not looked at. */
export const PROVIDED: ProvidedNames = {
  relations: new Set(MIGRATION_SERVICE_TABLES),
  functions: new Set(),
};
