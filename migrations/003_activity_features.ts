import type { Knex } from 'knex';

/** What the cats are doing: models that classify activity, and the features measured for each stretch of it. */
export async function up(knex: Knex): Promise<void> {
  await knex.schema.createTable('activity_models', (t) => {
    t.increments('id');
    t.integer('parent_id').unsigned().nullable();
    t.string('name', 100).notNullable();
    t.string('version', 32).notNullable();
    t.enu('kind', ['rule_based', 'classifier', 'sequence']).notNullable().defaultTo('classifier');
    t.jsonb('labels').notNullable();
    t.integer('window_seconds').notNullable().defaultTo(30);
    t.decimal('accuracy', 5, 4).nullable();
    t.boolean('is_active').notNullable().defaultTo(false);
    t.text('description').nullable();
    t.timestamp('created_at', { useTz: true }).notNullable().defaultTo(knex.fn.now());
    t.timestamp('retired_at', { useTz: true }).nullable();
    // The model that this one was fine-tuned from.
    t.foreign('parent_id').references('id').inTable('activity_models').onDelete('SET NULL');
    t.unique(['name', 'version']);
  });

  await knex.schema.createTable('activity_features', (t) => {
    t.bigIncrements('id');
    t.integer('cat_id').unsigned().notNullable();
    t.bigInteger('detection_id').unsigned().nullable();
    t.integer('activity_model_id').unsigned().notNullable();
    t.string('activity', 24).notNullable().defaultTo('unknown');
    t.decimal('probability', 5, 4).notNullable().defaultTo(0);
    t.double('movement_score').notNullable().defaultTo(0);
    t.jsonb('features').notNullable();
    t.timestamp('started_at', { useTz: true, precision: 3 }).notNullable().defaultTo(knex.fn.now(3));
    t.timestamp('ended_at', { useTz: true, precision: 3 }).nullable();
    t.decimal('duration_seconds', 9, 3).nullable();
    t.foreign('cat_id').references('id').inTable('cat_profiles').onDelete('CASCADE');
    t.foreign('detection_id').references('id').inTable('detection_results').onDelete('CASCADE');
    t.foreign('activity_model_id').references('id').inTable('activity_models').onDelete('RESTRICT');
    t.index(['cat_id', 'started_at']);
    // Named, because Knex's own name for it would be longer than the 63 characters that PostgreSQL keeps.
    t.index(['activity_model_id', 'activity', 'cat_id', 'started_at'], 'activity_features_timeline_index');
    t.check(
      "activity in ('sleeping', 'eating', 'drinking', 'grooming', 'playing', 'litter_box', 'unknown')",
      {},
      'activity_features_activity_known',
    );
  });
}

export async function down(knex: Knex): Promise<void> {
  await knex.schema.dropTable('activity_features');
  await knex.schema.dropTable('activity_models');
}
