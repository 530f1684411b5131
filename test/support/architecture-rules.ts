import { dirname, join } from 'node:path/posix';
import { parseAst } from 'vitest/node';

/** A source file, its path relative to the repository: `src/schema/snapshot.ts`. */
export interface SourceFile {
  readonly path: string;
  readonly text: string;
}

/** A rule of the house: gives its violations among these files, each as `file:line: what is wrong`. */
export type Rule = (files: readonly SourceFile[]) => readonly string[];

interface SyntaxNode {
  readonly type: string;
  readonly start: number;
  readonly [key: string]: unknown;
}

/** A node with what is needed to judge it: the node above, and that node's property which holds it. */
interface Visit {
  readonly node: SyntaxNode;
  readonly parent: SyntaxNode | null;
  readonly key: string;
  readonly line: number;
}

interface Import {
  readonly specifier: string;
  /** The path of the imported file; null for a package. */
  readonly target: string | null;
  /** Whether it is there for the compiler only and nothing is loaded. */
  readonly typeOnly: boolean;
  readonly line: number;
}

interface ParsedFile {
  readonly path: string;
  readonly visits: readonly Visit[];
  readonly imports: readonly Import[];
}

/**
 * The layers of `src`, first match first. A file imports from its own layer and from lower ranks; what the pattern captures is a layer of
 * its own, and may be imported by the layer around it. The readers of facts share a rank below `compare`, so that they know neither each
 * other nor what will be concluded.
 */
