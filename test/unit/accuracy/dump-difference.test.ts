import { describe, expect, test } from 'vitest';
import { dumpDifference } from '../../../accuracy/dump-difference.ts';

const POSTGRES = `CREATE TABLE public.cats (
    id integer NOT NULL,
    name text,
    CONSTRAINT named CHECK ((name <> ''::text))
);
CREATE SEQUENCE public.cats_id_seq
    START WITH 1;
ALTER SEQUENCE public.cats_id_seq OWNED BY public.cats.id;
ALTER TABLE ONLY public.cats ALTER COLUMN id SET DEFAULT nextval('public.cats_id_seq'::regclass);
CREATE UNIQUE INDEX cats_name ON public.cats USING btree (name);
`;

const MYSQL = `CREATE TABLE \`cats\` (
  \`id\` int(10) unsigned NOT NULL AUTO_INCREMENT,
  \`name\` text DEFAULT NULL COMMENT 'it''s, a name',
  PRIMARY KEY (\`id\`),
  KEY \`cats_name\` (\`name\`)
) ENGINE=InnoDB AUTO_INCREMENT=7 DEFAULT CHARSET=utf8mb4;
`;

const replaced = (text: string, from: string, to: string) => dumpDifference(text, text.replaceAll(from, to));

describe('dumps that differ only in what makes no other schema', () => {
  test.each([
    ['the name of an index', replaced(POSTGRES, 'cats_name', 'x'), 'names of constraints and indexes'],
    ['the name of a check', replaced(POSTGRES, 'named', '"Na""med"'), 'names of constraints and indexes'],
    ['the name of a sequence', replaced(POSTGRES, 'cats_id_seq', 'seq'), 'names of the sequences of columns'],
    [
      'a privilege',
      dumpDifference(POSTGRES, `${POSTGRES}GRANT SELECT ON TABLE public.cats TO reader;\n`),
      'privileges and owners',
    ],
    ['a comment', dumpDifference(POSTGRES, `${POSTGRES}COMMENT ON TABLE public.cats IS 'x';\n`), 'comments'],
    [
      'a storage parameter',
      replaced(POSTGRES, '(name);', "(name) WITH (fillfactor='70');"),
      'storage parameters',
    ],
    [
      'a storage parameter of a table',
      replaced(POSTGRES, ')\n);', ")\n)\nWITH (autovacuum_vacuum_scale_factor='0.02', fillfactor='70');"),
      'storage parameters',
    ],
    [
      'statistics',
      dumpDifference(POSTGRES, `${POSTGRES}ALTER STATISTICS public.s SET STATISTICS 1000;\n`),
      'statistics',
    ],
    [
      'the order of columns',
      replaced(POSTGRES, 'id integer NOT NULL,\n    name text,', 'name text,\n    id integer NOT NULL,'),
      'order of columns or statements',
    ],
    ['MySQL: the name of an index', replaced(MYSQL, 'cats_name', 'x'), 'names of constraints and indexes'],
    ['MySQL: a comment', replaced(MYSQL, " COMMENT 'it''s, a name'", ''), 'comments'],
    ['MySQL: a counter', replaced(MYSQL, 'AUTO_INCREMENT=7', 'AUTO_INCREMENT=8'), 'storage parameters'],
  ])('%s', (_, difference, kind) => {
    expect(difference).toEqual({ harmless: [kind], rest: [] });
  });
});

describe('dumps of two schemas', () => {
  test.each([
    ['a type', replaced(POSTGRES, 'name text', 'name varchar')],
    ['a sequence', replaced(POSTGRES, 'START WITH 1', 'START WITH 2')],
    ['an index', replaced(POSTGRES, 'UNIQUE INDEX', 'INDEX')],
    ['a check', replaced(POSTGRES, "<> ''", "<> 'x'")],
    [
      'extended statistics',
      dumpDifference(
        `${POSTGRES}CREATE STATISTICS public.s ON id, name FROM public.cats;\n`,
        `${POSTGRES}CREATE STATISTICS public.s (mcv) ON id, name FROM public.cats;\n`,
      ),
    ],
    ['MySQL: a column', replaced(MYSQL, 'text DEFAULT NULL', 'text NOT NULL')],
    ['MySQL: a key', replaced(MYSQL, 'KEY `cats_name` (`name`)', 'KEY `cats_name` (`id`)')],
    ['MySQL: an attribute of a column', replaced(MYSQL, ' NOT NULL AUTO_INCREMENT', ' NOT NULL')],
  ])('%s', (_, difference) => {
    expect(difference).toEqual({
      harmless: [],
      rest: [expect.stringMatching(/^- /), expect.stringMatching(/^\+ /)],
    });
  });
});
