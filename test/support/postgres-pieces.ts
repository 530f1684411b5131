/**
 * A script that makes one of every kind of thing that a PostgreSQL schema may hold, for PostgreSQL 15 and later: also what the model has words
 * for only. Two schemas: `public` and `other`.
 */
export const POSTGRES_PIECES = `
create schema other;
create type mood as enum ('sad', 'ok', 'it''s "fine"', 'back\\slash');
create type other.colour as enum ('red');
create type nothing as ();
create domain code as varchar(5) collate "C" default 'a' not null check (value ~ '^[a-z]+$') check (case when value = 'x' then false else true end);
create domain amount as numeric(10, 2); alter domain amount add constraint positive check (value > 0) not valid;
create type pair as (a integer, "b b" text collate "C", c numeric(10,2)[]);
create type span as range (subtype = float8, subtype_diff = float8mi);
create type words as range (subtype = text, subtype_opclass = text_pattern_ops);
create sequence counter as smallint increment by 5 start 10 cycle; create sequence down increment by -1 cache 7;

create function touch() returns trigger language plpgsql as $$ begin new.note := 'touched; $body$'; return new; end $$;
create function view_touch() returns trigger language plpgsql as $$ begin return null; end $$;
create function add(a integer, "b b" integer default 2, c text default 'x, y') returns integer language sql immutable strict parallel safe as 'select a + "b b"';
create function add(text) returns text language sql stable security definer set search_path = public, pg_temp set work_mem = '4MB' as 'select $1';
create function double_unnamed(double precision, timestamp with time zone) returns double precision language sql as 'select $1';
create function outs(in x integer, out a integer, out b double precision, inout c text) returns setof record language sql as $$ select 1, 2.0::float8, 'x' $$;
create function tables(x integer) returns table (a integer, b timestamptz) language sql rows 5 as $$ select 1, now() $$;
create function many(variadic xs text[]) returns integer language sql as $$ select array_length(xs, 1) $$;
create function atomic(x integer) returns integer language sql begin atomic select x + 1; select x + 2; end;
create function gives(x integer) returns integer language sql return x + 1;
create function case_default(x integer default case when true then 1 else 2 end) returns integer language sql as $$ select x $$;
create function "odd (name)"(x pair) returns pair language sql as $$ select x $$;
create function nothing_at_all() returns void language plpgsql leakproof parallel restricted as $$begin end$$;
create function to_words(x mood) returns text language internal immutable strict as 'enum_out';
create procedure proc(inout x integer, y text default 'y') language plpgsql security definer as $$ begin x := x + 1; end $$;
create procedure atomic_proc(x integer) language sql begin atomic select 1; end;
create aggregate total(x integer) (sfunc = int4pl, stype = integer, initcond = '0', parallel = safe);
create aggregate moving(integer) (sfunc = int4pl, stype = integer, msfunc = int4pl, minvfunc = int4mi, mstype = integer, minitcond = '0', sortop = <);
create aggregate other.everything(*) (sfunc = int8inc, stype = bigint, initcond = '0');
create aggregate of_many(variadic "any") (sfunc = ordered_set_transition_multi, stype = internal, finalfunc = rank_final, finalfunc_extra, finalfunc_modify = shareable);
create aggregate ordered(float8 order by anyelement) (sfunc = ordered_set_transition, stype = internal, finalfunc = percentile_disc_final, finalfunc_extra);

create table plain (id serial primary key, name varchar(255) not null unique, note text);
create table types_t (
  a smallint, b bigint, c numeric(10,2), d numeric, e real, f double precision, g varchar(10)[], h char(3), i bpchar, j bit(3), k bit varying(5),
  l timestamptz(3), m timestamp, n interval day to second(2), o time(2) with time zone, p json, q jsonb, r uuid, s bytea, t inet, u money, v mood,
  w other.colour, x mood[], y code, z pair, aa span, bb int4range, cc tsvector, dd xml, ee "char", ff name, gg oid, hh regclass, ii point, jj int[][],
  kk code collate "default", ll text collate "POSIX", mm interval(3), nn amount[]
);
create table defaults_t (
  a text default 'it''s', b varchar(20) default 'active', c text default E'a\\\\b\\n', d text default '', e numeric(10,2) default 0.00, f integer default -1,
  g bigint default 12345678901, h numeric default 5::numeric, i double precision default 1e3, j boolean default true, k jsonb default '{}', l json default '[1, 2]',
  m mood default 'ok', n timestamptz default now(), o timestamptz(3) default current_timestamp(3), p timestamp default (now() at time zone 'utc'), q date default current_date,
  r uuid default md5('a')::uuid, s uuid default '00000000-0000-0000-0000-000000000001', t text default null, u text[] default '{}', v text[] default array['a','b'],
  w integer default 1 + 1, x bit(3) default b'101', y bytea default '\\x00ff', z interval default '1 day', aa timestamptz default '2020-01-02 03:04:05+00',
  bb text default 5::text, cc code default 'xy', dd char(5) default 'ab', ee smallint default nextval('counter'), ff text default 'a' || 'b', gg bit varying(5) default b'1',
  hh boolean default (1 is null), ii text default case when true then 'a' else 'b' end, jj other.colour default 'red', kk float8 default 'NaN', ll numeric default 'Infinity', mm text default '%s ? $1',
  nn timestamptz default 'infinity', oo varchar(3) default 'abc'::text, pp regclass default 'plain', qq mood[] default '{ok,sad}'
);
create table "sequences" (
  always_id integer generated always as identity primary key, by_default bigint generated by default as identity (increment by 2 maxvalue 1000 cycle),
  down smallint generated always as identity (increment by -1), "s s" serial, small smallserial, big bigserial, optional serial, number bigserial, coded bigserial, "%odd" serial
);
alter table "sequences" alter optional drop not null, alter number type numeric(20), alter coded type text;
alter sequence "sequences_s s_seq" increment by 3 minvalue 100 start 100 restart;
create table generated_t (plain integer, doubled integer generated always as (plain * 2) stored not null, lowered text collate "C" generated always as (lower('X' || coalesce(plain::text, ''))) stored);
create table parent (a integer, b integer, c text, d integer, primary key (b, a) deferrable initially deferred, unique (a) deferrable, unique (b), constraint covering unique (b) include (c), constraint nulls_u unique nulls not distinct (d));
create table keyed (a integer, b integer, c text, primary key (b) include (c), unique (a), unique (a), constraint late unique (b) deferrable initially deferred); alter table keyed add constraint again unique (a);
create table other.faraway (id integer primary key, code text unique, "q""q" text); create index on other.faraway (lower(code)); create sequence other.counter;
create table child (
  id integer primary key, a integer, b integer, c integer, d text default 'x', e integer,
  foreign key (a) references parent (d) match full on update cascade on delete set null, constraint far foreign key (c) references other.faraway deferrable initially deferred,
  constraint by_code foreign key (d) references other.faraway (code) on delete restrict on update set default, constraint self foreign key (e) references child deferrable
);
alter table child add constraint later foreign key (c) references parent (b) not valid;
create table checks_t (
  a integer check (a > 0), b text check (b in ('x', 'y')), c varchar(10) check (c in ('p', 'q')), d integer, e integer, f timestamptz check (f > current_timestamp),
  constraint both_c check (d < e or d is null), constraint no_inherit check (d > 1) no inherit, check (case when a > 1 then b = 'x' else c is null end), g text check (g ~ '^\\d+''$')
);
alter table checks_t add constraint unchecked check (e > 0) not valid, add constraint unchecked_alone check (e > 1) no inherit not valid;
create table indexes_t (a integer, b text, c text collate "C", d jsonb, e varchar(20), f int[], g mood, h point, "i i" text, unique (e));
create index on indexes_t (a); create unique index partial_u on indexes_t (a) where b is not null; create index on indexes_t (lower(b), a desc nulls last, (a + 1));
create index covering_i on indexes_t (a desc) include (b, "i i"); create index ops on indexes_t (b text_pattern_ops, e varchar_pattern_ops); create index gin_i on indexes_t using gin (d jsonb_path_ops, f);
create index coll on indexes_t (c collate "POSIX", b collate "C" desc); create index nulls_i on indexes_t (a nulls first, b asc nulls last); create index hash_i on indexes_t using hash (g);
create unique index nnd on indexes_t (a, b) nulls not distinct where a > 0; create index on indexes_t using gist (h); create index on indexes_t using brin (a); create index on indexes_t ((case when a > 0 then b end));
create index on indexes_t ((lower(b) || 'x') collate "C"); create index on indexes_t (((d ->> 'a')::integer));
create table excluded (during tsrange, room int4range, exclude using gist (during with &&) where (not isempty(room)), constraint named exclude using gist (room with &&) deferrable initially deferred);
create table secured (id integer, owner text); alter table secured enable row level security; alter table secured force row level security;
create policy own on secured for update to public using (owner = current_user) with check (owner in ('a', 'b')); create policy "no one" on secured as restrictive using (false);
create policy inserts on secured for insert with check (exists (select from plain p where p.name = secured.owner));
create table ruled (a integer); create rule nothing as on delete to ruled do instead nothing; create rule "two things" as on update to ruled where new.a > 1 do also (insert into plain (name) values ('; x'); delete from plain where name = 'y');
create rule off as on insert to ruled do also nothing; alter table ruled disable rule off;
create table triggered (a integer, note text); create trigger touch_t before insert or update of a on triggered for each row when (new.a > 0) execute function touch();
create trigger "quiet one" after insert on triggered for each statement execute function touch('x', '; y'); alter table triggered disable trigger "quiet one";
create constraint trigger deferred after update on triggered deferrable initially deferred for each row execute function touch(); alter table triggered enable always trigger deferred;
create trigger tables after update on triggered referencing old table as was new table as is_now for each statement execute function touch(); alter table triggered enable replica trigger tables;
create table base_t (a integer not null, b text check (b <> '')); create table heir (c integer) inherits (base_t); create index on heir (a);
create table measure (at date not null, value integer, region text, primary key (at, region), unique (region, at, value)) partition by range (at);
create index on measure (value); create trigger touch_m after insert on measure for each row execute function touch();
create table measure_2020 partition of measure for values from ('2020-01-01') to ('2021-01-01'); create table measure_rest partition of measure default;
create table measure_2021 partition of measure for values from ('2021-01-01') to ('2022-01-01') partition by list (region); create table measure_2021_x partition of measure_2021 for values in ('x', 'y y');
create table hashed (a integer) partition by hash ((a + 1)); create table hashed_0 partition of hashed for values with (modulus 2, remainder 0);
alter table measure add foreign key (value) references plain (id) on delete cascade; create table points_at_measure (at date, region text, foreign key (at, region) references measure);
create table typed of pair (primary key (a)); create table no_columns ();
create table "Odd ""name"".%s (x)" ("select" integer primary key, "a""b" text not null, "Ünï→" text check ("Ünï→" <> "a""b"), "x?" integer unique); create index "odd ?" on "Odd ""name"".%s (x)" ("a""b");
create statistics of_two (dependencies, ndistinct) on a, b from indexes_t; create statistics of_one on (lower(b)) from indexes_t;

create view simple_v as select p.name, p.id + 1 as next, (select count(*) from child where child.e = p.id) as n from plain p where p.name <> 'p.name' order by p.id;
create view ordered_v as select lower(p.name) as name, p.note as id from plain p order by p.name desc, p.id limit 5;
create view distinct_v as select distinct on (p.name) p.id as name, p.note from plain p order by p.name, p.id;
create view join_v with (security_barrier, check_option = local) as select p.id, p.name from plain p where p.id > 0;
create view union_v as select name from plain union select note from plain;
create view with_v as with recursive t(n) as (values (1) union all select n + 1 from t where n < 5) select n, now() as at from t;
create view of_view as select name from simple_v where name like '%''%'; create view hooked as select id, name from plain; create view "odd view" ("a b") as select 1; create view nothing_v as select;
create trigger instead instead of insert on hooked for each row execute function view_touch(); alter view hooked alter column name set default 'x'; create rule hooked_delete as on delete to hooked do instead delete from plain where id = old.id;
create materialized view matter with (fillfactor = 70) as select id, name, lower(name) as low from plain; create unique index on matter (id); create index on matter using hash (low) where low <> ''; create index matter_e on matter (upper(name) collate "C" desc nulls last, id);
create view other.far as select id from other.faraway;
`;
