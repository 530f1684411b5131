import type { Knex } from 'knex';

/** What of a schema's text does not matter to a test. */
export interface DumpOptions {
  /** Leaves out the names of constraints, indexes and the sequences of columns, which servers generate each in its own way. */
  readonly ignoreNames?: boolean;
  /** Tables left out with all that belongs to them; Knex's and this project's own by default. */
  readonly exclude?: RegExp;
}

interface Entry {
  /** The table that it belongs to; null when none. */
  readonly relation: string | null;
  readonly kind: string;
  /** The name of a constraint, index or sequence; null for everything else. */
  readonly name: string | null;
  readonly text: string;
}

const OWN_TABLES = /^knex_(migrations|adopt)/;

/**
 * Describes the schema of a database as text, one thing per line (a view, function or trigger may take several), sorted: two databases have
 * the same schema when the texts are equal. Column order, comments, owners, privileges and counters are no part of it.
 *
 * This is the oracle that the project is checked against: it has the server print the definitions and shares nothing with `src`. It does not
 * use `pg_dump`, which is not on every machine, does not read PGlite, and follows the order of columns.
 */
export async function dumpSchema(knex: Knex, options: DumpOptions = {}): Promise<string> {
  const exclude = options.exclude ?? OWN_TABLES;
  const entries = /mysql/.test(String(knex.client.config.client))
    ? await mysqlEntries(knex, options.ignoreNames === true)
    : await postgresEntries(knex, options.ignoreNames === true);
  return entries
    .filter(({ relation }) => relation === null || !exclude.test(relation))
    .map(({ kind, relation, name, text }) => {
      const named = options.ignoreNames === true && relation !== null ? null : name;
      return `${[kind, relation, named].filter((word) => word !== null).join(' ')}: ${text}`;
    })
    .sort()
    .join('\n');
}

