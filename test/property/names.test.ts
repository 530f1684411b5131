import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import fc from 'fast-check';
import createKnex from 'knex';
import { describe, expect, test } from 'vitest';
import { createAcceptance } from '../../src/classify/acceptance.ts';
import { createNamer, differenceName } from '../../src/classify/paths.ts';
import { visible } from '../../src/cli/render/text.ts';
import type { RawDifference } from '../../src/compare/difference.ts';
import { isKnexName } from '../../src/database/knex-name.ts';
import { MYSQL_SYNTAXES } from '../../src/dialects/mysql/ask.ts';
import { quoteName } from '../../src/dialects/mysql/expression-tree.ts';
import { POSTGRES_SYNTAX } from '../../src/dialects/postgres/ask.ts';
import { quoteIdentifier, quoteLiteral } from '../../src/dialects/postgres/quote.ts';
import { keyWithSchema, objectKey, parseObjectKey, qualifiedKey } from '../../src/schema/object-key.ts';
import { oneStatement } from '../../src/util/one-statement.ts';
import { shellWord } from '../../src/util/shell-word.ts';
import { HOSTILE_NAMES } from '../support/hostile-names.ts';

/** Names in which everything that means something to somebody is frequent, and any other text without a NUL, which no server takes. */
const anyName = fc.oneof(
  fc.string({ minLength: 1, maxLength: 8, unit: fc.constantFrom(...`a."'\`()? \\$\n*-`) }),
  fc.constantFrom(...HOSTILE_NAMES.postgres),
  fc.string({ minLength: 1, maxLength: 20, unit: 'binary' }).filter((name) => !name.includes('\0')),
);

describe('the key of an object', () => {
  test('is shared by no two objects', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(anyName, anyName), { maxLength: 20 }), anyName, (objects, inDefault) => {
        const keys = new Map<string, string>();
        for (const [schema, name] of [...objects, ...objects.map(([, one]) => ['public', one] as const)]) {
          const key = objectKey(schema, name, 'public');
          const object = JSON.stringify([schema, name]);
          expect(keys.get(key) ?? object).toBe(object);
          keys.set(key, object);
        }
        expect(parseObjectKey(objectKey('public', inDefault, 'public'))).toEqual({
          schema: null,
          name: inDefault,
        });
      }),
    );
  });

  test('gives schema and name back, and its schema where it says none', () => {
    fc.assert(
      fc.property(
        anyName,
        anyName,
        fc.constantFrom('', '()', '(integer, other.type)'),
        (schema, name, more) => {
          const key = `${objectKey(schema, name, 'public')}${more}`;
          expect(parseObjectKey(key)).toEqual({ schema: schema === 'public' ? null : schema, name });
          expect(keyWithSchema(key, 'public')).toBe(`${qualifiedKey(schema, name)}${more}`);
          expect(keyWithSchema(`${objectKey(schema, name, schema)}${more}`, schema)).toBe(
            `${qualifiedKey(schema, name)}${more}`,
          );
        },
      ),
    );
  });
});

describe('the name of a difference', () => {
  const anyDifference: fc.Arbitrary<RawDifference> = fc
    .record({
      kind: fc.constantFrom('table', 'column', 'unique', 'foreign-key', 'check', 'index'),
      owner: anyName.map((name) => objectKey('public', name, 'public')),
      name: anyName,
      outcome: fc.constantFrom('missing', 'unexpected', 'different'),
    })
    .map((one) => ({ ...one, identity: one.name })) as fc.Arbitrary<RawDifference>;
  const namer = createNamer({ schemas: ['public'] });
  const thing = ({ kind, owner, name }: RawDifference) =>
    JSON.stringify(kind === 'table' ? [kind, owner] : [kind, owner, name]);

  test('accepts that difference, with or without the schema, and none of another thing', () => {
    fc.assert(
      fc.property(
        fc.array(anyDifference, { minLength: 1, maxLength: 20 }),
        fc.boolean(),
        (differences, bare) => {
          const [first] = differences as [RawDifference];
          const difference = differenceName({ path: bare ? namer.bare(first) : namer.path(first) });
          const acceptance = createAcceptance([{ difference, revision: null, why: 'reviewed' }], namer);
          for (const one of differences) {
            expect(acceptance.everywhere(one)).toBe(thing(one) === thing(first) ? 'reviewed' : null);
          }
          expect(acceptance.unused('001', differences)).toEqual([]);
        },
      ),
    );
  });
});

