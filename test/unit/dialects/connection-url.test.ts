import { describe, expect, test } from 'vitest';
import { parseConnectionUrl } from '../../../src/dialects/connection-url.ts';

describe('a database URL', () => {
  test.each([
    'postgres:/cats:geheim@127.0.0.1:5432/cats',
    'postgresql:cats:geheim@127.0.0.1:5432/cats',
    'postgres:///cats:geheim@127.0.0.1:5432/cats',
    'mysql:/cats:geheim@127.0.0.1/cats',
    'MARIADB:cats:geheim@127.0.0.1/cats',
    'mysql:////cats:geheim@127.0.0.1/cats',
  ])('whose slashes are not two is refused, and not shown: %s', (url) => {
    let thrown: unknown;
    try {
      parseConnectionUrl(url, '/');
    } catch (error) {
      thrown = error;
    }
    expect(thrown).toMatchObject({ code: 'CONFIG.BAD_URL' });
    expect(JSON.stringify(thrown)).not.toContain('geheim');
  });

  test('names what is never to be shown', () => {
    expect(parseConnectionUrl('postgres://cats:a%23b@h/d', '/')).toMatchObject({ secrets: ['a%23b', 'a#b'] });
    expect(parseConnectionUrl('mysql://h/d?password=geheim', '/')).toMatchObject({ secrets: ['geheim'] });
    expect(parseConnectionUrl('postgres:///d?host=/run', '/')).toMatchObject({ secrets: [] });
  });

  test('may have an at sign in its names, percent-encoded', () => {
    expect(parseConnectionUrl('mysql://a%40b:c@h/d%40e', '/')).toMatchObject({
      settings: { user: 'a@b', database: 'd@e' },
    });
  });

  test('of an embedded database has no slashes', () => {
    expect(parseConnectionUrl('pglite:cats', '/tmp')).toEqual({ kind: 'pglite', directory: '/tmp/cats' });
  });
});
