import { createDatabase, type Family } from '../support/database.ts';
import { createProject, type Project } from '../support/project.ts';

/*
 * A chain whose migrations count their own runs: each writes a row when it begins and one when it has done all else, and the last adds to a number
 * in every row beside.
 */

export const REVISIONS = ['001_cats', '002_tags', '003_visits', '004_notes'] as const;
export const RECORDED = REVISIONS.map((revision) => `${revision}.js`);

const migration = (revision: string, first: string, up: string, down: string, config = '') => `
exports.up = async (knex) => {
  ${first}
  await knex('runs').insert({ name: '${revision} begun' });
  ${up}
  await knex('runs').insert({ name: '${revision} done' });
};
exports.down = async (knex) => {
  ${down}
};
${config}`;

const FILES: Readonly<
  Record<(typeof REVISIONS)[number], readonly [first: string, up: string, down: string]>
> = {
  '001_cats': [
    `await knex.schema.createTable('runs', (t) => {
    t.increments();
    t.string('name', 60).notNullable();
  });`,
    `await knex.schema.createTable('owners', (t) => {
    t.increments();
    t.string('name', 60).notNullable();
  });
  await knex.schema.createTable('cats', (t) => {
    t.increments();
    t.string('name', 60).notNullable().index();
    t.integer('lives').notNullable();
    t.integer('owner_id').unsigned().references('owners.id');
    t.integer('mother_id').unsigned().references('cats.id');
  });`,
    `for (const table of ['cats', 'owners', 'runs']) await knex.schema.dropTable(table);`,
  ],
  '002_tags': [
    '',
    `await knex.schema.createTable('tags', (t) => {
    t.increments();
    t.string('label', 60).notNullable().unique();
  });
  await knex.schema.createTable('cat_tags', (t) => {
    t.integer('cat_id').unsigned().notNullable().references('cats.id').onDelete('CASCADE');
    t.integer('tag_id').unsigned().notNullable().references('tags.id');
    t.primary(['cat_id', 'tag_id']);
  });
  await knex('tags').insert({ label: 'made by 002' });`,
    `for (const table of ['cat_tags', 'tags']) await knex.schema.dropTable(table);`,
  ],
  '003_visits': [
    '',
    `await knex.schema.createTable('visits', (t) => {
    t.increments();
    t.integer('cat_id').unsigned().notNullable().references('cats.id');
    t.string('reason', 200);
  });
  await knex.schema.alterTable('cats', (t) => t.string('chip', 20).unique());`,
    `await knex.schema.alterTable('cats', (t) => t.dropColumn('chip'));
  await knex.schema.dropTable('visits');`,
  ],
  '004_notes': [
    '',
    `await knex.schema.createTable('notes', (t) => {
    t.increments();
    t.integer('cat_id').unsigned().notNullable().references('cats.id');
    t.text('body');
  });
  await knex.schema.alterTable('cats', (t) => t.integer('weighed'));
  await knex('cats').update({ weighed: knex.raw('coalesce(weighed, 0) + 1') });`,
    `await knex.schema.alterTable('cats', (t) => t.dropColumn('weighed'));
  await knex.schema.dropTable('notes');`,
  ],
};

/** The chain in a folder, with its manifests. */
export interface Chain extends Project {
  /** Whether its last migration takes no transaction. */
  readonly committing: boolean;
}

/** Makes the chain, and records it for this family. */
export async function createChain(family: Family, committing = false): Promise<Chain> {
  const files = REVISIONS.map((revision) => {
    const alone = committing && revision === '004_notes' ? 'exports.config = { transaction: false };\n' : '';
    return [`${revision}.js`, migration(revision, ...FILES[revision], alone)];
  });
  const project = await createProject(Object.fromEntries(files));
  const scratch = await createDatabase(family);
  try {
    await project.record(scratch.knex());
  } finally {
    await scratch.dispose();
  }
  return { ...project, committing };
}