describe('a quoted name', () => {
  test('ends where it is meant to end, however the server reads', () => {
    fc.assert(
      fc.property(anyName, anyName, (schema, name) => {
        for (const [quoted, syntaxes] of [
          [`${quoteIdentifier(schema)}.${quoteIdentifier(name)}`, [POSTGRES_SYNTAX]],
          [`${quoteName(schema)}.${quoteName(name)}`, MYSQL_SYNTAXES],
          [quoteLiteral(name), [POSTGRES_SYNTAX]],
        ] as const) {
          const sql = `select ${quoted} x`;
          expect(oneStatement(`${sql}; -- more`, syntaxes)).toEqual({
            kind: 'one',
            sql,
            firstWord: 'select',
          });
          expect(oneStatement(`${sql}; select 2`, syntaxes)).toEqual({ kind: 'several' });
        }
      }),
    );
  });
});

describe.each([
  ['pg', '"'],
  ['mysql2', '`'],
] as const)('a name for Knex (%s)', (client, quote) => {
  const knex = createKnex({ client });
  const quoted = (name: string) => quote + name.replaceAll(quote, quote + quote) + quote;

  test('is one that it writes as it is, in every statement', () => {
    fc.assert(
      fc.property(anyName, anyName, (schema, name) => {
        fc.pre(isKnexName(knex, schema) && isKnexName(knex, name));
        const table = `${quoted(schema)}.${quoted(name)}`;
        const place = client === 'pg' ? '$1' : '?';
        expect(knex.withSchema(schema).table(name).insert({ a: 1 }).toSQL().toNative().sql).toBe(
          `insert into ${table} (${quoted('a')}) values (${place})`,
        );
        expect(knex.withSchema(schema).table(name).select('a').toSQL().toNative().sql).toBe(
          `select ${quoted('a')} from ${table}`,
        );
        expect(knex.schema.withSchema(schema).dropTable(name).toString()).toBe(`drop table ${table}`);
      }),
    );
  });

  test('is each that means nothing to it', () => {
    fc.assert(
      fc.property(fc.stringMatching(/^[\p{L}\d_$%{}:"'`\\-]{1,20}$/u), (name) => {
        expect(isKnexName(knex, name)).toBe(true);
      }),
    );
  });
});

describe('what is shown', () => {
  test('holds nothing that a terminal acts upon, and is not escaped twice', () => {
    fc.assert(
      fc.property(anyName, (name) => {
        expect(visible(name)).not.toMatch(/[\p{Cc}\u202a-\u202e\u2066-\u2069]/u);
        expect(visible(visible(name))).toBe(visible(name));
      }),
    );
  });

  test('as a word of a command line is that word to a shell', async () => {
    // Half a surrogate pair is no text that a program could be given.
    const words = fc.array(
      anyName.filter((name) => !/\p{Cs}/u.test(name)),
      { minLength: 100, maxLength: 100 },
    );
    await fc.assert(
      fc.asyncProperty(words, async (names) => {
        const line = names.map((name) => visible(shellWord(name))).join(' ');
        const { stdout } = await promisify(execFile)('bash', ['-c', `printf '%s\\0' ${line}`]);
        expect(stdout.split('\0').slice(0, -1)).toEqual(names);
      }),
      { numRuns: 5 },
    );
  });
});
