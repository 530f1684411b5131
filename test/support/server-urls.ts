import type { ServerUrls } from './servers.ts';

/**
 * Where this run's servers are: in a test what the global setup provided, elsewhere (`scripts/with-servers.js`) what the environment says.
 *
 * @throws Error when neither is there.
 */
export async function serverUrls(): Promise<ServerUrls> {
  if (process.env.VITEST !== undefined) {
    // Outside of a test run this module cannot even be loaded.
    const { inject } = await import('vitest');
    const urls = inject('servers');
    if (urls === undefined) {
      throw new Error('This test needs servers: put it below test/integration or test/cli.');
    }
    return urls;
  }
  const { TEST_POSTGRES_URL: postgres, TEST_MYSQL_URL: mysql } = process.env;
  if (postgres === undefined || mysql === undefined) {
    throw new Error('There are no servers: run this command through "node scripts/with-servers.js -- …".');
  }
  return { postgres, mysql };
}
