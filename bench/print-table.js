/** Rows of one shape as aligned columns: numbers to the right, with as many digits as tell something. */
export function printTable(rows) {
  if (rows.length === 0) return;
  const names = Object.keys(rows[0]);
  const cell = (value) => {
    if (value === null || value === undefined) return '-';
    if (typeof value !== 'number') return String(value);
    return Number.isInteger(value) ? String(value) : value.toFixed(value < 20 ? 2 : 0);
  };
  const texts = rows.map((row) => names.map((name) => cell(row[name])));
  const widths = names.map((name, at) => Math.max(name.length, ...texts.map((row) => row[at].length)));
  const right = names.map((name) => rows.some((row) => typeof row[name] === 'number'));
  const line = (cells) =>
    cells
      .map((text, at) => (right[at] ? text.padStart(widths[at]) : text.padEnd(widths[at])))
      .join('  ')
      .trimEnd();
  console.log([names, ...texts].map(line).join('\n'));
}
