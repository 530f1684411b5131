import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { canonicalExpression } from '../../../../src/dialects/mysql/expression.ts';
import { PLAIN_MODES } from '../../../../src/dialects/mysql/expression-lexer.ts';

const canonical = (text: string) =>
  canonicalExpression(text, { ...PLAIN_MODES, schema: 'app', escaped: false }) ?? text;
const escaped = (text: string) =>
  canonicalExpression(text, { ...PLAIN_MODES, schema: 'app', escaped: true }) ?? text;

/** An expression in which every operand has its own parentheses, as MySQL prints it: no precedence decides how it is read. */
const explicit = fc.letrec<{ tree: string; leaf: string }>((tie) => ({
  leaf: fc.oneof(
    fc.constantFrom('`a`', '`b`', '1', '2.50', "'x'", "'it''s'", 'null'),
    fc.string({ maxLength: 6 }).map((text) => `'${text.replaceAll('\\', '\\\\').replaceAll("'", "''")}'`),
  ),
  tree: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    tie('leaf'),
    fc
      .tuple(
        fc.constantFrom(
          'or',
          'xor',
          'and',
          '=',
          '<=>',
          '<',
          '>=',
          '|',
          '&',
          '<<',
          '+',
          '-',
          '*',
          '/',
          'div',
          '%',
          '^',
        ),
        tie('tree'),
        tie('tree'),
      )
      .map(([operator, left, right]) => `(${left} ${operator} ${right})`),
    fc
      .tuple(fc.constantFrom('not', '-', '~'), tie('tree'))
      .map(([operator, operand]) => `(${operator}(${operand}))`),
    fc
      .tuple(fc.constantFrom('', 'not '), tie('tree'), tie('tree'), tie('tree'))
      .map(([not, value, low, high]) => `(${value} ${not}between ${low} and ${high})`),
    fc
      .tuple(fc.constantFrom('in', 'not in'), tie('tree'), tie('tree'))
      .map(([word, value, item]) => `(${value} ${word} (${item},1))`),
    fc
      .tuple(fc.constantFrom('like', 'not like', 'regexp'), tie('tree'), tie('tree'))
      .map(([word, value, pattern]) => `(${value} ${word} ${pattern})`),
    fc
      .tuple(tie('tree'), fc.constantFrom('is null', 'is not null', 'is true'))
      .map(([value, word]) => `(${value} ${word})`),
    fc.tuple(tie('tree'), tie('tree')).map(([when, then]) => `(case when ${when} then ${then} end)`),
    fc
      .tuple(fc.constantFrom('coalesce', 'concat'), tie('tree'), tie('tree'))
      .map(([name, one, other]) => `${name}(${one},${other})`),
    tie('tree').map((value) => `(${value} collate utf8mb4_bin)`),
  ),
})).tree;

describe('the canonical form', () => {
  it('is understood, and its own canonical form: dropping parentheses changed no tree', () => {
    fc.assert(
      fc.property(explicit, (text) => {
        const once = canonical(text);
        expect(canonical(once)).toBe(once);
      }),
      { numRuns: 500 },
    );
  });

  it('does not depend on parentheses around operands', () => {
    fc.assert(
      fc.property(explicit, (text) => {
        expect(canonical(`((${text}))`)).toBe(canonical(text));
      }),
      { numRuns: 200 },
    );
  });

  it("is the same under MySQL 8's further escaping", () => {
    fc.assert(
      fc.property(explicit, (text) => {
        const printed = text.replaceAll('\\', '\\\\').replaceAll("'", "\\'");
        expect(escaped(printed)).toBe(canonical(text));
      }),
      { numRuns: 300 },
    );
  });

  it('tells a changed operand from the one that was', () => {
    fc.assert(
      fc.property(explicit, (text) => {
        fc.pre(text.includes('`a`'));
        expect(canonical(text.replace('`a`', '`changed`'))).not.toBe(canonical(text));
      }),
      { numRuns: 300 },
    );
  });

  it('never throws, whatever the text', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom(...'`\'"()\\.,-+*/ab1 xnot_'.split('')) }), (text) => {
        expect(typeof canonical(text)).toBe('string');
        expect(typeof escaped(text)).toBe('string');
      }),
      { numRuns: 2000 },
    );
  });
});
