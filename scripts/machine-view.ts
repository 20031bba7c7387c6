/** A machine as plain data: what the documents print and the structural rules check. */

import type { AnyStateMachine, AnyStateNode } from 'xstate';

export type Trigger =
  | { readonly kind: 'event'; readonly event: string }
  | { readonly kind: 'done' | 'failed'; readonly actor: string }
  | { readonly kind: 'after'; readonly delay: string | number }
  | { readonly kind: 'always' };

export interface Name {
  /** What it is declared as; `inline` when it was written in place. */
  readonly name: string;
  readonly isInline: boolean;
}

export interface TransitionView {
  readonly trigger: Trigger;
  readonly guard?: Name;
  /** Nothing: the state stays as it is. */
  readonly targets: readonly AnyStateNode[];
  readonly actions: readonly Name[];
}

/** The name of a state as people say it: its path below the machine. */
export function stateName(node: AnyStateNode): string {
  return node.path.length === 0 ? 'any state' : node.path.join('.');
}

/** All states, the machine itself first, a parent before its children. */
export function statesOf(machine: AnyStateMachine): readonly AnyStateNode[] {
  return [machine.root, ...descendants(machine.root)];
}

/** What leads out of a state or is handled in it, candidates of one trigger in their order. */
export function transitionsOf(node: AnyStateNode): readonly TransitionView[] {
  const onEvents = [...node.transitions].flatMap(([descriptor, candidates]) =>
    candidates.map((candidate) => transitionView(triggerOf(node, descriptor), candidate)),
  );
  const always = (node.always ?? []).map((candidate) => transitionView({ kind: 'always' }, candidate));
  return [...always, ...onEvents];
}

/** The names of entry or exit actions, without the timers that the engine puts there. */
export function actionNames(actions: readonly unknown[]): readonly Name[] {
  return actions.filter((action) => !isBuiltIn(action, 'xstate.raise', 'xstate.cancel')).map(nameOf);
}

/** The name of a trigger in words. */
export function triggerText(trigger: Trigger): string {
  switch (trigger.kind) {
    case 'event':
      return trigger.event;
    case 'after':
      return `after ${trigger.delay}`;
    case 'always':
      return 'at once';
    default:
      return `${trigger.actor} ${trigger.kind}`;
  }
}

function descendants(node: AnyStateNode): readonly AnyStateNode[] {
  return Object.values(node.states).flatMap((child: AnyStateNode) => [child, ...descendants(child)]);
}

type Transition = NonNullable<AnyStateNode['always']>[number];

function transitionView(trigger: Trigger, { guard, target, actions }: Transition): TransitionView {
  const view = { trigger, targets: target ?? [], actions: actions.map(nameOf) };
  return guard === undefined ? view : { ...view, guard: nameOf(guard) };
}

function triggerOf(node: AnyStateNode, descriptor: string): Trigger {
  const delayed = node.after.find(({ eventType }) => eventType === descriptor);
  if (delayed?.delay !== undefined) return { kind: 'after', delay: delayed.delay as string | number };
  for (const { id, src } of node.invoke) {
    const actor = typeof src === 'string' ? src : id;
    if (descriptor === `xstate.done.actor.${id}`) return { kind: 'done', actor };
    if (descriptor === `xstate.error.actor.${id}`) return { kind: 'failed', actor };
  }
  return { kind: 'event', event: descriptor };
}

/** `assign(...)` and its like may stand in place: they say themselves what they are. */
function nameOf(value: unknown): Name {
  if (typeof value === 'string') return { name: value, isInline: false };
  const type = typeOf(value);
  if (type === undefined) return { name: 'inline', isInline: true };
  return { name: type, isInline: typeof value === 'function' && !type.startsWith('xstate.') };
}

function isBuiltIn(value: unknown, ...types: readonly string[]): boolean {
  return typeof value === 'function' && types.includes(typeOf(value) ?? '');
}

function typeOf(value: unknown): string | undefined {
  if ((typeof value !== 'object' && typeof value !== 'function') || value === null) return undefined;
  return 'type' in value && typeof value.type === 'string' ? value.type : undefined;
}
