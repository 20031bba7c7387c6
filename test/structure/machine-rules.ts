/** What the compiler does not see in a machine. */

import type { AnyStateMachine, AnyStateNode } from 'xstate';
import {
  actionNames,
  stateName,
  statesOf,
  type TransitionView,
  transitionsOf,
  triggerText,
} from '../../scripts/machine-view.ts';

const leavesMax = 8;
const eventsMax = 12;

/** All that is wrong with a machine, each with its state. */
export function machineProblems(machine: AnyStateMachine): readonly string[] {
  const states = statesOf(machine);
  return [
    ...sizeProblems(states),
    ...unreachable(machine, states).map((node) => `${stateName(node)}: no transition leads here`),
    ...states.flatMap((node) => [
      ...delayProblems(machine, node),
      ...errorProblems(node),
      ...shadowProblems(node),
      ...nameProblems(machine, node),
    ]),
    ...spawnProblems(machine, states),
  ];
}

function sizeProblems(states: readonly AnyStateNode[]): readonly string[] {
  const leaves = states.filter(({ type }) => type !== 'compound' && type !== 'parallel').length;
  const descriptors = states.flatMap((node) => [...node.transitions.keys()]);
  const events = new Set(descriptors.filter((descriptor) => !descriptor.startsWith('xstate.'))).size;
  return [
    ...(leaves > leavesMax ? [`${leaves} leaf states, at most ${leavesMax}`] : []),
    ...(events > eventsMax ? [`${events} events, at most ${eventsMax}`] : []),
  ];
}

/** The states that no path leads to, were every guard to hold when it is asked. */
function unreachable(machine: AnyStateMachine, states: readonly AnyStateNode[]): readonly AnyStateNode[] {
  const reached = new Set<AnyStateNode>();
  const waiting: AnyStateNode[] = [machine.root];
  for (let node = waiting.pop(); node !== undefined; node = waiting.pop()) {
    if (reached.has(node)) continue;
    reached.add(node);
    if (node.parent !== undefined) waiting.push(node.parent);
    if (node.type === 'compound') waiting.push(...node.initial.target);
    if (node.type === 'parallel') waiting.push(...Object.values<AnyStateNode>(node.states));
    waiting.push(...transitionsOf(node).flatMap(({ targets }) => targets));
  }
  return states.filter((node) => !reached.has(node));
}

/** An unknown name of a delay compiles, and fires at once. */
function delayProblems(machine: AnyStateMachine, node: AnyStateNode): readonly string[] {
  return node.after.flatMap(({ delay }) => {
    if (typeof delay !== 'string') return [`${stateName(node)}: the delay ${delay} has no name`];
    const isDeclared = Object.hasOwn(machine.implementations.delays, delay);
    return isDeclared ? [] : [`${stateName(node)}: the delay "${delay}" is not declared`];
  });
}

/** An error of a child that nobody handles ends the parent, and in the end the process. */
function errorProblems(node: AnyStateNode): readonly string[] {
  return node.invoke
    .filter(({ id }) => !handles(node, `xstate.error.actor.${id}`))
    .map(
      ({ id, src }) =>
        `${stateName(node)}: nobody handles an error of "${typeof src === 'string' ? src : id}"`,
    );
}

/** What is declared and never invoked is spawned, and its errors can come in any state. */
function spawnProblems(machine: AnyStateMachine, states: readonly AnyStateNode[]): readonly string[] {
  const invoked = new Set(states.flatMap((node) => node.invoke.map(({ src }) => src)));
  return Object.keys(machine.implementations.actors)
    .filter((name) => !invoked.has(name) && !handles(machine.root, 'xstate.error.actor.*'))
    .map((name) => `${stateName(machine.root)}: nobody handles an error of "${name}"`);
}

function handles(node: AnyStateNode, event: string): boolean {
  const matches = (descriptor: string) =>
    descriptor === event || (descriptor.endsWith('*') && event.startsWith(descriptor.slice(0, -1)));
  if ([...node.transitions.keys()].some(matches)) return true;
  return node.parent !== undefined && handles(node.parent, event);
}

/** A candidate without a guard takes all; those after it are dead. */
function shadowProblems(node: AnyStateNode): readonly string[] {
  const open = new Set<string>();
  return transitionsOf(node).flatMap(({ trigger, guard }) => {
    const text = triggerText(trigger);
    if (open.has(text)) return [`${stateName(node)}: "${text}" has a candidate after one without a guard`];
    if (guard === undefined) open.add(text);
    return [];
  });
}

/** Actions and guards have names, so that diagrams can say them and tests can replace them. */
function nameProblems(machine: AnyStateMachine, node: AnyStateNode): readonly string[] {
  const transitions = transitionsOf(node);
  const actions = [
    ...actionNames([...node.entry, ...node.exit]),
    ...transitions.flatMap((transition: TransitionView) => transition.actions),
  ];
  const guards = transitions.flatMap(({ guard }) => (guard === undefined ? [] : [guard]));
  return [
    ...unnamed(actions, 'an action', machine.implementations.actions),
    ...unnamed(guards, 'a guard', machine.implementations.guards),
  ].map((problem) => `${stateName(node)}: ${problem}`);
}

function unnamed(
  names: readonly { readonly name: string; readonly isInline: boolean }[],
  what: string,
  declared: object,
): readonly string[] {
  return names.flatMap(({ name, isInline }) => {
    if (isInline) return [`${what} has no name`];
    return name.startsWith('xstate.') || Object.hasOwn(declared, name)
      ? []
      : [`${what}, "${name}", is not declared`];
  });
}
