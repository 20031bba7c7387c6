/** What must be so in the end: everything was mended long ago, and every agent had time to do its work. */

import type { ContainerStatus } from '@mooring/core';
import { containersOf, type Instance, type PodTruth, statusesOf } from './truth.ts';
import type { World } from './world.ts';

export interface FinalLaw {
  readonly id: string;
  readonly text: string;
  /** Everything that is wrong. */
  judge(world: World): readonly string[];
}

export const finalLaws: readonly FinalLaw[] = [
  { id: 'no-orphan', text: 'nothing is left of pods that are gone', judge: orphans },
  {
    id: 'deleted-gone',
    text: 'deleted pods are gone',
    judge: (world) => alive(world).flatMap((pod) => (pod.deletedAtMs === undefined ? [] : [pod.name])),
  },
  { id: 'runs', text: 'what is always restarted runs and is ready', judge: notRunning },
  {
    id: 'status-true',
    text: 'stored statuses say what engines have',
    judge: (world) => bound(world).flatMap((pod) => untruths(pod, world)),
  },
];

function alive(world: World): readonly PodTruth[] {
  return [...world.truth.pods.values()].filter(({ isGone }) => !isGone);
}

/** Where there is no room for a pod, nothing becomes of it. */
function bound(world: World): readonly PodTruth[] {
  return alive(world).filter(({ node }) => node !== '');
}

function orphans(world: World): readonly string[] {
  const wrong: string[] = [];
  const isGone = (podUID: string) => world.truth.pods.get(podUID)?.isGone ?? true;
  for (const node of world.nodes.keys()) {
    const host = world.host(node);
    for (const { config, info } of host.containers.values())
      if (isGone(config.podUID)) wrong.push(`container ${info.id} of ${config.podName}`);
    for (const { id, podUID, state } of host.listSandboxes()) {
      const phase = world.truth.pods.get(podUID)?.latest.status?.phase;
      const hasEnded = phase === 'Succeeded' || phase === 'Failed';
      if (isGone(podUID) || (hasEnded && state === 'ready')) wrong.push(`sandbox ${id}, ${phase}`);
    }
    for (const folder of world.disk(node).folders()) {
      const [, top, podUID = ''] = folder.split('/');
      if (top === 'volumes' && isGone(podUID)) wrong.push(`volumes ${folder}`);
    }
  }
  return wrong;
}

function notRunning(world: World): readonly string[] {
  return bound(world).flatMap((pod) => {
    const { spec, status } = pod.latest;
    const phase = status?.phase;
    if (pod.deletedAtMs !== undefined || spec.restartPolicy !== 'Always' || phase === 'Failed') return [];
    return spec.containers.flatMap(({ name }) => {
      const isRunning = world.truth.instancesOf(pod.uid, name).at(-1)?.state === 'running';
      const isReady = status?.containerStatuses?.find((one) => one.name === name)?.ready === true;
      return isRunning && isReady ? [] : [`${pod.name}/${name}${isRunning ? ' is not ready' : ''}`];
    });
  });
}

function untruths(pod: PodTruth, world: World): readonly string[] {
  const { status } = pod.latest;
  const statuses = statusesOf(pod.latest);
  const wrong = containersOf(pod.latest).flatMap(({ name }) => {
    const instances = world.truth.instancesOf(pod.uid, name);
    // Of one that vanished there is nothing to compare with.
    if (instances.at(-1)?.isLost === true) return [];
    const instance = instances.findLast(({ state }) => state !== 'gone');
    const told = statuses.find((one) => one.name === name);
    const problem = instance && untruth(told, instance, instances.at(-1)?.attempt ?? 0);
    return problem === undefined ? [] : [`${pod.name}/${name}: ${problem}`];
  });
  const running = pod.instances.filter(({ state }) => state === 'running');
  const isOver = status?.phase === 'Succeeded' || status?.phase === 'Failed';
  if (isOver !== (running.length === 0)) wrong.push(`${pod.name} is ${status?.phase}, ${running.length} run`);
  return wrong;
}

function untruth(
  told: ContainerStatus | undefined,
  { id, state, attempt, exitCode }: Instance,
  /** Of one that was removed, perhaps. */
  lastAttempt: number,
): string | undefined {
  if (told === undefined) return 'no status';
  const { restartCount = 0 } = told;
  if (restartCount < attempt || restartCount > lastAttempt)
    return `restart count ${restartCount} of instance #${attempt}`;
  if (state === 'running' && told.state?.running === undefined) return `${id} runs and is not said to`;
  if (state === 'exited' && told.state?.terminated?.exitCode !== exitCode)
    return `${id} ended with ${exitCode}, not ${told.state?.terminated?.exitCode}`;
  return told.containerID?.endsWith(`://${id}`) === true ? undefined : `it is ${id}, not ${told.containerID}`;
}