/** Columns that not every version has are read through `to_jsonb`, which gives null for them. */
const POSTGRES = `
WITH user_schema AS (
  SELECT oid, nspname FROM pg_namespace WHERE nspname !~ '^pg_' AND nspname <> 'information_schema'
), of_extension AS (
  SELECT classid, objid FROM pg_depend WHERE deptype = 'e'
), relation AS (
  SELECT c.*, CASE s.nspname WHEN 'public' THEN '' ELSE s.nspname || '.' END || relname AS label
  FROM pg_class c JOIN user_schema s ON s.oid = relnamespace
  WHERE (1259, c.oid) NOT IN (SELECT * FROM of_extension)
), own_type AS (
  SELECT t.* FROM pg_type t JOIN user_schema s ON s.oid = typnamespace
  WHERE (1247, t.oid) NOT IN (SELECT * FROM of_extension)
), own_function AS (
  SELECT p.*, coalesce(to_jsonb(p) ->> 'prokind', CASE WHEN (to_jsonb(p) ->> 'proisagg')::boolean THEN 'a' ELSE 'f' END) AS kind
  FROM pg_proc p JOIN user_schema s ON s.oid = pronamespace
  WHERE (1255, p.oid) NOT IN (SELECT * FROM of_extension)
)
SELECT NULL AS relation, 'schema' AS kind, NULL AS name, nspname::text AS text FROM user_schema WHERE nspname <> 'public'
UNION ALL
SELECT NULL, 'extension', NULL, extname::text FROM pg_extension WHERE extname <> 'plpgsql'
UNION ALL
SELECT NULL, 'enum', NULL, format_type(t.oid, NULL) || ' ' || string_agg(quote_literal(enumlabel), ', ' ORDER BY enumsortorder)
FROM own_type t JOIN pg_enum e ON enumtypid = t.oid GROUP BY t.oid
UNION ALL
SELECT NULL, 'domain', NULL, concat_ws(' ', format_type(t.oid, NULL), format_type(typbasetype, typtypmod),
  CASE WHEN typnotnull THEN 'not null' END, 'default ' || typdefault,
  (SELECT string_agg(pg_get_constraintdef(oid), ' ' ORDER BY pg_get_constraintdef(oid)) FROM pg_constraint WHERE contypid = t.oid AND contype = 'c'))
FROM own_type t WHERE typtype = 'd'
UNION ALL
SELECT NULL, 'range', NULL, format_type(t.oid, NULL) || ' of ' || format_type(rngsubtype, NULL)
FROM own_type t JOIN pg_range ON rngtypid = t.oid
UNION ALL
SELECT (SELECT o.label FROM pg_depend d JOIN relation o ON o.oid = refobjid
        WHERE d.classid = 1259 AND d.objid = c.oid AND refclassid = 1259 AND deptype IN ('a', 'i')),
  'sequence', c.label, concat_ws(' ', format_type(seqtypid, NULL), 'start', seqstart, 'increment', seqincrement,
  'min', seqmin, 'max', seqmax, 'cache', seqcache, CASE WHEN seqcycle THEN 'cycle' END)
FROM pg_sequence JOIN relation c ON c.oid = seqrelid
UNION ALL
SELECT label, CASE relkind WHEN 'r' THEN 'table' WHEN 'p' THEN 'table' WHEN 'f' THEN 'foreign table' ELSE 'composite' END, NULL,
  concat_ws(' ', 'persistence', relpersistence::text, 'partition by ' || pg_get_partkeydef(oid), pg_get_expr(relpartbound, oid),
  'inherits ' || (SELECT string_agg(inhparent::regclass::text, ', ' ORDER BY inhseqno) FROM pg_inherits WHERE inhrelid = relation.oid),
  CASE WHEN relrowsecurity THEN 'row security' END, CASE WHEN relforcerowsecurity THEN 'forced' END, 'with ' || reloptions::text)
FROM relation WHERE relkind IN ('r', 'p', 'f', 'c')
UNION ALL
SELECT label, 'column', NULL, concat_ws(' ', attname, format_type(atttypid, atttypmod),
  CASE WHEN attcollation <> typcollation THEN 'collate ' || (SELECT collname FROM pg_collation WHERE oid = attcollation) END,
  CASE WHEN attnotnull THEN 'not null' END,
  CASE WHEN attidentity::text <> '' THEN 'identity ' || attidentity::text END,
  CASE WHEN coalesce(to_jsonb(a) ->> 'attgenerated', '') <> '' THEN 'generated ' || (to_jsonb(a) ->> 'attgenerated') END,
  'default ' || pg_get_expr(adbin, adrelid))
FROM relation c JOIN pg_attribute a ON attrelid = c.oid JOIN pg_type t ON t.oid = atttypid
LEFT JOIN pg_attrdef ON adrelid = attrelid AND adnum = attnum
WHERE relkind IN ('r', 'p', 'f', 'c') AND attnum > 0 AND NOT attisdropped
UNION ALL
SELECT label, 'constraint', conname, pg_get_constraintdef(o.oid)
FROM relation c JOIN pg_constraint o ON conrelid = c.oid WHERE contype NOT IN ('n', 't')
UNION ALL
SELECT c.label, 'index', i.relname, concat_ws(' ', replace(pg_get_indexdef(i.oid), ' INDEX ' || quote_ident(i.relname) || ' ON ', ' INDEX ON '),
  CASE WHEN NOT indisvalid THEN 'invalid' END)
FROM relation c JOIN pg_index x ON indrelid = c.oid JOIN pg_class i ON i.oid = indexrelid
WHERE NOT EXISTS (SELECT FROM pg_constraint WHERE conindid = i.oid AND contype IN ('p', 'u', 'x'))
UNION ALL
SELECT label, CASE relkind WHEN 'v' THEN 'view' ELSE 'materialized view' END, NULL, concat_ws(' ', 'with ' || reloptions::text, pg_get_viewdef(oid))
FROM relation WHERE relkind IN ('v', 'm')
UNION ALL
SELECT label, 'trigger', NULL, pg_get_triggerdef(t.oid) || ' enabled ' || tgenabled::text
FROM relation c JOIN pg_trigger t ON tgrelid = c.oid WHERE NOT tgisinternal
UNION ALL
SELECT label, 'rule', NULL, pg_get_ruledef(r.oid)
FROM relation c JOIN pg_rewrite r ON ev_class = c.oid WHERE rulename <> '_RETURN'
UNION ALL
SELECT label, 'policy', NULL, concat_ws(' ', polname, polcmd::text, polpermissive, polroles::regrole[]::text,
  pg_get_expr(polqual, polrelid), pg_get_expr(polwithcheck, polrelid))
FROM relation c JOIN pg_policy ON polrelid = c.oid
UNION ALL
SELECT label, 'statistics', NULL, pg_get_statisticsobjdef(s.oid) FROM relation c JOIN pg_statistic_ext s ON stxrelid = c.oid
UNION ALL
SELECT NULL, 'function', NULL, pg_get_functiondef(oid) FROM own_function WHERE kind IN ('f', 'p', 'w')
UNION ALL
SELECT NULL, 'aggregate', NULL, oid::regprocedure::text FROM own_function WHERE kind = 'a'
`;

