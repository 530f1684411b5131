import { describe, expect, it } from 'vitest';
import { flavorOf } from '../../../../src/dialects/mysql/flavor.ts';
import {
  coversDatabase,
  type Grant,
  grantDatabase,
  holds,
  parseGrant,
} from '../../../../src/dialects/mysql/grants.ts';
import { judgeVisibility } from '../../../../src/dialects/mysql/visibility.ts';

const grants = (...lines: string[]): Grant[] => lines.flatMap((line) => parseGrant(line) ?? []);

describe('who may SELECT on the whole database app_1', () => {
  it.each([
    ['everything, MariaDB', ['GRANT ALL PRIVILEGES ON *.* TO `root`@`localhost` WITH GRANT OPTION'], true],
    [
      'everything, MySQL 8',
      [
        'GRANT SELECT, INSERT, SHOW VIEW ON *.* TO `root`@`%` WITH GRANT OPTION',
        'GRANT BACKUP_ADMIN ON *.* TO `root`@`%`',
      ],
      true,
    ],
    ['the database', ['GRANT USAGE ON *.* TO `u`@`%`', 'GRANT SELECT ON `app\\_1`.* TO `u`@`%`'], true],
    ['the database, its wildcard not escaped', ['GRANT SELECT ON `app_1`.* TO `u`@`%`'], true],
    ['databases by a pattern', ['GRANT SELECT, TRIGGER ON `app%`.* TO `u`@`%`'], true],
    ['another database', ['GRANT SELECT ON `app\\_2`.* TO `u`@`%`'], false],
    ['a pattern that is none', ['GRANT SELECT ON `app\\%`.* TO `u`@`%`'], false],
    ['one table', ['GRANT SELECT ON `app_1`.`t` TO `u`@`%`'], false],
    ['one column', ['GRANT SELECT (`a`) ON `app_1`.`t` TO `u`@`%`'], false],
    ['columns everywhere', ['GRANT SELECT (`a`), INSERT ON `app_1`.* TO `u`@`%`'], false],
    ['nothing', ['GRANT USAGE ON *.* TO `u`@`%`'], false],
    [
      'nothing, with a password',
      ["GRANT USAGE ON *.* TO `u`@`%` IDENTIFIED BY PASSWORD '*B69027D44F6E5EDC07F1AEAD1477967B16F28227'"],
      false,
    ],
    ['another privilege', ['GRANT CREATE, SHOW VIEW ON `app_1`.* TO `u`@`%`'], false],
    ['a role by name', ['GRANT `reader`@`%` TO `u`@`%`'], false],
    ['a routine', ['GRANT EXECUTE ON FUNCTION `app_1`.`f` TO `u`@`%`'], false],
    [
      'a role that is active, MariaDB',
      ['GRANT `reader` TO `u`@`%`', 'GRANT SELECT ON `app_1`.* TO `reader`'],
      true,
    ],
    [
      'a partial revoke',
      ['GRANT SELECT ON *.* TO `u`@`%`', 'REVOKE SELECT ON `app_1`.* FROM `u`@`%`'],
      false,
    ],
    [
      'a partial revoke elsewhere',
      ['GRANT SELECT ON *.* TO `u`@`%`', 'REVOKE SELECT ON `mysql`.* FROM `u`@`%`'],
      true,
    ],
    ['old quoting', ["GRANT SELECT ON `app_1`.* TO 'u'@'%'"], true],
    ['ANSI quoting', ['GRANT SELECT ON "app_1".* TO "u"@"%"'], true],
  ])('%s', (_what, lines, expected) => {
    expect(holds(grants(...lines), 'SELECT', 'app_1')).toBe(expected);
  });
});

describe('databases in grants', () => {
  it.each([
    ['a_b', 'axb', true],
    ['a\\_b', 'axb', false],
    ['a\\_b', 'a_b', true],
    ['a%', 'abc', true],
    ['a.c', 'abc', false],
    ['a(b', 'a(b', true],
    [null, 'anything', true],
  ])('%s covers %s: %s', (pattern, database, expected) => {
    expect(coversDatabase(pattern, database)).toBe(expected);
  });

  it('are written with their wildcards escaped, and cover then only themselves', () => {
    expect(grantDatabase('a_b`c%')).toBe('`a\\_b``c\\%`');
    const [grant] = grants(`GRANT SELECT ON ${grantDatabase('a_b%')}.* TO 'u'@'%'`);
    expect(coversDatabase(grant?.database ?? null, 'a_b%')).toBe(true);
    expect(coversDatabase(grant?.database ?? null, 'axbc')).toBe(false);
  });
});

describe('with partial_revokes', () => {
  it('a wildcard is a plain character', () => {
    const grant = parseGrant('GRANT SELECT ON `app_1`.* TO `u`@`%`', true);
    expect(holds(grant ? [grant] : [], 'SELECT', 'app_1')).toBe(true);
    expect(holds(grant ? [grant] : [], 'SELECT', 'appx1')).toBe(false);
  });
});

describe('visibility', () => {
  const facts = {
    server: { vendor: 'mariadb', version: '10.11.19' },
    defaultSchema: 'app_1',
    user: "o'hara@%",
    database: 'app_1',
    readOnlyReason: null,
    pooled: false,
  } as const;
  const judge = (lines: string[], hidden: string[] = [], hiddenRoutines: string[] = []) =>
    judgeVisibility(grants(...lines), { hidden, hiddenRoutines }, facts, flavorOf(facts.server), ['app_1']);

  it('is complete with SELECT on the database, and says what it could not learn of', () => {
    expect(judge(['GRANT SELECT ON `app_1`.* TO `u`@`%`'])).toEqual({
      complete: true,
      hidden: [],
      grants: [],
      unseen: [
        { kind: 'trigger', grant: "GRANT TRIGGER ON `app\\_1`.* TO 'o''hara'@'%';" },
        { kind: 'function', grant: "GRANT EXECUTE ON `app\\_1`.* TO 'o''hara'@'%';" },
      ],
    });
    expect(judge(['GRANT ALL PRIVILEGES ON `app_1`.* TO `u`@`%`']).unseen).toEqual([]);
  });

  it('is incomplete without it, and says what to grant', () => {
    expect(judge(['GRANT CREATE ON `app_1`.* TO `u`@`%`'])).toMatchObject({
      complete: false,
      grants: ["GRANT SELECT, SHOW VIEW ON `app\\_1`.* TO 'o''hara'@'%';"],
    });
  });

  it('is incomplete where something is seen to be hidden', () => {
    expect(judge(['GRANT SELECT ON `app_1`.* TO `u`@`%`'], ['v'])).toMatchObject({
      complete: false,
      hidden: ['v'],
    });
    expect(judge(['GRANT SELECT, EXECUTE ON `app_1`.* TO `u`@`%`'], [], ['f'])).toMatchObject({
      complete: false,
      hidden: ['f'],
      grants: ["GRANT SELECT ON `mysql`.`proc` TO 'o''hara'@'%';"],
    });
  });
});
