// Generated chains: as manifests in memory, and as migration files.
import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { decodeTable } from '../dist/manifest/decode-table.js';
import { encodeTable } from '../dist/manifest/encode-table.js';
import { fingerprintSum } from '../dist/schema/fingerprint.js';

const key = (number) => `entity_${String(number).padStart(5, '0')}`;
const revisionName = (number) => `${String(number).padStart(4, '0')}_step`;

const TYPES = ['character varying(255)', 'integer', 'text', 'boolean', 'timestamp with time zone', 'jsonb'];

/** A table of `columns` columns as a manifest writes it. */
function tableFormat(number, columns) {
  const names = ['id', 'parent_id', 'code'];
  while (names.length < columns) names.push(`attribute_${names.length}`);
  return {
    columns: names.map((name, at) => ({
      name,
      type: TYPES[at % TYPES.length],
      nullable: at > 3,
      ...(at % 4 === 0 ? { default: { literal: String(at) } } : {}),
    })),
    primaryKey: { name: `${key(number)}_pkey`, columns: ['id'] },
    uniques: [{ name: `${key(number)}_code_unique`, columns: ['code'] }],
    foreignKeys: [
      {
        name: `${key(number)}_parent_id_foreign`,
        columns: ['parent_id'],
        references: { table: key(Math.max(number - 1, 0)), columns: ['id'] },
      },
    ],
    indexes: [{ name: `${key(number)}_attribute_4_index`, parts: ['attribute_4', 'attribute_5'] }],
  };
}

/**
 * Manifests of `revisions` revisions with `tables` tables at the end: each makes its share of them with 19 columns, and gives those of the
 * revision before their 20th; and the tables as they are at the end.
 */
export function generateManifests(tables, revisions) {
  const share = tables / revisions;
  const sum = fingerprintSum();
  const state = new Map();
  const manifests = [];
  for (let index = 0; index < revisions; index += 1) {
    const changed = [];
    for (let at = 0; at < share; at += 1) {
      const number = index * share + at;
      if (index > 0) changed.push([number - share, 20]);
      changed.push([number, index === revisions - 1 ? 20 : 19]);
    }
    const formats = changed.map(([number, columns]) => [key(number), tableFormat(number, columns)]);
    for (const [name, format] of formats) {
      const before = state.get(name);
      if (before !== undefined) sum.remove(before);
      const table = decodeTable(name, format, '');
      sum.add(table);
      state.set(name, table);
    }
    manifests.push({
      format: 1,
      dialect: 'postgres',
      revision: revisionName(index),
      parent: index === 0 ? null : revisionName(index - 1),
      fingerprint: sum.fingerprint(),
      recordedOn: 'postgres 15.0',
      tables: formats,
      objects: [],
    });
  }
  const end = [...state].sort(([a], [b]) => (a < b ? -1 : 1));
  // Tables as a snapshot has them share nothing with those of the manifests.
  return { manifests, tables: end.map(([name, table]) => decodeTable(name, encodeTable(table), '')) };
}

/** Writes `count` migrations into a folder: every third makes a table, the next adds a column to it, the next an index. */
export async function writeMigrations(folder, count) {
  await mkdir(folder, { recursive: true });
  for (let number = 0; number < count; number += 1) {
    const table = key(number - (number % 3));
    const up = [
      `knex.schema.createTable('${table}', (t) => {
        t.increments();
        t.string('code').notNullable().unique();
        for (let n = 0; n < 10; n += 1) t.string('attribute_' + n).defaultTo('none');
        t.timestamps(true, true);
      })`,
      `knex.schema.alterTable('${table}', (t) => { t.integer('quantity').notNullable().defaultTo(0); })`,
      `knex.schema.alterTable('${table}', (t) => { t.index(['quantity', 'code']); })`,
    ][number % 3];
    await writeFile(
      path.join(folder, `${revisionName(number)}.mjs`),
      `export const up = (knex) => ${up};\nexport const down = async () => {};\n`,
    );
  }
}
