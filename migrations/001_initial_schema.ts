import type { Knex } from 'knex';

/** The monitor itself: which cats live here, what the cameras saw, and what people said about it. */
export async function up(knex: Knex): Promise<void> {
  await knex.schema.createTable('cat_profiles', (t) => {
    t.increments('id');
    t.string('household', 64).notNullable().defaultTo('home');
    t.string('name', 80).notNullable();
    t.enu('sex', ['female', 'male', 'unknown']).notNullable().defaultTo('unknown');
    t.date('birth_date').nullable();
    t.decimal('weight_kg', 5, 2).nullable();
    t.string('microchip_id', 23).nullable().unique();
    t.boolean('indoor_only').notNullable().defaultTo(true);
    t.jsonb('preferences').notNullable().defaultTo({});
    t.text('notes').nullable();
    t.timestamp('created_at', { useTz: true }).notNullable().defaultTo(knex.fn.now());
    t.timestamp('updated_at', { useTz: true }).notNullable().defaultTo(knex.fn.now());
    t.unique(['household', 'name']);
  });

  await knex.schema.createTable('detection_results', (t) => {
    t.bigIncrements('id');
    t.uuid('event_id').notNullable().unique();
    t.integer('cat_id').unsigned().nullable();
    t.string('camera', 64).notNullable();
    t.timestamp('detected_at', { useTz: true, precision: 3 }).notNullable().defaultTo(knex.fn.now(3));
    t.string('label', 40).notNullable().defaultTo('cat');
    // Without a default on purpose: a detection of which nobody knows how sure it is, is worth nothing.
    t.decimal('confidence', 5, 4).notNullable();
    t.integer('frame_number').notNullable().defaultTo(0);
    t.text('frame_path').nullable();
    t.json('bounding_box').nullable();
    t.boolean('is_night').notNullable().defaultTo(false);
    t.string('status', 16).notNullable().defaultTo('new');
    // A cat that moves out takes its profile along, never the record of what the cameras saw.
    t.foreign('cat_id').references('id').inTable('cat_profiles').onDelete('SET NULL');
    t.index(['cat_id', 'detected_at']);
    t.index(['camera', 'detected_at']);
    // A check of the table and not `.checkIn()` on the column, because MariaDB takes no name for a column's own check.
    t.check("status in ('new', 'confirmed', 'rejected')", {}, 'detection_results_status_known');
  });

  await knex.schema.createTable('feedback', (t) => {
    t.increments('id');
    t.bigInteger('detection_id').unsigned().notNullable();
    t.integer('suggested_cat_id').unsigned().nullable();
    t.string('author', 120).notNullable().defaultTo('anonymous');
    t.enu('verdict', ['correct', 'wrong_cat', 'not_a_cat', 'unsure']).notNullable();
    t.smallint('rating').nullable().checkBetween([1, 5]);
    t.text('comment').nullable();
    t.json('context').nullable();
    t.timestamp('submitted_at', { useTz: true }).notNullable().defaultTo(knex.fn.now());
    t.timestamp('resolved_at', { useTz: true }).nullable();
    t.foreign('detection_id').references('id').inTable('detection_results').onDelete('CASCADE');
    t.foreign('suggested_cat_id').references('id').inTable('cat_profiles').onDelete('SET NULL');
    t.unique(['detection_id', 'author']);
    t.index(['submitted_at']);
  });
}

export async function down(knex: Knex): Promise<void> {
  await knex.schema.dropTable('feedback');
  await knex.schema.dropTable('detection_results');
  await knex.schema.dropTable('cat_profiles');
}
