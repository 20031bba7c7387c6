/** What no source file may do, whatever it is about. A use that must be is allowed by name, with its reason. */

import { dottedName, nodesBelow, nodesOf, type Placed, placeOf, type SourceFile } from './source-file.ts';

export interface Exception {
  readonly path: string;
  /** As the problem names it, such as `Date.now`. */
  readonly use: string;
  readonly reason: string;
}

export interface Problem {
  readonly path: string;
  readonly use: string;
  /** One line, with the place. */
  readonly message: string;
}

type Rule = (placed: Placed) => { readonly use: string; readonly why: string } | undefined;

const injected = 'time and chance are injected: take a Clock or a Random (contract/clock.ts)';

/** Members that read the clock, wait or throw dice; the names alone when they come from a module. */
const bannedMembers = new Set([
  'Date.now',
  'performance.now',
  'process.hrtime',
  'Math.random',
  'AbortSignal.timeout',
  'crypto.randomUUID',
  'crypto.getRandomValues',
  'globalThis.setTimeout',
  'globalThis.setInterval',
  'globalThis.setImmediate',
]);
const bannedGlobals = new Set(['setTimeout', 'setInterval', 'setImmediate']);
const bannedImports = new Set(['randomUUID', 'randomBytes', 'randomInt', 'getRandomValues', 'performance']);
const bannedModules = new Set([
  'node:timers',
  'node:timers/promises',
  'node:perf_hooks',
  'timers',
  'timers/promises',
]);

/** Time and chance that are not injected. */
export function injectionProblems(file: SourceFile): readonly Problem[] {
  return collect(file, ({ node, parents }) => {
    const parent = parents.at(-1);
    if (node.type === 'MemberExpression') {
      const name = dottedName(node);
      return name !== undefined && bannedMembers.has(name) ? { use: name, why: injected } : undefined;
    }
    if (node.type === 'NewExpression' && dottedName(node.callee) === 'Date' && node.arguments.length === 0)
      return { use: 'new Date()', why: injected };
    if (node.type === 'Identifier' && bannedGlobals.has(node.name) && isReference(node, parent))
      return { use: node.name, why: injected };
    if (node.type === 'ImportDeclaration' && bannedModules.has(node.source.value))
      return { use: node.source.value, why: injected };
    if (
      node.type === 'ImportSpecifier' &&
      node.imported.type === 'Identifier' &&
      bannedImports.has(node.imported.name)
    )
      return { use: node.imported.name, why: injected };
    return undefined;
  });
}

/** Everything else that is forbidden in sources. */
export function codeProblems(file: SourceFile): readonly Problem[] {
  return collect(file, (placed) => {
    const { node } = placed;
    if (node.type === 'ExportDefaultDeclaration')
      return { use: 'default export', why: 'a name is the same wherever it is used' };
    if (node.type === 'Identifier' && node.name === 'sendParent')
      return { use: 'sendParent', why: 'it is not typed: pass an `owner` in the input' };
    if (isAsyncAction(placed))
      return { use: 'async action', why: 'nobody awaits it: use an invoked actor with its signal' };
    if (node.type === 'CatchClause' && node.body.body.length === 0 && !hasComment(file, node.body))
      return { use: 'empty catch', why: 'say why the error is harmless' };
    if (ignoresRejection(node) && !isExplained(file, placed))
      return { use: 'ignored rejection', why: 'say, on the line before, why nothing is lost' };
    if (/(?:^|\/)[^/]*-machine\.ts$/.test(file.path)) return undefined;
    const makesMachine = node.type === 'CallExpression' && callee(node) === 'createMachine';
    return makesMachine
      ? { use: 'createMachine', why: 'machines live in `*-machine.ts`, where tests find them' }
      : undefined;
  });
}

/** What makes a test suite slow, false or partial. */
export function testProblems(file: SourceFile): readonly Problem[] {
  return collect(file, ({ node }) => {
    if (node.type === 'MemberExpression') {
      const name = dottedName(node) ?? '';
      if (/^(?:it|test|describe)\.only$/.test(name)) return { use: name, why: 'it hides all other tests' };
      if (/^vi\.(?:mock|doMock|hoisted)$/.test(name))
        return { use: name, why: 'use a fake that passes the conformance kit' };
      if (/^vi\.(?:useFakeTimers|setSystemTime)$/.test(name)) return { use: name, why: 'use the TestClock' };
    }
    return isSleep(node)
      ? { use: 'sleep', why: 'use the TestClock, or wait for a condition with a deadline' }
      : undefined;
  });
}