const LAYERS: readonly { rank: number; name: string; matches: RegExp }[] = [
  { rank: 0, name: 'errors, logger, util', matches: /^src\/(?:errors\.ts$|logger\.ts$|util\/)/ },
  { rank: 1, name: 'schema', matches: /^src\/schema\// },
  { rank: 1.5, name: 'database', matches: /^src\/database\// },
  { rank: 2, name: 'manifest', matches: /^src\/manifest\// },
  { rank: 2.5, name: 'dialects', matches: /^src\/(dialects\/[^/]+)\// },
  { rank: 2.5, name: 'dialects', matches: /^src\/dialects\// },
  { rank: 2.5, name: 'history', matches: /^src\/history\// },
  { rank: 2.5, name: 'migrations', matches: /^src\/migrations\// },
  { rank: 3, name: 'compare', matches: /^src\/compare\// },
  { rank: 4, name: 'classify', matches: /^src\/classify\// },
  { rank: 5, name: 'plan', matches: /^src\/plan\// },
  { rank: 6, name: 'apply', matches: /^src\/apply\// },
  { rank: 9, name: 'the public API', matches: /^src\/index\.ts$/ },
  { rank: 7, name: 'the use cases', matches: /^src\/[^/]+\.ts$/ },
  { rank: 8, name: 'cli', matches: /^src\/cli\// },
];

/** No I/O, clock or randomness here; hence nothing that could bring one, except hashing and the validation of data. */
const PURE = /^src\/(?:util|schema|compare|classify|plan|manifest)\/(?!load(?:-[a-z]+)?\.ts$)/;
const PURE_PACKAGES = ['node:crypto', 'zod'];
const IMPURE_GLOBALS = ['Date', 'Math.random', 'performance', 'fetch', 'setTimeout', 'crypto'];

const MAIN = 'src/cli/main.ts';
const DIALECT_NAMES = /^(postgres|postgresql|pg|pg-native|pglite|mysql|mysql2|mariadb)$/;
/** Where a name in a URL or a configuration becomes a dialect. */
const KNOWS_DIALECTS = /^src\/(dialects\/|cli\/config)/;
const BUILT_IN_ERRORS = /^(Aggregate|Range|Reference|Syntax|Type|URI)?Error$/;

/** Every rule by name. `docs/architecture.md` says why. */
export const RULES = {
  'imports come from the own layer or a lower rank': (files) =>
    files.map(parse).flatMap(({ path, imports }) => {
      const own = layerOf(path);
      if (own === null) {
        return [`${path}:1: belongs to no layer; add its folder to LAYERS`];
      }
      return imports.flatMap(({ target, line }) => {
        const other = target === null ? null : layerOf(target);
        const allowed =
          other === null ||
          other.name === own.name ||
          other.name.startsWith(`${own.name}/`) ||
          other.rank < own.rank;
        return allowed ? [] : [`${path}:${line}: ${own.name} may not import from ${other.name}: ${target}`];
      });
    }),

  'there are no import cycles': (files) => findCycles(files.map(parse)),

  'the core is pure': (files) => {
    const parsed = new Map(files.map((file) => [file.path, parse(file)]));
    return [...parsed.values()]
      .filter(({ path }) => PURE.test(path))
      .flatMap((file) => [...impureImports(file, parsed), ...impureGlobals(file)]);
  },

  'nothing writes to the console': (files) =>
    eachNode(files, ({ path }, visit) =>
      isReference(visit, 'console') && path !== MAIN ? 'console; take a Logger' : null,
    ),

  'only the command line knows the process': (files) =>
    eachNode(files, ({ path }, visit) =>
      isReference(visit, 'process') && path !== MAIN ? `process outside of ${MAIN}; take a parameter` : null,
    ),

  'nothing is any': (files) =>
    eachNode(files, (_, { node }) =>
      node.type === 'TSAnyKeyword' ? 'any; say what it is, or unknown' : null,
    ),

  'what is thrown is an AdoptError': (files) =>
    eachNode(files, (_, { node }) => {
      const thrown = node.type === 'ThrowStatement' ? child(node, 'argument') : null;
      const name = thrown?.type === 'NewExpression' ? child(thrown, 'callee')?.name : undefined;
      return typeof name === 'string' && BUILT_IN_ERRORS.test(name)
        ? `throw new ${name}; throw an AdoptError with a code`
        : null;
    }),

  'order does not depend on a locale': (files) =>
    eachNode(files, (_, { node }) =>
      node.type === 'Identifier' && node.name === 'localeCompare'
        ? 'localeCompare; order differs by machine, see src/util/order.ts'
        : null,
    ),

  'exports have names': (files) =>
    eachNode(files, (_, { node, parent }) => {
      switch (node.type) {
        case 'ExportDefaultDeclaration':
          return 'export default; name it';
        case 'ExportAllDeclaration':
          return 'export *; name what is exported';
        case 'ExportSpecifier':
          return parent !== null && child(node, 'exported')?.name === 'default'
            ? 'export default; name it'
            : null;
        default:
          return null;
      }
    }),

  'file names are kebab-case': (files) =>
    files
      .filter(({ path }) => !/^src\/([a-z0-9]+(-[a-z0-9]+)*\/)*[a-z0-9]+(-[a-z0-9]+)*\.ts$/.test(path))
      .map(({ path }) => `${path}:1: its name is not kebab-case with the ending .ts`),

  'only dialects know which dialect it is': (files) =>
    eachNode(files, ({ path }, { node }) => {
      if (KNOWS_DIALECTS.test(path)) {
        return null;
      }
      const compared =
        node.type === 'BinaryExpression' && /^[!=]==?$/.test(String(node.operator))
          ? [child(node, 'left'), child(node, 'right')]
          : node.type === 'SwitchCase'
            ? [child(node, 'test')]
            : [];
      const name = compared
        .map((side) => side?.value)
        .find((value) => typeof value === 'string' && DIALECT_NAMES.test(value));
      return name === undefined
        ? null
        : `asks whether it is '${name}'; make it a capability or a method of the Dialect`;
    }),
} satisfies Record<string, Rule>;

function layerOf(path: string): { rank: number; name: string } | null {
  for (const { rank, name, matches } of LAYERS) {
    const match = matches.exec(path);
    if (match !== null) {
      return { rank, name: match[1] ?? name };
    }
  }
  return null;
}

const parsedFiles = new WeakMap<SourceFile, ParsedFile>();

function parse(file: SourceFile): ParsedFile {
  const parsed = parsedFiles.get(file) ?? parseOnce(file);
  parsedFiles.set(file, parsed);
  return parsed;
}

function parseOnce({ path, text }: SourceFile): ParsedFile {
  const visits: Visit[] = [];
  const lineAt = (offset: number) => text.slice(0, offset).split('\n').length;
  const walk = (node: SyntaxNode, parent: SyntaxNode | null, key: string) => {
    visits.push({ node, parent, key, line: lineAt(node.start) });
    for (const [property, value] of Object.entries(node)) {
      for (const below of Array.isArray(value) ? value : [value]) {
        if (isNode(below)) {
          walk(below, node, property);
        }
      }
    }
  };
  const program: unknown = parseAst(text, { lang: 'ts' }, path);
  if (isNode(program)) {
    walk(program, null, '');
  }
  return { path, visits, imports: visits.flatMap((visit) => importOf(path, visit)) };
}

function importOf(path: string, { node, line }: Visit): Import[] {
  const source = /^(Import|Export\w*)(Declaration|Expression)$|^TSImportType$/.test(node.type)
    ? child(node, 'source')
    : null;
  if (typeof source?.value !== 'string') {
    return [];
  }
  const specifier = source.value;
  return [
    {
      specifier,
      target: specifier.startsWith('.') ? join(dirname(path), specifier) : null,
      typeOnly: node.type === 'TSImportType' || node.importKind === 'type' || node.exportKind === 'type',
      line,
    },
  ];
}

function isNode(value: unknown): value is SyntaxNode {
  return (
    typeof value === 'object' &&
    value !== null &&
    'type' in value &&
    typeof value.type === 'string' &&
    'start' in value &&
    typeof value.start === 'number'
  );
}

function child(node: SyntaxNode, key: string): SyntaxNode | null {
  const value = node[key];
  return isNode(value) ? value : null;
}

/** Whether a node stands for the global of that name (or the module with its name), and is not merely a property called so. */
function isReference({ node, parent, key }: Visit, name: string): boolean {
  if (node.type === 'ImportDeclaration') {
    return String(child(node, 'source')?.value).replace(/^node:/, '') === name;
  }
  if (node.type === 'MemberExpression' && child(node, 'object')?.name === 'globalThis') {
    return child(node, 'property')?.name === name;
  }
  const isName = parent !== null && (key === 'property' || key === 'key') && parent.computed !== true;
  return node.type === 'Identifier' && node.name === name && !isName;
}

function eachNode(
  files: readonly SourceFile[],
  judge: (file: ParsedFile, visit: Visit) => string | null,
): readonly string[] {
  return files.map(parse).flatMap((file) =>
    file.visits.flatMap((visit) => {
      const message = judge(file, visit);
      return message === null ? [] : [`${file.path}:${visit.line}: ${message}`];
    }),
  );
}

/** One violation per import that closes a cycle. */
function findCycles(files: readonly ParsedFile[]): readonly string[] {
  const byPath = new Map(files.map((file) => [file.path, file]));
  const finished = new Set<string>();
  const violations: string[] = [];
  const visit = (file: ParsedFile, trail: readonly string[]) => {
    for (const { target, line } of file.imports) {
      const next = target === null ? undefined : byPath.get(target);
      if (next === undefined || finished.has(next.path)) {
        continue;
      }
      const from = [...trail, file.path];
      if (from.includes(next.path)) {
        const cycle = [...from.slice(from.indexOf(next.path)), next.path];
        violations.push(`${file.path}:${line}: closes the cycle ${cycle.join(' → ')}`);
      } else {
        visit(next, from);
      }
    }
    finished.add(file.path);
  };
  for (const file of files) {
    visit(file, []);
  }
  return violations;
}

/** What a file loads, through whatever other files, that is neither a file of the project nor a pure package. */
function impureImports(file: ParsedFile, parsed: ReadonlyMap<string, ParsedFile>): readonly string[] {
  const violations: string[] = [];
  const seen = new Set<string>([file.path]);
  const follow = (current: ParsedFile, trail: readonly string[], ownLine: number | null) => {
    for (const { specifier, target, typeOnly, line } of current.imports) {
      const next = target === null ? undefined : parsed.get(target);
      if (typeOnly) {
        continue;
      }
      if (target === null && !PURE_PACKAGES.includes(specifier)) {
        const through = trail.length === 0 ? '' : ` through ${trail.join(' → ')}`;
        violations.push(`${file.path}:${ownLine ?? line}: is to be pure and loads ${specifier}${through}`);
      } else if (next !== undefined && !seen.has(next.path)) {
        seen.add(next.path);
        follow(next, [...trail, next.path], ownLine ?? line);
      }
    }
  };
  follow(file, [], null);
  return violations;
}

function impureGlobals({ path, visits }: ParsedFile): readonly string[] {
  return visits.flatMap((visit) => {
    const { node, line } = visit;
    const name =
      node.type === 'MemberExpression' && child(node, 'object')?.name === 'Math'
        ? `Math.${child(node, 'property')?.name}`
        : IMPURE_GLOBALS.find((global) => isReference(visit, global));
    const isType = visit.parent?.type.startsWith('TS') === true;
    return name !== undefined && IMPURE_GLOBALS.includes(name) && !isType && node.type !== 'ImportDeclaration'
      ? [`${path}:${line}: is to be pure and uses ${name}; take a parameter`]
      : [];
  });
}
