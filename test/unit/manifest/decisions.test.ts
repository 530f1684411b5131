import { describe, expect, test } from 'vitest';
import { NO_DECISIONS, parseDecisions } from '../../../src/manifest/decisions.ts';

const parse = (value: unknown) =>
  parseDecisions(typeof value === 'string' ? value : JSON.stringify(value), 'decisions.json', {
    revisions: ['n1', 'n2', '__proto__'],
    tools: ['alembic', 'flyway'],
  });

describe('decisions.json', () => {
  test('is read whole, whatever things are called', () => {
    const decisions = parse(
      '{"format":1,"policies":{"n1":"skip","__proto__":"run"},"accepted":[{"difference":"cats.indexes.one","revision":null,"why":"theirs"}],"foreignHistories":{"alembic":{"__proto__":"n2","ab12":"n1"}}}',
    );
    expect([...decisions.policies]).toEqual([
      ['n1', 'skip'],
      ['__proto__', 'run'],
    ]);
    expect(decisions.accepted).toEqual([{ difference: 'cats.indexes.one', revision: null, why: 'theirs' }]);
    expect([...(decisions.foreignHistories.get('alembic') ?? [])]).toEqual([
      ['__proto__', 'n2'],
      ['ab12', 'n1'],
    ]);
  });

  test('may leave out what was not decided', () => {
    expect(parse({ format: 1 })).toEqual(NO_DECISIONS);
  });

  test.each([
    ['{', 'its top level'],
    [[], 'its top level'],
    [{ format: 2 }, 'format'],
    [{ format: 1, policy: {} }, 'its top level'],
    [{ format: 1, policies: { n1: 'maybe' } }, 'policies["n1"]'],
    [{ format: 1, policies: { n9: 'run' } }, 'policies["n9"]'],
    [{ format: 1, accepted: [{ difference: 'x', revision: null }] }, 'accepted[0].why'],
    [{ format: 1, accepted: [{ difference: 'x', revision: null, why: ' ' }] }, 'accepted[0].why'],
    [{ format: 1, accepted: [{ difference: 'x', revision: 'n9', why: 'y' }] }, 'accepted[0].revision'],
    [{ format: 1, foreignHistories: { alembic: { v: 1 } } }, 'foreignHistories["alembic"]["v"]'],
    [{ format: 1, foreignHistories: { alembic: { v: 'n9' } } }, 'foreignHistories["alembic"]["v"]'],
    [{ format: 1, foreignHistories: { alembik: {} } }, 'foreignHistories["alembik"]'],
  ])('%j is refused, naming %s', (value, place) => {
    expect(() => parse(value)).toThrow(
      expect.objectContaining({
        code: 'DECISIONS.INVALID',
        message: expect.stringContaining(`decisions.json is not a file of decisions: at ${place}, `),
      }),
    );
  });
});
