import type { Ddl } from '../../database/ddl.ts';

/** Changes of structure, as this family writes them. */
export const mysqlDdl: Ddl = {
  write: () => null,
  obstacle: () => null,
  keepsValues: () => false,
};
