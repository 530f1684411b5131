// Generated databases: tables as Knex migrations make them, of 20 columns each.

/** The tables of a batch are made in one transaction, which holds a few locks for each. */
const BATCH = 100;

const name = (number) => `entity_${String(number).padStart(5, '0')}`;

/** 20 columns with 6 defaults, a primary key, a unique constraint, an index, a foreign key to the table before (the first: to itself). */
function postgresTable(number) {
  const table = name(number);
  const neighbour = name(Math.max(number - 1, 0));
  return `create table ${table} (
    id serial primary key,
    parent_id integer,
    code varchar(64) not null,
    title varchar(255) not null,
    description text,
    status varchar(20) not null default 'active',
    quantity integer not null default 0,
    price numeric(12,2) not null default 0.00,
    weight double precision,
    is_visible boolean not null default true,
    external_id uuid,
    payload jsonb,
    tags text[],
    starts_on date,
    ends_on date,
    owner_id bigint,
    locale char(5),
    checksum bytea,
    created_at timestamptz not null default now(),
    updated_at timestamptz,
    constraint ${table}_code_unique unique (code),
    constraint ${table}_parent_id_foreign foreign key (parent_id) references ${neighbour} (id) on delete cascade
  );
  create index ${table}_owner_id_created_at_index on ${table} (owner_id, created_at);`;
}

function mysqlTable(number) {
  const table = name(number);
  const neighbour = name(Math.max(number - 1, 0));
  return `create table ${table} (
    id int unsigned not null auto_increment primary key,
    parent_id int unsigned,
    code varchar(64) not null,
    title varchar(255) not null,
    description text,
    status varchar(20) not null default 'active',
    quantity int not null default 0,
    price decimal(12,2) not null default 0.00,
    weight double,
    is_visible tinyint(1) not null default 1,
    external_id char(36),
    payload json,
    kind enum('small','large') not null default 'small',
    starts_on date,
    ends_on date,
    owner_id bigint,
    locale char(5),
    checksum varbinary(64),
    created_at timestamp not null default current_timestamp,
    updated_at datetime,
    unique ${table}_code_unique (code),
    index ${table}_owner_id_created_at_index (owner_id, created_at),
    constraint ${table}_parent_id_foreign foreign key (parent_id) references ${neighbour} (id) on delete cascade
  );`;
}

const TABLES = { postgres: postgresTable, mysql: mysqlTable };

/**
 * Makes `count` tables in an empty database.
 *
 * @param knex with multiple statements allowed.
 */
export async function generateTables(knex, family, count) {
  for (let from = 0; from < count; from += BATCH) {
    const statements = [];
    for (let number = from; number < Math.min(from + BATCH, count); number += 1)
      statements.push(TABLES[family](number));
    await knex.raw(statements.join('\n'));
  }
  if (family === 'postgres') await knex.raw('vacuum analyze');
}
