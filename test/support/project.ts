import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Knex } from 'knex';
import { dialectOf } from '../../src/dialects/dialect-of.ts';
import { replayManifests, writeManifestFiles } from '../../src/record.ts';
import { openWorkspace } from '../../src/workspace.ts';

/** A project of its own in a temporary folder: migrations, and manifests recorded from them. */
export interface Project {
  readonly directory: string;
  readonly migrations: string;
  /** Writes a migration, whole. */
  write(name: string, text: string): Promise<void>;
  /** Replays the migrations on a scratch database of that server and writes the manifests. */
  record(knex: Knex): Promise<void>;
  remove(): Promise<void>;
}

/** A migration that runs these statements, by `knex.raw`, one after the other. */
export function rawMigration(up: readonly string[], down: readonly string[] = [], config = ''): string {
  const body = (statements: readonly string[]) =>
    statements.map((statement) => `  await knex.raw(${JSON.stringify(statement)});`).join('\n');
  return `exports.up = async (knex) => {\n${body(up)}\n};\nexports.down = async (knex) => {\n${body(down)}\n};\n${config}\n`;
}

/** Makes a project with these migrations, by file name. */
export async function createProject(files: Readonly<Record<string, string>>): Promise<Project> {
  const directory = await mkdtemp(path.join(tmpdir(), 'knex-adopt-project-'));
  const migrations = path.join(directory, 'migrations');
  await mkdir(migrations);
  const write = (name: string, text: string) => writeFile(path.join(migrations, name), text);
  for (const [name, text] of Object.entries(files)) await write(name, text);
  return {
    directory,
    migrations,
    write,
    record: async (knex) => {
      const scratch = await dialectOf(knex).createScratch(knex);
      try {
        const workspace = await openWorkspace({ knex, migrations });
        await writeManifestFiles(workspace, await replayManifests(workspace, scratch));
      } finally {
        await scratch.remove();
      }
    },
    remove: () => rm(directory, { recursive: true, force: true }),
  };
}
