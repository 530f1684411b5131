/** Names of the equivalences that comparing itself applies, as the report lists them. */
export const COMPARE_RULES = {
  /** Constraints and indexes are matched by structure: servers make their names up, and renaming a table leaves them behind. */
  names: 'constraint-and-index-names',
  /** Columns are a set: dropping and adding one again moves it. */
  columnOrder: 'column-order',
  /** The server's choice of collation, when nobody made one (`versions.md` B2 rule 6). */
  collation: 'default-collation',
  /** A migration that makes up another constant on every run is met by any constant. */
  varying: 'varying-default',
} as const;
