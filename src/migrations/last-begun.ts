let last: string | null = null;

/** Files that are being loaded. */
const loading = new Set<string>();

/** Remembers which migration (by its recorded name) this process has begun last. */
export function beginMigration(recordedName: string): void {
  last = recordedName;
}

/** The one that this process has begun last; null where it has begun none. */
export function lastMigrationBegun(): string | null {
  return last;
}

/** Remembers a migration's file for as long as it is being loaded: what it runs then may end the process. */
export async function whileLoading<T>(file: string, load: () => Promise<T>): Promise<T> {
  loading.add(file);
  try {
    return await load();
  } finally {
    loading.delete(file);
  }
}

/** The file of a migration that is being loaded; null where none is. */
export function migrationLoading(): string | null {
  return [...loading].at(-1) ?? null;
}
