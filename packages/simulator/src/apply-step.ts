/** Makes a step of a plan happen. What it is about may be gone by then: then nothing happens. */

import { type Container, hasCode, type ObjectOf, type Pod } from '@mooring/core';
import { type ContainerAct, type EngineAct, formatStep, type Step, type WorkloadAct } from './plan.ts';
import { containersOf, type PodTruth } from './truth.ts';
import type { World } from './world.ts';

const namespace = 'default';
/** So long a command may be under way, twice over, or wait in its mailbox. */
const commandMsMax = 120_000;

export async function applyStep(world: World, step: Step): Promise<void> {
  world.history.note(`step: ${formatStep(step)}`);
  switch (step.act) {
    case 'create':
    case 'delete':
    case 'relabel':
    case 'debug':
    case 'set-image':
      return await applyToPod(world, step);
    case 'apply':
    case 'remove':
    case 'scale':
    case 'roll-out':
    case 'oversize':
    case 'poison':
      return await applyToSet(world, step);
    case 'command':
      return sendCommand(world, step);
    case 'crash':
    case 'vanish':
    case 'lose-sandbox':
    case 'sicken':
      return applyToContainer(world, step);
    case 'reboot':
    case 'break-engine':
    case 'lose-events':
    case 'fault':
      return applyToEngine(world, step);
    case 'end-agent':
      return world.process(step.node).end(step.how, step.downMs);
    case 'rival':
      return world.node(step.node).meetRival(step.forMs);
    default:
      return world.process(step.node).suffer(step);
  }
}

type PodAct = Extract<WorkloadAct, { act: 'create' | 'delete' | 'relabel' | 'debug' | 'set-image' }>;

async function applyToPod(world: World, act: PodAct): Promise<void> {
  const { user } = world;
  if (act.act === 'create') {
    // The predecessor of the same name may still be on its way out.
    if ((await user.get('Pod', namespace, act.pod.metadata.name ?? '')) === undefined)
      await user.apply(act.pod);
    return;
  }
  if (act.act === 'delete') {
    const { graceSeconds } = act;
    const name = livingPod(world, act.pod)?.name ?? act.pod;
    const options = graceSeconds === undefined ? {} : { gracePeriodSeconds: graceSeconds };
    await user.delete('Pod', namespace, name, options).catch(ignoreGone);
    return;
  }
  if (act.act === 'debug') return await lookInto(world, act);
  const current = await user.get('Pod', namespace, act.pod);
  if (current === undefined) return;
  const pod = asGiven(current);
  if (act.act === 'relabel') {
    const labels = { ...pod.metadata.labels, moved: String(world.clock.monotonicMs()) };
    await user.apply({ ...pod, metadata: { ...pod.metadata, labels } });
    return;
  }
  await user.apply(withImage(pod, act.container, act.image));
}

/** As a user would have it in a file: it may be gone by the time it is applied, and is a new pod then. */
function asGiven({ status: _, ...pod }: ObjectOf<'Pod'>): Pod {
  const { ephemeralContainers: __, ...spec } = pod.spec;
  return { ...pod, spec };
}

async function lookInto(world: World, act: Extract<PodAct, { act: 'debug' }>): Promise<void> {
  const name = livingPod(world, act.pod)?.name ?? act.pod;
  const spec = { ephemeralContainers: [{ name: act.container, image: act.image }] };
  const options = { subresource: 'ephemeralcontainers' } as const;
  await world.user.patch(`Pod/${namespace}/${name}`, { spec }, options).catch(ignoreGone);
}

function withImage(pod: Pod, name: string, image: string): Pod {
  const change = (containers: readonly Container[]) =>
    containers.map((one) => (one.name === name ? { ...one, image } : one));
  const { containers, initContainers } = pod.spec;
  return {
    ...pod,
    spec: {
      ...pod.spec,
      containers: change(containers),
      ...(initContainers && { initContainers: change(initContainers) }),
    },
  };
}

type SetAct = Extract<
  WorkloadAct,
  { act: 'apply' | 'remove' | 'scale' | 'roll-out' | 'oversize' | 'poison' }
>;

