let last: string | null = null;

/** Remembers which migration (by its recorded name) this process has begun last. */
export function beginMigration(recordedName: string): void {
  last = recordedName;
}

/** The one that this process has begun last; null where it has begun none. */
export function lastMigrationBegun(): string | null {
  return last;
}
