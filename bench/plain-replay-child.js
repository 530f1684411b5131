// Plain Knex runs a folder of migrations on an empty database, one batch each, as a replay that looks in between has to.
import { openKnex } from './databases.js';
import { childSettings } from './measure.js';

const { family, url, folder } = childSettings();
const knex = openKnex(family, url, { migrations: { directory: folder, loadExtensions: ['.mjs'] } });
await knex.migrate.latest();
await knex.destroy();
console.log('{}');
