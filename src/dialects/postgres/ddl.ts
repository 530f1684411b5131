import type { Ddl } from '../../database/ddl.ts';

/** Changes of structure, as this family writes them. */
export const postgresDdl: Ddl = {
  write: () => null,
  obstacle: () => null,
  keepsValues: () => false,
};
