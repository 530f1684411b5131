import { describe, expect, test } from 'vitest';
import { createLogger, type LogLevel, type LogStyle } from '../../../src/cli/log.ts';
import { withoutSecrets } from '../../../src/cli/secrets.ts';

function lines(style: LogStyle, level: LogLevel = 'debug') {
  const written: string[] = [];
  const logger = createLogger({ style, level, now: () => new Date(0), write: (text) => written.push(text) });
  return { logger, written };
}

const REFUSAL = { event: 'refused', code: 'REFUSED.PARTIAL', message: 'No.', hint: 'Look.' };

describe('a log', () => {
  test('for people has sentences, and failures as blocks', () => {
    const { logger, written } = lines('people');
    logger.info({ event: 'detected', state: 'legacy' }, 'detected: legacy at 002');
    logger.error(REFUSAL, 'refused: No.');
    expect(written).toEqual([
      'detected: legacy at 002\n',
      'knex-adopt: No.\n  hint: Look.\n  code: REFUSED.PARTIAL\n',
    ]);
  });

  test('in lines has time, event and sentence, each once', () => {
    const { logger, written } = lines('lines');
    logger.info({ event: 'detected' }, 'detected: legacy at 002');
    logger.info({ event: 'ran' }, 'ran 003 (4 ms)');
    logger.info({ event: 'up-to-date' }, 'up to date');
    logger.error(REFUSAL, 'refused: No,\n  really.');
    expect(written).toEqual([
      '1970-01-01T00:00:00.000Z detected legacy at 002\n',
      '1970-01-01T00:00:00.000Z ran 003 (4 ms)\n',
      '1970-01-01T00:00:00.000Z up-to-date\n',
      '1970-01-01T00:00:00.000Z refused [REFUSED.PARTIAL] No, really. Hint: Look.\n',
    ]);
  });

  test.each(['people', 'lines'] as const)('for %s shows what a terminal would act upon', (style) => {
    const { logger, written } = lines(style);
    logger.info({ event: 'ran' }, 'ran 001\u001b[31m_\u202ecats');
    logger.error({ ...REFUSAL, hint: 'Look at \u001b[2J.' }, 'refused: \u0007No.');
    expect(written.join('')).not.toMatch(/(?!\n)[\p{Cc}\u202e]/u);
    expect(written.join('')).toMatch(/001\\x1b\[31m_\\u202ecats.*\\x07No\..*\\x1b\[2J/s);
  });

  test('in JSON has one object each line, with all facts', () => {
    const { logger, written } = lines('json');
    logger.warn({ event: 'drift', differences: 2 }, 'two\nlines');
    expect(written).toHaveLength(1);
    expect(JSON.parse(written[0] ?? '')).toEqual({
      time: '1970-01-01T00:00:00.000Z',
      level: 'warn',
      event: 'drift',
      differences: 2,
      msg: 'two\nlines',
    });
  });

  test('leaves out what is below its level', () => {
    const { logger, written } = lines('people', 'warn');
    logger.debug({}, 'debug');
    logger.info({}, 'info');
    logger.warn({}, 'warn');
    logger.error({}, 'error');
    expect(written).toEqual(['warn\n', 'error\n']);
  });
});

describe('without secrets', () => {
  test.each([
    ['postgres://cats:geheim@h/d failed', 'postgres://cats:***@h/d failed'],
    ['two: a://b:c@d and mysql://e:f@g', 'two: a://b:***@d and mysql://e:***@g'],
    ['a password with an at: pg://u:a@b@h/d', 'a password with an at: pg://u:***@h/d'],
    ['one slash: mysql:/cats:geheim@h/d failed', 'one slash: mysql:/cats:***@h/d failed'],
    ['no slash: postgresql:cats:geheim@h/d failed', 'no slash: postgresql:cats:***@h/d failed'],
    ['no password: postgres://cats@h/d', 'no password: postgres://cats@h/d'],
    [
      'Write postgres://user:password@host:5432/database',
      'Write postgres://user:password@host:5432/database',
    ],
    ['the word hunter2 alone', 'the word *** alone'],
  ])('%s', (text, clean) => {
    expect(withoutSecrets(text, ['hunter2', 'd'])).toBe(clean);
  });
});
