import { linesOf, nodesOf, type Placed, placeOf, type SourceFile } from './source-file.ts';

const fileLinesMax = 400;
const functionLinesMax = 50;
const machineLinesMax = 150;

type Node = Placed['node'];

/** Files, functions and machine literals that have grown too long to be read at one go. */
export function sizeProblems(file: SourceFile): readonly string[] {
  const lines = file.text.trimEnd().split('\n').length;
  const problems = lines > fileLinesMax ? [`${file.path}: ${lines} lines, at most ${fileLinesMax}`] : [];
  for (const [node, measured] of measure(file)) {
    if (measured.lines > measured.max)
      problems.push(
        `${placeOf(file, node)}: ${measured.what} of ${measured.lines} lines, at most ${measured.max}`,
      );
  }
  return problems;
}

interface Measured {
  readonly what: string;
  lines: number;
  readonly max: number;
}

/**
 * The lines of each function without those of the functions and machines in it, which are measured themselves: a function
 * that returns an object of small methods is no longer than a class of them.
 */
function measure(file: SourceFile): ReadonlyMap<Node, Measured> {
  const found = new Map<Node, Measured>();
  for (const { node, parents } of nodesOf(file)) {
    const measured = machineLines(file, node) ?? functionLines(file, node);
    if (measured === undefined) continue;
    found.set(node, measured);
    const outer = parents.findLast((parent) => found.has(parent));
    const outerMeasured = outer === undefined ? undefined : found.get(outer);
    // What is in a machine is part of it.
    if (outerMeasured?.max === functionLinesMax) outerMeasured.lines -= measured.lines - 1;
  }
  return found;
}

function functionLines(file: SourceFile, node: Node): Measured | undefined {
  const isFunction =
    node.type === 'FunctionDeclaration' ||
    node.type === 'FunctionExpression' ||
    node.type === 'ArrowFunctionExpression';
  return isFunction ? { what: 'a function', lines: linesOf(file, node), max: functionLinesMax } : undefined;
}

/** The argument of `createMachine`. */
function machineLines(file: SourceFile, node: Node): Measured | undefined {
  if (node.type !== 'CallExpression') return undefined;
  const { callee } = node;
  const name = callee.type === 'MemberExpression' ? callee.property : callee;
  const [literal] = node.arguments;
  if (name.type !== 'Identifier' || name.name !== 'createMachine' || literal === undefined) return undefined;
  return { what: 'a machine', lines: linesOf(file, literal), max: machineLinesMax };
}
