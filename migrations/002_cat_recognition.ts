import type { Knex } from 'knex';

/** Telling the cats apart: trained models, what they learnt of each cat, and their answer on every detection. */
export async function up(knex: Knex): Promise<void> {
  await knex.schema.createTable('cat_recognition_models', (t) => {
    t.increments('id');
    t.string('name', 100).notNullable();
    t.string('version', 32).notNullable();
    t.string('architecture', 64).notNullable().defaultTo('efficientnet_b0');
    t.integer('embedding_size').notNullable().defaultTo(512);
    t.decimal('match_threshold', 4, 3).notNullable().defaultTo(0.85);
    t.json('hyperparameters').nullable();
    t.text('artifact_path').notNullable();
    t.string('status', 16).notNullable().defaultTo('training');
    t.timestamp('trained_at', { useTz: true }).nullable();
    t.timestamp('created_at', { useTz: true }).notNullable().defaultTo(knex.fn.now());
    t.unique(['name', 'version']);
    t.index(['status']);
    t.check("status in ('training', 'ready', 'retired')", {}, 'cat_recognition_models_status_known');
  });

  await knex.schema.createTable('cat_features', (t) => {
    t.bigIncrements('id');
    t.integer('cat_id').unsigned().notNullable();
    t.integer('model_id').unsigned().notNullable();
    t.bigInteger('detection_id').unsigned().nullable();
    t.jsonb('embedding').notNullable();
    t.decimal('quality', 5, 4).notNullable().defaultTo(0);
    t.boolean('is_reference').notNullable().defaultTo(false);
    t.timestamp('extracted_at', { useTz: true }).notNullable().defaultTo(knex.fn.now());
    t.foreign('cat_id').references('id').inTable('cat_profiles').onDelete('CASCADE');
    // Embeddings of different models cannot be compared, so a model stays for as long as something was measured with it.
    t.foreign('model_id').references('id').inTable('cat_recognition_models').onDelete('RESTRICT');
    t.foreign('detection_id').references('id').inTable('detection_results').onDelete('SET NULL');
    t.unique(['cat_id', 'model_id', 'detection_id']);
    t.index(['model_id', 'is_reference']);
  });

  await knex.schema.alterTable('detection_results', (t) => {
    t.integer('recognition_model_id').unsigned().nullable();
    t.integer('recognized_cat_id').unsigned().nullable();
    t.decimal('recognition_score', 5, 4).nullable();
    t.timestamp('recognized_at', { useTz: true }).nullable();
    t.json('recognition_candidates').nullable();
    t.string('recognition_state', 16).notNullable().defaultTo('pending');
    t.foreign('recognition_model_id').references('id').inTable('cat_recognition_models').onDelete('SET NULL');
    t.foreign('recognized_cat_id').references('id').inTable('cat_profiles').onDelete('SET NULL');
    t.index(['recognition_state', 'detected_at']);
    t.check(
      "recognition_state in ('pending', 'matched', 'unknown', 'failed')",
      {},
      'detection_results_recognition_state_known',
    );
  });
}

export async function down(knex: Knex): Promise<void> {
  await knex.schema.alterTable('detection_results', (t) => {
    // PostgreSQL would drop all of this with the columns; the MySQL family wants it gone first.
    t.dropForeign(['recognized_cat_id']);
    t.dropForeign(['recognition_model_id']);
    t.dropChecks(['detection_results_recognition_state_known']);
    t.dropIndex(['recognition_state', 'detected_at']);
  });
  await knex.schema.alterTable('detection_results', (t) => {
    t.dropColumns(
      'recognition_state',
      'recognition_candidates',
      'recognized_at',
      'recognition_score',
      'recognized_cat_id',
      'recognition_model_id',
    );
  });
  await knex.schema.dropTable('cat_features');
  await knex.schema.dropTable('cat_recognition_models');
}
