import type { DialectName } from '../../src/schema/snapshot.ts';

/** Types by another that is close to it: the first pattern that matches decides. */
const OTHER_TYPES: Readonly<Record<DialectName, readonly (readonly [RegExp, string])[]>> = {
  postgres: [
    [/^smallint$/, 'integer'],
    [/^integer$/, 'bigint'],
    [/^bigint$/, 'integer'],
    [/^character varying\((\d+)\)$/, 'character varying(1$1)'],
    [/^character varying$/, 'text'],
    [/^character\((\d+)\)$/, 'character(1$1)'],
    [/^text$/, 'character varying(4000)'],
    [/^timestamp(?:\((\d)\))? with time zone$/, 'timestamp without time zone'],
    [/^timestamp(?:\((\d)\))? without time zone$/, 'timestamp with time zone'],
    [/^date$/, 'timestamp with time zone'],
    [/^numeric\((\d+),(\d+)\)$/, 'numeric(1$1,$2)'],
    [/^numeric$/, 'numeric(12,3)'],
    [/^real$/, 'double precision'],
    [/^double precision$/, 'real'],
    [/^jsonb$/, 'json'],
    [/^json$/, 'jsonb'],
    [/^boolean$/, 'smallint'],
    [/^uuid$/, 'text'],
    [/^text\[\]$/, 'character varying(40)[]'],
    [/^.*$/, 'text'],
  ],
  mysql: [
    [/^(tiny|small|medium|big)?int(\(\d+\))? unsigned$/, '$1int'],
    [/^tinyint\(1\)$/, 'smallint'],
    [/^(?:tiny|small|medium)int(\(\d+\))?$/, 'int'],
    [/^int(\(\d+\))?$/, 'bigint'],
    [/^bigint(\(\d+\))?$/, 'int'],
    [/^varchar\((\d{1,2})\)$/, 'varchar(1$1)'],
    [/^varchar\((\d+)\)$/, 'varchar(99)'],
    [/^char\((\d)\)$/, 'char(1$1)'],
    [/^char\((\d+)\)$/, 'char(9)'],
    [/^text$/, 'longtext'],
    [/^(?:tiny|medium)text$/, 'text'],
    [/^longtext$/, 'mediumtext'],
    [/^datetime(\(\d\))?$/, 'date'],
    [/^timestamp(\(\d\))?$/, 'datetime'],
    [/^date$/, 'datetime'],
    [/^decimal\((\d),(\d+)\)$/, 'decimal(1$1,$2)'],
    [/^decimal\(.*\)$/, 'decimal(9,1)'],
    [/^float$/, 'double'],
    [/^double$/, 'float'],
    [/^(?:enum|set)\(.*\)$/, 'varchar(77)'],
  ],
};

/** Another type than the one given, or null where none comes to mind. */
export function otherType(dialect: DialectName, type: string): string | null {
  for (const [pattern, other] of OTHER_TYPES[dialect]) {
    if (pattern.test(type)) {
      const result = type.replace(pattern, other);
      return result === type ? null : result;
    }
  }
  return null;
}

/** Two values that a column of a type can default to. */
const DEFAULTS: readonly (readonly [RegExp, readonly [string, string]])[] = [
  [/^boolean/, ['true', 'false']],
  [/^tinyint\(1\)/, ['1', '0']],
  [/int|^numeric|^decimal|^real|^double|^float/, ['41', '42']],
  [/char|text$/, ["'y'", "'z'"]],
  [/^date$/, ["'2001-02-03'", "'2002-03-04'"]],
  [/^(?:timestamp|datetime)/, ["'2001-02-03 04:05:06'", "'2002-03-04 05:06:07'"]],
  [/^json/, [`'{"zz": 1}'`, `'{"zz": 2}'`]],
  [/^uuid$/, ["'00000000-0000-4000-8000-000000000001'", "'00000000-0000-4000-8000-000000000002'"]],
];

/** A default for a column of this type that is not the one it has; null where none comes to mind. */
export function otherDefault(type: string, present: string): string | null {
  const values = DEFAULTS.find(([pattern]) => pattern.test(type))?.[1] ?? [];
  return values.find((value) => !present.includes(value.replaceAll("'", ''))) ?? null;
}