/** The problems that no exception covers, and the exceptions that cover none. */
export function unexcused(problems: readonly Problem[], exceptions: readonly Exception[]): readonly string[] {
  const covers = (exception: Exception) => (problem: Problem) =>
    exception.path === problem.path && exception.use === problem.use;
  return [
    ...problems
      .filter((problem) => !exceptions.some((entry) => covers(entry)(problem)))
      .map(({ message }) => message),
    ...exceptions
      .filter((entry) => !problems.some(covers(entry)))
      .map(({ path, use }) => `${path}: the exception for ${use} is not needed any more`),
  ];
}

function collect(file: SourceFile, rule: Rule): readonly Problem[] {
  const problems: Problem[] = [];
  for (const placed of nodesOf(file)) {
    const found = rule(placed);
    if (found === undefined) continue;
    const message = `${placeOf(file, placed.node)}: ${found.use}: ${found.why}`;
    problems.push({ path: file.path, use: found.use, message });
  }
  return problems;
}

type Node = Placed['node'];

/** Not the name of a property, method or type member: those belong to somebody else's clock. */
function isReference(node: Node, parent: Node | undefined): boolean {
  if (parent === undefined) return true;
  if (parent.type === 'MemberExpression') return parent.object === node;
  if ('key' in parent && parent.key === node) return 'shorthand' in parent && parent.shorthand === true;
  return !['TSTypeReference', 'TSTypeQuery', 'TSQualifiedName'].includes(parent.type);
}

/** An `async` function anywhere below `actions`, `entry` or `exit`; promises of actors are made elsewhere. */
function isAsyncAction({ node, parents }: Placed): boolean {
  const isFunction = node.type === 'ArrowFunctionExpression' || node.type === 'FunctionExpression';
  if (!isFunction || !node.async) return false;
  return parents.some(
    (parent) =>
      parent.type === 'Property' &&
      parent.key.type === 'Identifier' &&
      ['actions', 'entry', 'exit'].includes(parent.key.name),
  );
}

/** `.catch()` with a function that does nothing: the error is told to nobody. */
function ignoresRejection(node: Node): boolean {
  if (node.type !== 'CallExpression' || callee(node) !== 'catch') return false;
  const [handler] = node.arguments;
  if (handler?.type !== 'ArrowFunctionExpression') return false;
  const { body } = handler;
  return body.type === 'BlockStatement' ? body.body.length === 0 : dottedName(body) === 'undefined';
}

/** By a comment in it, or right before its line or its statement. */
function isExplained(file: SourceFile, { node, parents }: Placed): boolean {
  if (hasComment(file, node)) return true;
  const statement = parents.findLast(({ type }) => /(?:Statement|Declaration)$/.test(type)) ?? node;
  return [node.end, statement.start].some((at) => {
    const before = file.text.slice(0, at).split('\n').at(-2) ?? '';
    return /^\s*(?:\/\/|\*|\/\*)/.test(before);
  });
}

function hasComment({ text }: SourceFile, { start, end }: Node): boolean {
  return /\/[/*]/.test(text.slice(start, end));
}

/** Waiting a fixed real time: a promise that a timer resolves, or the system clock's. */
function isSleep(node: Node): boolean {
  const name = callee(node);
  if (node.type === 'ImportDeclaration') return bannedModules.has(node.source.value);
  if (node.type === 'CallExpression' && name === 'sleep')
    return node.arguments.some((argument) => dottedName(argument) === 'systemClock');
  if (node.type !== 'NewExpression' || name !== 'Promise') return false;
  return [...nodesBelow(node)].some(({ node: inner }) => {
    if (inner.type !== 'CallExpression') return false;
    const called = dottedName(inner.callee);
    return called === 'setTimeout' || called === 'systemClock.setTimeout';
  });
}

/** The last name of what is called. */
function callee(node: Node): string | undefined {
  if (node.type !== 'CallExpression' && node.type !== 'NewExpression') return undefined;
  const name = node.callee.type === 'MemberExpression' ? node.callee.property : node.callee;
  return name.type === 'Identifier' ? name.name : undefined;
}
