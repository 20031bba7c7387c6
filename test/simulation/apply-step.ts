/** Makes a step of a plan happen. What it is about may be gone by then: then nothing happens. */

import { type Container, hasCode, type Pod } from '@mooring/core';
import { type ContainerAct, type EngineAct, formatStep, type Step, type WorkloadAct } from './plan.ts';
import { containersOf } from './truth.ts';
import type { World } from './world.ts';

const namespace = 'default';

export async function applyStep(world: World, step: Step): Promise<void> {
  world.history.note(`step: ${formatStep(step)}`);
  switch (step.act) {
    case 'create':
    case 'delete':
    case 'relabel':
    case 'set-image':
      return await applyWorkload(world, step);
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
    case 'store-fault':
      return world.node(step.node).storeFault(step.fault, step.share, step.forMs);
    case 'break-watches':
      return world.node(step.node).link.breakWatches();
    case 'end-agent':
      return world.node(step.node).end(step.how, step.downMs);
  }
}

async function applyWorkload(world: World, act: WorkloadAct): Promise<void> {
  const { user } = world;
  if (act.act === 'create') {
    // The predecessor of the same name may still be on its way out.
    if ((await user.get('Pod', namespace, act.pod.metadata.name ?? '')) === undefined)
      await user.apply(act.pod);
    return;
  }
  const current = await user.get('Pod', namespace, act.pod);
  if (current === undefined) return;
  if (act.act === 'delete') {
    const { graceSeconds } = act;
    const options = graceSeconds === undefined ? {} : { gracePeriodSeconds: graceSeconds };
    await user.delete('Pod', namespace, act.pod, options).catch(ignoreGone);
    return;
  }
  const { status: _, ...pod } = current;
  if (act.act === 'relabel') {
    const labels = { ...pod.metadata.labels, moved: String(world.clock.monotonicMs()) };
    await user.apply({ ...pod, metadata: { ...pod.metadata, labels } });
    return;
  }
  await user.apply(withImage(pod, act.container, act.image));
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

function ignoreGone(error: unknown): void {
  if (!hasCode(error, 'NOT_FOUND')) throw error;
}

function applyToContainer(world: World, act: ContainerAct): void {
  if (act.act === 'sicken') {
    world.sicken(act.pod, act.container, act.probe, act.how);
    world.clock.setTimeout(() => world.sicken(act.pod, act.container, act.probe, undefined), act.forMs);
    return;
  }
  const pod = [...world.truth.pods.values()].findLast((one) => one.name === act.pod && !one.isGone);
  if (pod === undefined) return;
  const { host } = world.node(pod.node);
  if (act.act === 'lose-sandbox') {
    host.loseSandbox(act.pod);
    return;
  }
  if (!containersOf(pod.latest).some(({ name }) => name === act.container)) return;
  const instance = world.truth.instancesOf(pod.uid, act.container).at(-1);
  if (instance?.state !== 'running') return;
  if (act.act === 'crash') host.crash(act.pod, act.container, act.end);
  else {
    host.vanish(act.pod, act.container);
    world.truth.vanished(instance.id);
  }
}

function applyToEngine(world: World, act: EngineAct): void {
  const node = world.node(act.node);
  if (act.act === 'break-engine') node.breakEngine(act.forMs);
  if (act.act === 'lose-events') node.loseEvents(act.forMs);
  if (act.act === 'fault') node.fault(act.verb, act.fault, act.forMs);
  if (act.act === 'reboot') {
    world.truth.rebootedAtMs.set(act.node, world.truth.nowMs());
    for (const instance of world.truth.instances.values())
      if (instance.node === act.node && instance.state === 'running') instance.isLost = true;
    node.host.reboot();
  }
}
