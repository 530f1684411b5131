/**
 * The four methods of a pino-compatible logger that this library calls: an object of facts first, a sentence second.
 * `console` is not one (its methods take the sentence first); pino, and Fastify's `app.log`, are.
 */
export interface Logger {
  debug(facts: object, message: string): void;
  info(facts: object, message: string): void;
  warn(facts: object, message: string): void;
  error(facts: object, message: string): void;
}

/** A logger that says nothing: the library's default. */
export const silentLogger: Logger = {
  debug() {},
  info() {},
  warn() {},
  error() {},
};
