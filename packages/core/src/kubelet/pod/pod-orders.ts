/** Who is told what: the pod's decisions as events to its containers. */

import { asksForRetry } from '../../api/operator-wishes.ts';
import type { Container, StoredPod } from '../../api/pod.ts';
import { allContainers, ownContainers, roleOf } from '../../api/pod-containers.ts';
import type { ContainerEvent } from '../container/container-context.ts';
import type { ContainerView, StopOrder } from '../container/container-view.ts';
import { crashLoopKey } from '../container/crash-loop.ts';
import { containerGraceMs } from '../container/grace-period.ts';
import { resetMessage } from '../container/restart-rules.ts';
import { restartsAfterKill } from '../container/should-restart.ts';
import type { ContainerToKill } from './container-kill.ts';
import type { PodContext } from './pod-context.ts';
import { stopsAfter } from './termination-order.ts';

export interface Order {
  readonly name: string;
  readonly event: ContainerEvent;
}

/** What the actions of this moment mean for each container. Telling it twice changes nothing. */
export function ordersFor(context: PodContext): readonly Order[] {
  const { actions, views } = context;
  if (actions.killPod) return [];
  if (actions.containersToReset.length > 0) return resetOrders(context);
  const orders: Order[] = [];
  const killed = new Map(actions.containersToKill.map((kill) => [kill.name, kill]));
  const wanted = new Set([
    ...actions.initContainersToStart,
    ...actions.containersToStart,
    ...actions.ephemeralContainersToStart,
  ]);
  let isTurnTaken = false;
  for (const container of allContainers(context.pod)) {
    const view = views[container.name];
    if (view === undefined) continue;
    const event = eventFor(context, container, view, killed.get(container.name), wanted.has(container.name));
    const starts = event?.type === 'container.start';
    if (waitsForItsTurn(context, container, view)) {
      if (starts && isTurnTaken) continue;
      isTurnTaken ||= starts || view.activity === 'starting';
    }
    if (event !== undefined) orders.push({ name: container.name, event });
  }
  return orders;
}

/** What has no instance yet is on its way once it is told to start: it says so only if it has to wait. */
export function viewsAfter(orders: readonly Order[], views: PodContext['views']): PodContext['views'] {
  let after = views;
  for (const { name, event } of orders) {
    const view = views[name];
    if (event.type !== 'container.start' || view === undefined || view.instances.length > 0) continue;
    after = { ...after, [name]: { ...view, activity: 'starting' } };
  }
  return after;
}

/**
 * App containers get their first instance in the order of the spec: the attempt of each, postStart hook included, is over
 * before that of the next begins. Later instances wait for nobody.
 */
function waitsForItsTurn({ pod, actions }: PodContext, container: Container, view: ContainerView): boolean {
  if (!pod.spec.containers.includes(container)) return false;
  const [newest] = view.instances;
  return newest === undefined || newest.state === 'created' || newest.sandboxID !== actions.sandboxID;
}

function eventFor(
  context: PodContext,
  container: Container,
  view: ContainerView,
  kill: ContainerToKill | undefined,
  isWanted: boolean,
): ContainerEvent | undefined {
  if (kill !== undefined) {
    return view.activity === 'stopping'
      ? undefined
      : { type: 'container.stop', order: killOrder(context, container, kill) };
  }
  if (isWanted) return view.activity === 'idle' ? { type: 'container.start' } : undefined;
  return view.activity === 'backingOff' ? { type: 'container.cancel' } : undefined;
}

/** What waits because of its old definition need not wait with the new one: another image, say. Nor if somebody asks. */
export function reconsiderOrders({ pod, views }: PodContext, next: StoredPod): readonly Order[] {
  const isAsked = asksForRetry(pod, next);
  const before = new Map(allContainers(pod).map((container) => [container.name, container]));
  return allContainers(next).flatMap((container): readonly Order[] => {
    const old = before.get(container.name);
    const isWaiting = views[container.name]?.activity === 'backingOff';
    if (isWaiting && isAsked) return [{ name: container.name, event: { type: 'container.retry' } }];
    if (!isWaiting || old === undefined || crashLoopKey(pod, old) === crashLoopKey(next, container))
      return [];
    return [{ name: container.name, event: { type: 'container.reconsider' } }];
  });
}

