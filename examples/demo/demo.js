/*
 * npm run demo: an old database that nobody ever brought under Knex is recognised at its exact revision, stamped there, and brought to head,
 * with every row still in it. Everything happens in an embedded database in a temporary folder.
 */
import { fileURLToPath } from 'node:url';
import { renderAdoption } from '../../dist/cli/render/adoption.js';
import { renderPlan } from '../../dist/cli/render/plan.js';
import { renderReport } from '../../dist/cli/render/report.js';
import { renderStatus } from '../../dist/cli/render/status.js';
import { createStyle } from '../../dist/cli/render/style.js';
import { renderTable } from '../../dist/cli/render/table.js';
import { adopt, detectState, planAdoption } from '../../dist/index.js';
import { readStatus } from '../../dist/status.js';
import { openWorkspace } from '../../dist/workspace.js';
import { createOldDatabase, readContents } from './old-database.js';

const WIDTH = Math.min(process.stdout.columns || 100, 100);
const style = createStyle(showsColours(process.stdout, process.env));

/** The conventions of no-color.org and force-color.org, then what the terminal says of itself. */
function showsColours(stream, env) {
  if (env.FORCE_COLOR !== undefined) return !['0', 'false'].includes(env.FORCE_COLOR);
  if (env.NO_COLOR !== undefined && env.NO_COLOR !== '') return false;
  return stream.isTTY === true && stream.hasColors();
}

let sections = 0;

function section(title, command, text) {
  sections += 1;
  const head = `── ${sections}. ${title} `;
  const tail = command === '' ? '' : ` ${command} ──`;
  const line = '─'.repeat(Math.max(2, WIDTH - head.length - tail.length));
  console.log(`\n${style.bold(head)}${style.dim(line + tail)}\n`);
  console.log(text.trimEnd());
}

const number = (value) => value.toLocaleString('en');

function countsBefore(contents) {
  const rows = [...contents].map(([table, { rows: many }]) => ({
    cells: [{ text: table, paint: style.name }, number(many)],
  }));
  return renderTable([{ cells: headings('table', 'rows') }, ...rows], { right: [1] }).join('\n');
}

const headings = (...texts) => texts.map((text) => ({ text, paint: style.dim }));

function judge(was, is) {
  if (was === undefined) return { text: 'new', paint: style.dim };
  const equal = is !== undefined && was.rows === is.rows && was.checksum === is.checksum;
  return equal ? { text: '✓ equal', paint: style.good } : { text: '✗ DIFFERENT', paint: style.bad };
}

function countsBeforeAndAfter(before, after) {
  const tables = [...new Set([...before.keys(), ...after.keys()])].sort();
  const rows = tables.map((table) => {
    const cell = (contents) => (contents === undefined ? '–' : number(contents.rows));
    const was = before.get(table);
    const is = after.get(table);
    return { cells: [{ text: table, paint: style.name }, cell(was), cell(is), judge(was, is)] };
  });
  return renderTable([{ cells: headings('table', 'before', 'after', '') }, ...rows], { right: [1, 2] }).join(
    '\n',
  );
}

async function tell({ knex }) {
  const options = { knex, migrations: fileURLToPath(new URL('../../migrations', import.meta.url)) };

  const before = await readContents(knex);
  section(
    'An old database',
    '',
    `Somebody's init.sql made it years ago. No Knex, no version number, thousands of rows.\n\n${countsBefore(before)}`,
  );

  section('Where does it stand?', 'knex-adopt detect-state', renderReport(await detectState(options), style));

  const planned = await planAdoption(options);
  section(
    'What would be done?',
    'knex-adopt handle-legacy --dry-run',
    renderPlan(planned.plan, planned.before, style),
  );

  const adopted = await adopt(options);
  section('Do it', 'knex-adopt handle-legacy', renderAdoption(adopted, style));

  const { status } = await readStatus(await openWorkspace(options));
  section('Where does it stand now?', 'knex-adopt status', renderStatus(status, style));

  const after = await readContents(knex);
  section(
    'Is every row still there?',
    '',
    `${countsBeforeAndAfter(before, after)}\n\n${style.dim('Equal: as many rows, and a checksum over everything in them.')}`,
  );

  const rowsEqual = [...before].every(
    ([table, was]) => after.get(table)?.rows === was.rows && after.get(table)?.checksum === was.checksum,
  );
  const atHead = status.state === 'managed' && status.standing === 'upToDate' && status.drift === false;
  return { rowsEqual, atHead, from: planned.before.revision, status, rows: [...before.values()] };
}

function fail(what) {
  console.log(`\n${style.bad(style.bold('failed:'))} ${what}\n`);
  process.exitCode = 1;
}

function conclude({ rowsEqual, atHead, from, status, rows }) {
  if (!rowsEqual) return fail('rows are not what they were');
  if (!atHead) return fail(`the database is ${status.state}, and not up to date at ${status.head}`);
  const total = number(rows.reduce((sum, table) => sum + table.rows, 0));
  const way = `legacy at ${from} → managed at ${status.current}`;
  console.log(`\n${style.good(style.bold('done:'))} ${way}, all ${total} rows still there\n`);
}

try {
  const database = await createOldDatabase();
  conclude(await tell(database).finally(() => database.close()));
} catch (error) {
  // Uncaught, Node would show the line of source that threw, and PGlite's are 16,000 characters long.
  fail(error.stack);
}
