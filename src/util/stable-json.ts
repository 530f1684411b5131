type Json =
  | string
  | number
  | boolean
  | null
  | readonly Json[]
  | { readonly [name: string]: Json | undefined };

const WIDTH = 140;

function inline(value: Json): string {
  if (value === null || typeof value !== 'object') return JSON.stringify(value);
  if (Array.isArray(value)) return `[${value.map(inline).join(', ')}]`;
  const members = Object.entries(value as { readonly [name: string]: Json | undefined }).flatMap(
    ([name, member]) => (member === undefined ? [] : [`${JSON.stringify(name)}: ${inline(member)}`]),
  );
  return members.length === 0 ? '{}' : `{ ${members.join(', ')} }`;
}

function render(value: Json, indent: string, depth: number): string {
  const line = inline(value);
  // The outermost two levels are always opened, so that adding a table or a column is a diff of whole lines.
  if (value === null || typeof value !== 'object' || (depth > 1 && indent.length + line.length <= WIDTH)) {
    return line;
  }
  const inner = `${indent}  `;
  if (Array.isArray(value)) {
    if (value.length === 0) return '[]';
    return `[\n${value.map((item: Json) => inner + render(item, inner, depth + 1)).join(',\n')}\n${indent}]`;
  }
  const members = Object.entries(value as { readonly [name: string]: Json | undefined }).flatMap(
    ([name, member]) =>
      member === undefined ? [] : [`${inner}${JSON.stringify(name)}: ${render(member, inner, depth + 1)}`],
  );
  return members.length === 0 ? '{}' : `{\n${members.join(',\n')}\n${indent}}`;
}

/**
 * JSON text for people and for version control: members in the order given, one line for what fits in a line, two spaces, a final newline.
 * The same value always gives the same bytes.
 */
export function stableJson(value: unknown): string {
  return `${render(value as Json, '', 0)}\n`;
}
