/** What a database answered to "has this migration's data change happened?". */
export interface ProbeAnswer {
  readonly revision: string;
  /** The file that asks, below the manifests folder. */
  readonly file: string;
  /** Null where this role may not read what the probe reads. */
  readonly happened: boolean | null;
  /** Why it could not be told, as a sentence; null where it could. */
  readonly problem: string | null;
}
