import { describe, expect, test } from 'vitest';
import { createDatabase, createReader, runSql, statementsDuring } from '../support/database.ts';
import { loadFixture } from '../support/fixtures.ts';
import { run } from './command-line.ts';

/** What a reader may say to a server. */
const READS =
  /^\s*(?:select|with|show|set|begin|start transaction|rollback|commit|savepoint|release|use|table|\()/i;
/** Statements that begin like a read and write. */
const WRITES =
  /\b(?:insert into|delete from|update \w+ set|for update|nextval|setval|set session characteristics)\b/i;

const READERS: readonly (readonly string[])[] = [
  ['detect-state'],
  ['status'],
  ['history'],
  ['current'],
  ['pending'],
  ['diff', 'head', 'live'],
  ['handle-legacy', '--dry-run'],
  ['repair-history', '--dry-run'],
];

describe.each(['postgres', 'mysql'] as const)('on %s, as a role that may only read', (family) => {
  test.each(['legacy-002', 'managed-002'])(
    'the reading commands succeed on %s and write nothing (pain 7)',
    async (name) => {
      const database = await createDatabase(family);
      try {
        await runSql(database, await loadFixture(family, name));
        const url = await createReader(database);
        const statements = await statementsDuring(database, async () => {
          for (const command of READERS) {
            const ended = await run([...command, '--url', url]);
            // Nobody could write here: a dry run says so.
            expect(ended.exitCode, `${command.join(' ')}: ${ended.stderr}`).toBe(0);
          }
        });
        expect(statements.length).toBeGreaterThan(READERS.length);
        expect(statements.filter((sql) => !READS.test(sql) || WRITES.test(sql))).toEqual([]);
      } finally {
        await database.dispose();
      }
    },
  );
});
