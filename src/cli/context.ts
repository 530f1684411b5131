/** A stream that takes text. */
export interface TextOutput {
  readonly isTTY: boolean;
  write(text: string): void;
}

/** A stream that answers are read from. */
export type TextInput = NodeJS.ReadableStream & { readonly isTTY?: boolean };

/** Signals that end a command, or are handed on to the command that we started. */
export type ForwardedSignal = 'SIGTERM' | 'SIGINT' | 'SIGHUP';

/** All that a command knows of the process it runs in: made by `main.ts`, the only file that knows it for itself. */
export interface Context {
  /** Without the interpreter and the script. */
  readonly argv: readonly string[];
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Where the command was typed; relative paths of the command line are relative to it. */
  readonly cwd: string;
  readonly version: string;
  /** Carries the data asked for, and nothing else. */
  readonly stdout: TextOutput;
  /** Progress, logs, hints and failures. */
  readonly stderr: TextOutput;
  readonly stdin: TextInput;
  /** Aborted by SIGINT and SIGTERM. */
  readonly signal: AbortSignal;
  /** Rejected by what is thrown where nobody waits for it: by a migration, mostly, that does not await all that it does. */
  readonly stray: Promise<never>;
  /** What is never to be shown; whatever is written to stderr is looked through for it. */
  readonly secrets: Set<string>;
  readonly now: () => Date;
  /** As Knex's own command line does for a knexfile: migrations and knexfiles read files relative to it. */
  enterDirectory(directory: string): void;
  /** Takes signals in place of {@link Context.signal}, until the function that is given back is called. */
  takeSignals(take: (signal: ForwardedSignal) => void): () => void;
}
