/** The page of a machine: what its file says of it, its diagram, and all its transitions. */

import type { AnyStateMachine, AnyStateNode } from 'xstate';
import type { FoundMachine } from './find-machines.ts';
import {
  actionNames,
  stateName,
  statesOf,
  type TransitionView,
  transitionsOf,
  triggerText,
} from './machine-view.ts';

/** Markdown with a Mermaid diagram. The same machine gives the same page. */
export function machinePage({ name, path, text, machine }: FoundMachine): string {
  return [
    `# The ${name} machine`,
    `<!-- Written by \`npm run docs:machines\` from ${path}. -->`,
    headerOf(text),
    ['```mermaid', ...diagramOf(machine), '```'].join('\n'),
    'The diagram leaves out what does not change the state. Of the rows for one state and one trigger, the first counts ' +
      'whose condition is true; where there is none, those for any state are asked.',
    transitionTable(machine),
    entryTable(machine),
  ]
    .join('\n\n')
    .concat('\n');
}

/** The first comment of the file, without its stars. */
export function headerOf(text: string): string {
  const comment = /^\s*\/\*\*(.*?)\*\//s.exec(text)?.[1];
  if (comment === undefined)
    throw new Error('a machine file begins with a comment that says what holds of it');
  const lines = comment.split('\n').map((line) => line.replace(/^\s*\*? ?/, '').trimEnd());
  return lines.join('\n').trim();
}

/** A Mermaid state diagram. */
export function diagramOf(machine: AnyStateMachine): readonly string[] {
  const arrows = statesOf(machine).flatMap(arrowsFrom);
  // Mermaid cannot draw an arrow from a state to one inside of it, so a state stands for all of them.
  const anywhere = arrows.some(({ from }) => from === anyState) ? [`  state "any state" as ${anyState}`] : [];
  return [
    'stateDiagram-v2',
    ...block(machine.root).map((line) => `  ${line}`),
    ...anywhere,
    ...[...new Set(arrows.map(({ from, to, label }) => `  ${from} --> ${to} : ${label}`))],
  ];
}

const anyState = 'any_state';

interface Arrow {
  readonly from: string;
  readonly to: string;
  readonly label: string;
}

function arrowsFrom(node: AnyStateNode): readonly Arrow[] {
  return transitionsOf(node).flatMap(({ trigger, guard, targets }) => {
    const condition = guard === undefined ? '' : ` [${guard.name}]`;
    const label = `${triggerText(trigger)}${condition}`;
    return targets.map((target) => ({ from: idOf(node), to: idOf(target), label }));
  });
}

/** The lines that declare the states in a state. */
function block(node: AnyStateNode): readonly string[] {
  const children: readonly AnyStateNode[] = Object.values(node.states);
  const declared = children.map(declaration);
  // Regions that hold at the same time are kept apart by a line of their own.
  if (node.type === 'parallel')
    return declared.flatMap((lines, index) => (index === 0 ? lines : ['--', ...lines]));
  const first =
    node.type === 'compound' ? node.initial.target.map((target) => `[*] --> ${idOf(target)}`) : [];
  return [...first, ...declared.flat()];
}

function declaration(node: AnyStateNode): readonly string[] {
  const id = idOf(node);
  const inner = block(node);
  if (inner.length > 0) return [`state "${node.key}" as ${id} {`, ...inner.map((line) => `  ${line}`), '}'];
  const invoked = node.invoke.map(
    ({ src, id: actor }) => `${id} : invokes ${typeof src === 'string' ? src : actor}`,
  );
  return [`${id} : ${node.key}`, ...invoked, ...(node.type === 'final' ? [`${id} --> [*]`] : [])];
}

function idOf(node: AnyStateNode): string {
  return node.path.length === 0 ? anyState : node.path.join('_');
}

function transitionTable(machine: AnyStateMachine): string {
  const rows = statesOf(machine).flatMap((node) =>
    transitionsOf(node).map((view) => transitionRow(node, view)),
  );
  return table(['in', 'when', 'if', 'goes to', 'and does'], rows);
}

function transitionRow(node: AnyStateNode, view: TransitionView): readonly string[] {
  return [
    stateName(node),
    triggerText(view.trigger),
    view.guard?.name ?? '',
    view.targets.map(stateName).join(', '),
    view.actions.map(({ name }) => name).join(', '),
  ];
}

function entryTable(machine: AnyStateMachine): string {
  const rows = statesOf(machine).map((node) => [
    stateName(node),
    node.invoke.map(({ src, id }) => (typeof src === 'string' ? src : id)).join(', '),
    actionNames(node.entry)
      .map(({ name }) => name)
      .join(', '),
    actionNames(node.exit)
      .map(({ name }) => name)
      .join(', '),
  ]);
  const telling = rows.filter(([, ...cells]) => cells.some((cell) => cell !== ''));
  return table(['state', 'invokes', 'on entry', 'on exit'], telling);
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) =>
    `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
}
