import type { Column } from '../schema/snapshot.ts';

/** A setting of the server that decides what a statement makes beside what it says, so that one migration makes different columns. */
export interface ServerSetting {
  readonly name: string;
  /** As it is on this server at this moment; a column may have been made under another one, or elsewhere. */
  readonly value: string;
  /** What it does, in one sentence. */
  readonly effect: string;
  /** Whether two columns of one name differ in nothing but what the setting decides. */
  explains(expected: Column, actual: Column): boolean;
}
