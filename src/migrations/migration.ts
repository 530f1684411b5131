/** One migration of the user's source. */
export interface Migration {
  /** Its revision: the recorded name without a JavaScript or TypeScript extension. */
  readonly revision: string;
  /** What Knex writes into its history: exactly what the migrations source returns. */
  readonly recordedName: string;
}

/** Knex's own load extensions, and the module ones that it leaves out. */
const EXTENSION = /\.(?:[cm]?[jt]s|co|coffee|eg|iced|litcoffee|ls)$/;

/** The revision of a recorded name: `002_cat_recognition.ts` and `002_cat_recognition.js` are one revision. */
export function revisionOf(recordedName: string): string {
  return recordedName.replace(EXTENSION, '');
}
