import { defineConfig, type TestProjectConfiguration } from 'vitest/config';

const globalSetup = ['test/support/global-setup.ts'];

/** Tests without servers are of functions that keep nothing, and share what is loaded. */
function project(name: string, include: string[], servers: boolean): TestProjectConfiguration {
  return {
    extends: true,
    test: { name, include, isolate: servers, globalSetup: servers ? globalSetup : [] },
  };
}

// `.ci/run` counts the tests from this file.
const report = process.env.TEST_REPORT;

export default defineConfig({
  test: {
    projects: [
      project(
        'unit',
        ['test/unit/**/*.test.ts', 'test/property/**/*.test.ts', 'test/architecture.test.ts'],
        false,
      ),
      project('integration', ['test/integration/**/*.test.ts'], true),
      project('chaos', ['test/chaos/**/*.test.ts'], true),
      project('cli', ['test/cli/**/*.test.ts'], true),
      project('docs', ['test/docs.test.ts'], true),
    ],
    reporters: report === undefined ? ['default'] : ['default', ['json', { outputFile: report }]],
    pool: 'forks',
    maxWorkers: 2,
    // No test is about time; these only end what would never end, also on a machine that does much else.
    testTimeout: 240_000,
    hookTimeout: 240_000,
    // What is built is tested as it is built.
    server: { deps: { external: [/\/dist\//] } },
    retry: 0,
    allowOnly: false,
    passWithNoTests: false,
  },
});
