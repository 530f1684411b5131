// One process of a project without us: plain Knex, its own migrator, the reference chain. Started by start-up-race.js.
import process from 'node:process';
import { setTimeout as sleep } from 'node:timers/promises';
import { createJiti } from 'jiti';
import createKnex from 'knex';

const jiti = createJiti(import.meta.url);
const names = ['001_initial_schema', '002_cat_recognition', '003_activity_features'];
const modules = new Map();
for (const name of names) modules.set(name, await jiti.import(`../migrations/${name}.ts`));

const knex = createKnex({
  client: process.env.BENCH_CLIENT,
  connection: process.env.BENCH_URL,
  migrations: {
    migrationSource: {
      getMigrations: async () => names,
      getMigrationName: (name) => `${name}.ts`,
      getMigration: async (name) => modules.get(name),
    },
  },
});
await sleep(Math.max(0, Number(process.env.BENCH_START_AT) - Date.now()));
try {
  await knex.migrate.latest();
} catch (error) {
  console.error(error.message);
  process.exitCode = 1;
} finally {
  await knex.destroy();
}