async function applyToSet(world: World, act: SetAct): Promise<void> {
  const { user, store } = world;
  switch (act.act) {
    case 'apply': {
      const { kind, metadata } = act.object;
      const current = await user.get(kind, namespace, metadata.name ?? '');
      if (current?.metadata.deletionTimestamp === undefined) await user.apply(act.object);
      return;
    }
    case 'remove': {
      const propagationPolicy = act.orphans === true ? 'Orphan' : 'Background';
      await user.delete(act.kind, namespace, act.name, { propagationPolicy }).catch(ignoreGone);
      return;
    }
    case 'scale':
      await user.scale(`${act.kind}/${namespace}/${act.name}`, act.replicas).catch(ignoreGone);
      return;
    case 'roll-out': {
      const current = await user.get('Deployment', namespace, act.name);
      if (current === undefined || current.metadata.deletionTimestamp !== undefined) return;
      const { status: _, ...deployment } = current;
      const [app, ...others] = deployment.spec.template.spec.containers;
      if (app === undefined) return;
      const spec = {
        ...deployment.spec.template.spec,
        containers: [{ ...app, image: act.image }, ...others],
      };
      const template = { ...deployment.spec.template, spec };
      const wanted: ObjectOf<'Deployment'> = { ...deployment, spec: { ...deployment.spec, template } };
      await user.apply(wanted);
      return;
    }
    case 'oversize':
      return await applyOversize(world, act.name);
    case 'poison': {
      const key = `${act.kind}/${namespace}/${act.name}`;
      const nonsense = { kind: 'Poison', metadata: { name: 7 }, spec: [null] };
      await store.as('stranger').create(key, nonsense);
    }
  }
}

/** As etcd, the store takes one and a half MiB. */
const oversizeBytes = 1_600_000;

async function applyOversize({ user, history }: World, name: string): Promise<void> {
  const container = { name: 'app0', image: 'svc:1', args: ['x'.repeat(oversizeBytes)] };
  const pod: Pod = {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, namespace },
    spec: { containers: [container] },
  };
  const refusal = await user.apply(pod).then(
    () => undefined,
    (error: unknown) => error,
  );
  const isNamed = String(refusal).includes(`pods/${namespace}/${name} has `);
  if (
    hasCode(refusal, 'VALUE_TOO_LARGE') &&
    isNamed &&
    (await user.get('Pod', namespace, name)) === undefined
  )
    return;
  history.violate('oversize', `what is too large is refused by its name and size: ${String(refusal)}`);
}

/** It is nothing but a message: whether it arrives is left open. */
function sendCommand(world: World, act: Extract<WorkloadAct, { act: 'command' }>): void {
  const pod = livingPod(world, act.pod);
  if (pod === undefined) return;
  world.truth.restartableUntilMs.set(`${pod.uid}/${act.container}`, world.clock.now() + commandMsMax);
  const address = `pod/${pod.uid}/container/${act.container}`;
  // Lost, late, refused, or nobody there: all of that may be.
  world.user
    .actor(address)
    .send({ type: act.command })
    .catch(() => {});
}

/** The last of that name, or made by the set of that name. */
function livingPod(world: World, name: string): PodTruth | undefined {
  const isMeant = (one: PodTruth) => one.name === name || one.name.startsWith(`${name}-`);
  return [...world.truth.pods.values()].findLast((one) => isMeant(one) && !one.isGone);
}

function ignoreGone(error: unknown): void {
  if (!hasCode(error, 'NOT_FOUND')) throw error;
}

function applyToContainer(world: World, act: ContainerAct): void {
  if (act.act === 'sicken') {
    const name = livingPod(world, act.pod)?.name ?? act.pod;
    world.sicken(name, act.container, act.probe, act.how);
    world.clock.setTimeout(() => world.sicken(name, act.container, act.probe, undefined), act.forMs);
    return;
  }
  const pod = livingPod(world, act.pod);
  if (pod === undefined || pod.node === '') return;
  const { host } = world.node(pod.node);
  if (act.act === 'lose-sandbox') {
    host.loseSandbox(pod.name);
    return;
  }
  if (!containersOf(pod.latest).some(({ name }) => name === act.container)) return;
  const instance = world.truth.instancesOf(pod.uid, act.container).at(-1);
  if (instance?.state !== 'running') return;
  if (act.act === 'crash') host.crash(pod.name, act.container, act.end);
  else {
    host.vanish(pod.name, act.container);
    world.truth.vanished(instance.id);
  }
}

function applyToEngine(world: World, act: EngineAct): void {
  const node = world.node(act.node);
  if (act.act === 'break-engine') node.breakEngine(act.forMs);
  if (act.act === 'lose-events') node.loseEvents(act.forMs);
  if (act.act === 'fault') node.fault(act.verb, act.fault, act.forMs);
  if (act.act === 'reboot') {
    for (const instance of world.truth.instances.values())
      if (instance.node === act.node && instance.state === 'running') instance.isLost = true;
    node.host.reboot();
  }
}
