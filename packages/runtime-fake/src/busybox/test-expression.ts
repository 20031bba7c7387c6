/** The conditions of `test` and `[`. */

import type { FakeFiles } from '../fake-files.ts';

const comparisons: Readonly<Record<string, (a: string, b: string) => boolean>> = {
  '=': (a, b) => a === b,
  '==': (a, b) => a === b,
  '!=': (a, b) => a !== b,
  '-eq': (a, b) => integer(a) === integer(b),
  '-ne': (a, b) => integer(a) !== integer(b),
  '-lt': (a, b) => integer(a) < integer(b),
  '-le': (a, b) => integer(a) <= integer(b),
  '-gt': (a, b) => integer(a) > integer(b),
  '-ge': (a, b) => integer(a) >= integer(b),
};

/** Throws an `Error` with the words to print when the condition cannot be read. */
export function evaluateTest(args: readonly string[], files: FakeFiles): boolean {
  const [first = '', second = '', third = ''] = args;
  if (first === '!' && args.length > 1) return !evaluateTest(args.slice(1), files);
  if (args.length === 0) return false;
  if (args.length === 1) return first !== '';
  if (args.length === 2) return evaluateUnary(first, second, files);
  const compare = comparisons[second];
  if (args.length === 3 && compare !== undefined) return compare(first, third);
  throw new Error(`${second}: unknown operand`);
}

function evaluateUnary(operator: string, operand: string, files: FakeFiles): boolean {
  switch (operator) {
    case '-e':
      return files.exists(operand);
    case '-f':
      return files.isFile(operand);
    case '-d':
      return files.isDirectory(operand);
    case '-s':
      return files.isFile(operand) && files.read(operand) !== '';
    case '-r':
    case '-w':
      return files.exists(operand);
    case '-n':
      return operand !== '';
    case '-z':
      return operand === '';
    default:
      throw new Error(`${operand}: unknown operand`);
  }
}

function integer(text: string): number {
  if (!/^\s*[+-]?\d+\s*$/.test(text)) throw new Error(`invalid number '${text}'`);
  return Number.parseInt(text, 10);
}
