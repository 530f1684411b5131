/** A connection that breaks while a migration runs is no fault of the migration, and says so. */
import { describe, expect, test } from 'vitest';
import { adopt } from '../../src/library.ts';
import { createDatabase } from '../support/database.ts';
import { createProject, rawMigration } from '../support/project.ts';

/** A migration that has the server end its own connection. */
const CUTTING = {
  postgres: 'select pg_terminate_backend(pg_backend_pid())',
  mysql: 'kill connection_id()',
} as const;

describe.each(['postgres', 'mysql'] as const)('on %s', (family) => {
  test('a connection lost while a migration runs is told as that, with its name', async () => {
    const project = await createProject({
      '001.js': rawMigration(['create table cats (id int primary key)']),
      '002.js': `exports.up = async (knex) => {
        if (require('node:fs').existsSync(__dirname + '/cut')) await knex.raw('${CUTTING[family]}');
      };
      exports.down = async () => {};`,
    });
    const [scratch, database] = [await createDatabase(family), await createDatabase(family)];
    try {
      await project.record(scratch.knex());
      await project.write('cut', '');
      const options = { knex: database.knex(), migrations: project.migrations };
      await expect(adopt(options)).rejects.toMatchObject({
        code: 'CONNECT.LOST',
        message: 'The connection was lost while migration 002.js ran.',
        exitCode: 7,
      });
    } finally {
      await scratch.dispose();
      await database.dispose();
      await project.remove();
    }
  });
});