async function postgresEntries(knex: Knex, ignoreNames: boolean): Promise<readonly Entry[]> {
  return knex.transaction(async (transaction) => {
    // The server qualifies a name when its schema is not on the path; so it always does.
    await transaction.raw(`SET LOCAL search_path = ''`);
    const { rows } = await transaction.raw<{ rows: Entry[] }>(POSTGRES);
    return ignoreNames
      ? rows.map((entry) => ({ ...entry, text: entry.text.replace(/nextval\('[^']*'/, "nextval('…'") }))
      : rows;
  });
}

async function mysqlEntries(knex: Knex, ignoreNames: boolean): Promise<readonly Entry[]> {
  const ask = async (sql: string): Promise<Record<string, unknown>[]> => (await knex.raw(sql))[0];
  const [database] = await ask('SELECT DATABASE() AS name');
  const definition = async (kind: string, name: string) => {
    const [row] = await ask(`SHOW CREATE ${kind} \`${name.replaceAll('`', '``')}\``);
    const found = Object.entries(row ?? {}).find(([column]) => /^(Create |SQL Original)/.test(column));
    return String(found?.[1])
      .replaceAll(`\`${database?.name}\`.`, '')
      .replace(/ DEFINER=\S+/, '');
  };
  const entries: Entry[] = [];
  const tables = await ask(
    'SELECT table_name AS name, table_type AS type FROM information_schema.tables WHERE table_schema = DATABASE()',
  );
  for (const { name, type } of tables) {
    const relation = String(name);
    if (type === 'VIEW') {
      entries.push({ relation, kind: 'view', name: null, text: await definition('VIEW', relation) });
      continue;
    }
    const lines = (await definition('TABLE', relation))
      .replace(/ AUTO_INCREMENT=\d+/, '')
      .split('\n')
      .slice(1);
    for (const line of lines) {
      const text = line.trim().replace(/,$/, '');
      entries.push({ relation, kind: 'table', name: null, text: ignoreNames ? withoutName(text) : text });
    }
  }
  const programs = await ask(
    `SELECT trigger_name AS name, 'TRIGGER' AS type, event_object_table AS relation FROM information_schema.triggers WHERE trigger_schema = DATABASE()
     UNION ALL SELECT routine_name, routine_type, NULL FROM information_schema.routines WHERE routine_schema = DATABASE()
     UNION ALL SELECT event_name, 'EVENT', NULL FROM information_schema.events WHERE event_schema = DATABASE()`,
  );
  for (const { name, type, relation } of programs) {
    entries.push({
      relation: relation === null ? null : String(relation),
      kind: String(type).toLowerCase(),
      name: null,
      text: await definition(String(type), String(name)),
    });
  }
  return entries;
}

function withoutName(line: string): string {
  return line
    .replace(/^CONSTRAINT `(?:[^`]|``)+` /, '')
    .replace(/^((?:UNIQUE |FULLTEXT |SPATIAL )?KEY) `(?:[^`]|``)+` /, '$1 ');
}
