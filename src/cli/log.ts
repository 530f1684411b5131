import type { Knex } from 'knex';
import type { ErrorCode } from '../errors.ts';
import type { Logger } from '../logger.ts';
import { type Failure, failureText } from './failure.ts';
import { visible } from './render/text.ts';

/**
 * - `people`: sentences, for whoever typed the command.
 * - `lines`: time, event, sentence: one stable line each, for a container's log.
 * - `json`: one JSON object each line.
 */
export type LogStyle = 'people' | 'lines' | 'json';

const LEVELS = ['debug', 'info', 'warn', 'error'] as const;
/** What is left out: everything below it. */
export type LogLevel = (typeof LEVELS)[number];

export interface LogOptions {
  readonly style: LogStyle;
  readonly level: LogLevel;
  readonly now: () => Date;
  /** How a failure is told to people; by default in lines. */
  readonly failure?: ((failure: Omit<Failure, 'stack'>) => string) | undefined;
  /** Gets whole lines. */
  write(text: string): void;
}

type Facts = Readonly<Record<string, unknown>>;

function failureOf(facts: Facts, message: string) {
  return {
    code: facts.code as ErrorCode,
    message: message.replace(/^refused: /, ''),
    hint: typeof facts.hint === 'string' ? facts.hint : null,
  };
}

/** On one line, and harmless: names of people's migrations and a server's own words are in it. */
const sentenceOf = (message: string) => visible(message.replace(/\s*\n\s*/g, ' '));

/** The event is a word of its own at the beginning of the line; the sentence need not say it again. */
function plainLine(time: string, level: LogLevel, facts: Facts, message: string): string {
  const event = typeof facts.event === 'string' ? facts.event : level;
  const spoken = message.replaceAll(' ', '-') === event ? event : message;
  const sentence = spoken.startsWith(event) ? spoken.slice(event.length).replace(/^:? /, '') : spoken;
  const code = typeof facts.code === 'string' ? ` [${facts.code}]` : '';
  const hint = typeof facts.hint === 'string' ? ` Hint: ${sentenceOf(facts.hint)}` : '';
  return `${`${time} ${event}${code} ${sentence}`.trimEnd()}${hint}\n`;
}

function line(options: LogOptions, level: LogLevel, facts: Facts, message: string): string {
  switch (options.style) {
    case 'people':
      return level === 'error' && typeof facts.code === 'string'
        ? (options.failure ?? failureText)(failureOf(facts, message))
        : `${sentenceOf(message)}\n`;
    case 'lines':
      return plainLine(options.now().toISOString(), level, facts, sentenceOf(message));
    case 'json':
      return `${JSON.stringify({ time: options.now().toISOString(), level, ...facts, msg: message })}\n`;
  }
}

/** A pino-compatible logger that writes lines. */
export function createLogger(options: LogOptions): Logger {
  const least = LEVELS.indexOf(options.level);
  const at = (level: LogLevel) => (facts: object, message: string) => {
    if (LEVELS.indexOf(level) >= least) options.write(line(options, level, facts as Facts, message));
  };
  return { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') };
}

/** What Knex says of a failure before it throws the same. */
const TWICE_TOLD = /^migration file "|^migration failed with error|^Acquire connection error/;

/** Knex's own words, in our log. */
export function knexLog(logger: Logger): Knex.Logger {
  const text = (message: unknown) => (typeof message === 'string' ? message : JSON.stringify(message));
  const facts = { event: 'knex' };
  return {
    debug: (message: unknown) => logger.debug(facts, text(message)),
    warn: (message: unknown) =>
      TWICE_TOLD.test(text(message)) ? logger.debug(facts, text(message)) : logger.warn(facts, text(message)),
    error: (message: unknown) => logger.error(facts, text(message)),
    deprecate: (method, alternative) =>
      logger.warn(facts, `${method} is deprecated, please use ${alternative}`),
  };
}