const plainOrder = {
  restart: false,
  podTerminating: false,
  waitFor: [],
  skipPreStop: false,
  discard: false,
  startsOver: false,
} as const;

function killOrder({ pod }: PodContext, container: Container, kill: ContainerToKill): StopOrder {
  const gracePeriodMs = containerGraceMs(pod, container, { cause: kill.cause });
  const { message, restart } = kill;
  const order = { ...plainOrder, message, cause: message, gracePeriodMs, restart, startsOver: restart };
  return { ...order, ...probeOf(kill) };
}

function probeOf({ cause }: ContainerToKill): Pick<StopOrder, 'probe'> {
  return cause === 'liveness' || cause === 'startup' ? { probe: cause } : {};
}

/**
 * `RestartAllContainers`: all instances go, those whose exit asked for it last. What is on its way to its first instance
 * is called back: it would come to life before the init containers have run again.
 */
function resetOrders({ pod, actions, views }: PodContext): readonly Order[] {
  const present = new Set(actions.containersToReset.map(({ name }) => name));
  const arriving = ownContainers(pod).filter(
    ({ name }) => views[name]?.activity === 'starting' && !present.has(name),
  );
  const names = [...arriving.map(({ name }) => name), ...present];
  return names.map((name, i): Order => {
    const order = {
      ...plainOrder,
      message: resetMessage,
      cause: resetMessage,
      gracePeriodMs: 0,
      waitFor: names.slice(0, i),
      discard: true,
    };
    return { name, event: { type: 'container.stop', order } };
  });
}

/** Everything of the pod ends: apps at once, each sidecar after those that may still need it. */
export function terminationOrders(context: PodContext): readonly Order[] {
  const { pod, actions } = context;
  const own = new Map(actions.containersToKill.map((kill) => [kill.name, kill]));
  return knownContainers(context).map((container) => {
    const kill = own.get(container.name);
    const message = kill?.message ?? `Stopping container ${container.name}`;
    const overrideMs = context.graceMs;
    const order: StopOrder = {
      ...plainOrder,
      message,
      cause: kill?.message ?? causeOf(context),
      gracePeriodMs: containerGraceMs(
        pod,
        container,
        kill === undefined ? { overrideMs } : { cause: kill.cause },
      ),
      podTerminating: true,
      waitFor: stopsAfter(pod, container.name),
      ...(kill !== undefined && probeOf(kill)),
    };
    return { name: container.name, event: { type: 'container.stop', order } };
  });
}

/** One that was added a moment ago has no actor yet, and nothing of it runs. */
function knownContainers({ pod, views }: PodContext): readonly Container[] {
  return allContainers(pod).filter(({ name }) => views[name] !== undefined);
}

function causeOf({ pod, outcome, isRemoved }: PodContext): string {
  if (outcome !== undefined) return `pod ended: ${outcome.reason}`;
  if (isRemoved || pod.metadata.deletionTimestamp !== undefined) return 'pod deleted';
  return 'pod completed';
}

/** The sandbox is lost: everything stops; init containers run again in the next one, so their remains go. */
export function sandboxResetOrders(context: PodContext): readonly Order[] {
  const { pod } = context;
  return knownContainers(context).map((container) => {
    const order: StopOrder = {
      ...plainOrder,
      message: `Stopping container ${container.name}`,
      cause: 'pod sandbox changed',
      gracePeriodMs: containerGraceMs(pod, container),
      waitFor: stopsAfter(pod, container.name),
      discard: ['init', 'sidecar'].includes(roleOf(pod, container)),
      startsOver: restartsAfterKill(pod.spec, container),
    };
    return { name: container.name, event: { type: 'container.stop', order } };
  });
}
