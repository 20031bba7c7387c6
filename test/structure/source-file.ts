/** Source files as the structural rules see them: text, syntax tree and imports. */

import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, relative, sep } from 'node:path';
import { type ESTree, parseSync } from 'vite';

export const repository = join(import.meta.dirname, '../..');

export interface SourceFile {
  /** From the root of the repository, with slashes. */
  readonly path: string;
  readonly text: string;
  readonly program: ESTree.Program;
  /** What the file imports or exports from, types included, in order. */
  readonly imports: readonly string[];
}

export interface Placed {
  readonly node: ESTree.Node;
  /** From the outermost to the nearest; holds until the next node is asked for. */
  readonly parents: readonly ESTree.Node[];
}

/** The TypeScript and JavaScript files of `packages/<any>/<folder>`; tests and sources are asked for apart. */
export function packageFiles(folder: 'src' | 'test'): readonly SourceFile[] {
  return readdirSync(join(repository, 'packages')).flatMap((name) =>
    filesBelow(`packages/${name}/${folder}`),
  );
}

/** The files below a folder of the repository; none when there is no such folder. */
export function filesBelow(folder: string): readonly SourceFile[] {
  const directory = join(repository, folder);
  if (!existsSync(directory)) return [];
  return readdirSync(directory, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && /\.[cm]?[jt]s$/.test(entry.name))
    .map((entry) => join(entry.parentPath, entry.name))
    .sort()
    .map((file) => parseSource(relative(repository, file).split(sep).join('/'), readFileSync(file, 'utf8')));
}

/** Throws when the text is no program. */
export function parseSource(path: string, text: string): SourceFile {
  const { program, module, errors } = parseSync(path, text);
  const [error] = errors;
  if (error !== undefined) throw new Error(`${path}: ${error.message}`);
  const file = { path, text, program, imports: [] };
  const named = [
    ...module.staticImports.map((statement) => statement.moduleRequest.value),
    ...module.staticExports.flatMap(({ entries }) => entries.map((entry) => entry.moduleRequest?.value)),
    ...[...nodesOf(file)].map(({ node }) => dynamicImport(node)),
  ];
  return { ...file, imports: [...new Set(named.filter((name) => name !== undefined))] };
}

/** Every node of a file, a parent before its children. */
export function nodesOf(file: SourceFile): Generator<Placed> {
  return nodesBelow(file.program);
}

/** This node and every node in it, a parent before its children. */
export function* nodesBelow(node: ESTree.Node, parents: ESTree.Node[] = []): Generator<Placed> {
  yield { node, parents };
  parents.push(node);
  for (const value of Object.values(node)) {
    // Most values are numbers and words: looking twice costs less than making them all lists.
    if (Array.isArray(value)) for (const child of value) yield* childBelow(child, parents);
    else yield* childBelow(value, parents);
  }
  parents.pop();
}

function* childBelow(value: unknown, parents: ESTree.Node[]): Generator<Placed> {
  if (isNode(value)) yield* nodesBelow(value, parents);
}

/** `path:line`, for messages that an editor can follow. */
export function placeOf(file: SourceFile, node: ESTree.Node): string {
  return `${file.path}:${lineAt(file, node.start)}`;
}

export function linesOf(file: SourceFile, node: ESTree.Node): number {
  return lineAt(file, node.end) - lineAt(file, node.start) + 1;
}

/** `a.b` for the node of `a.b`, `a` for the name alone; undefined for what is no chain of two names at most. */
export function dottedName(node: ESTree.Node): string | undefined {
  if (node.type === 'Identifier') return node.name;
  if (node.type !== 'MemberExpression' || node.computed || node.object.type !== 'Identifier')
    return undefined;
  return node.property.type === 'Identifier' ? `${node.object.name}.${node.property.name}` : undefined;
}

function lineAt({ text }: SourceFile, offset: number): number {
  return text.slice(0, offset).split('\n').length;
}

function dynamicImport(node: ESTree.Node): string | undefined {
  if (node.type !== 'ImportExpression' && node.type !== 'TSImportType') return undefined;
  const { source } = node;
  return source.type === 'Literal' && typeof source.value === 'string' ? source.value : undefined;
}

function isNode(value: unknown): value is ESTree.Node {
  return typeof value === 'object' && value !== null && 'type' in value && typeof value.type === 'string';
}
