/** `$((...))`: integers, variables, the usual operators. */

import { ShellSyntaxError } from './lexer.ts';

/** Weakest first; all of them bind to the left. */
const levels: readonly (readonly string[])[] = [
  ['||'],
  ['&&'],
  ['==', '!='],
  ['<=', '>=', '<', '>'],
  ['+', '-'],
  ['*', '/', '%'],
];

const operations: Readonly<Record<string, (a: number, b: number) => number>> = {
  '||': (a, b) => Number(a !== 0 || b !== 0),
  '&&': (a, b) => Number(a !== 0 && b !== 0),
  '==': (a, b) => Number(a === b),
  '!=': (a, b) => Number(a !== b),
  '<=': (a, b) => Number(a <= b),
  '>=': (a, b) => Number(a >= b),
  '<': (a, b) => Number(a < b),
  '>': (a, b) => Number(a > b),
  '+': (a, b) => a + b,
  '-': (a, b) => a - b,
  '*': (a, b) => a * b,
  '/': (a, b) => Math.trunc(divided(a, b)),
  '%': (a, b) => a - b * Math.trunc(divided(a, b)),
};

/** Throws a `ShellSyntaxError`. An unset variable counts as 0. */
export function evaluateArithmetic(expression: string, lookUp: (name: string) => string | undefined): number {
  const tokens = expression.match(/[0-9]+|[A-Za-z_]\w*|\|\||&&|[=!<>]=|\S/g) ?? [];
  let at = 0;
  const level = (n: number): number => {
    const operators = levels[n];
    if (operators === undefined) return unary();
    let left = level(n + 1);
    for (let text = tokens[at] ?? ''; operators.includes(text); text = tokens[at] ?? '') {
      at += 1;
      left = operations[text]?.(left, level(n + 1)) ?? 0;
    }
    return left;
  };
  const unary = (): number => {
    const token = tokens[at] ?? '';
    at += 1;
    if (token === '-') return -unary();
    if (token === '!') return Number(unary() === 0);
    if (token === '(') {
      const inner = level(0);
      at += 1;
      if (tokens[at - 1] !== ')') throw new ShellSyntaxError('arithmetic syntax error');
      return inner;
    }
    if (/^[0-9]+$/.test(token)) return Number(token);
    const name = token === '$' ? (tokens[at++] ?? '') : token;
    if (!/^[A-Za-z_]\w*$/.test(name)) throw new ShellSyntaxError('arithmetic syntax error');
    return Number.parseInt(lookUp(name) ?? '0', 10) || 0;
  };
  const result = level(0);
  if (at < tokens.length) throw new ShellSyntaxError('arithmetic syntax error');
  return result;
}

function divided(a: number, b: number): number {
  if (b === 0) throw new ShellSyntaxError('divide by zero');
  return a / b;
}
