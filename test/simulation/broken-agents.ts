/** Agents with one mistake each: the law that the mistake breaks has to notice. */

import type { ContainerInfo, Pod, StoredPod } from '@mooring/core';
import { defaultLogic } from '@mooring/core';
import type { Plan, SimulationOptions } from '../../packages/simulator/src/index.ts';
import { app, at, create, planOf } from './scene.ts';

export interface BrokenAgent {
  readonly mistake: string;
  /** The law that it breaks, perhaps beside others. */
  readonly law: string;
  readonly plan: Plan;
  readonly options: SimulationOptions;
}

export const brokenAgents: readonly BrokenAgent[] = [
  broken('takes what runs for dead', 'one-instance', seen({ state: 'exited', exitCode: 1 })),
  broken('restarts whatever ends', 'never-restart', asIf({ restartPolicy: 'Always' }), {
    restartPolicy: 'Never',
    containers: [app('exits-1:5000')],
  }),
  broken('restarts what succeeded', 'on-failure', asIf({ restartPolicy: 'Always' }), {
    restartPolicy: 'OnFailure',
    containers: [app('exits-0:5000')],
  }),
  broken('knows no back-off', 'back-off', { crashLoop: { initialMs: 1000, maxMs: 1000 } }, crashing()),
  broken('does not see that a pod is deleted', 'no-start-after-deletion', asIf({}, undeleted), crashing()),
  broken('does not see that a pod is deleted', 'deleted-gone', asIf({}, undeleted)),
  broken('kills what is well', 'no-wrong-kill', kills()),
  broken('cuts grace periods short', 'grace', {
    twist: (runtime) => ({ stopContainer: (id, _ms, signal) => runtime.stopContainer(id, 100, signal) }),
  }),
  broken('stops twice at once', 'one-order', {
    twist: (runtime) => ({
      stopContainer: async (id, ms, signal) => {
        await Promise.all([runtime.stopContainer(id, ms, signal), runtime.stopContainer(id, ms, signal)]);
      },
    }),
  }),
  broken(
    'takes every answer for a good one',
    'readiness',
    { twist: () => ({ exec: async () => ({ exitCode: 0, output: '' }) }) },
    { containers: [app('runs', { readinessProbe: { exec: { command: ['check', 'readiness'] } } })] },
  ),
  broken('forgets how often it restarted', 'no-way-back', forgetful(), crashing()),
  broken('calls pods finished that are not', 'final-phase', seen({ state: 'exited', exitCode: 0 }), {
    restartPolicy: 'Never',
  }),
  broken('takes what it killed for a success', 'no-false-success', kills(), { restartPolicy: 'OnFailure' }),
  broken('believes that a stop is as good as an end', 'gone-when-dead', deluded()),
  broken('breaks at every end', 'no-breakdown', {
    logic: {
      container: (node, probe) =>
        Object.assign(Object.create(defaultLogic.container(node, probe)), {
          transition: () => {
            throw new Error('simulated mistake');
          },
        }),
    },
  }),
  broken('leaves sandboxes behind', 'no-orphan', { twist: () => ({ removeSandbox: async () => {} }) }),
  broken('never gets a container made', 'runs', {
    twist: () => ({ createContainer: () => Promise.reject(new Error('simulated mistake')) }),
  }),
  broken('tells wrong exit codes', 'status-true', seen({ exitCode: 7 }), {
    restartPolicy: 'Never',
    containers: [app('exits-1:5000')],
  }),
];

/** Deleted after a minute, but for what has to be judged in the end. */
function broken(
  mistake: string,
  law: string,
  options: SimulationOptions,
  spec: Partial<Pod['spec']> = {},
): BrokenAgent {
  const isJudgedLater = law === 'runs' || law === 'status-true' || law === 'no-false-success';
  const deletion = isJudgedLater ? [] : [at(60, { act: 'delete', pod: 'p0' })];
  return { mistake, law, options, plan: planOf(mistake, [at(0, create(spec)), ...deletion]) };
}

function crashing(): Partial<Pod['spec']> {
  return { containers: [app('exits-1:1000')] };
}

/** What the agent believes of each instance, a while after it was started. */
function seen(fields: Partial<ContainerInfo>): SimulationOptions {
  return {
    twist: (runtime, clock) => {
      const view = (info: ContainerInfo): ContainerInfo => {
        const isOld = info.startedAtMs !== undefined && clock.now() - info.startedAtMs > 3000;
        return isOld ? { ...info, finishedAtMs: clock.now(), ...fields } : info;
      };
      return {
        listContainers: async (labels, signal) => (await runtime.listContainers(labels, signal)).map(view),
        inspectContainer: async (id, signal) => {
          const info = await runtime.inspectContainer(id, signal);
          return info && view(info);
        },
      };
    },
  };
}

/** The pod's machine is told of another pod than the one that is stored. */
function asIf(
  spec: Partial<Pod['spec']>,
  change: (pod: StoredPod) => StoredPod = (pod) => pod,
): SimulationOptions {
  const seenAs = (pod: StoredPod) => change({ ...pod, spec: { ...pod.spec, ...spec } });
  return {
    logic: {
      pod: (node, container) => {
        const logic = defaultLogic.pod(node, container);
        const own: Pick<typeof logic, 'transition' | 'getInitialSnapshot'> = {
          transition: (snapshot, event, scope) =>
            logic.transition(snapshot, 'pod' in event ? { ...event, pod: seenAs(event.pod) } : event, scope),
          getInitialSnapshot: (scope, input) =>
            logic.getInitialSnapshot(scope, { ...input, pod: seenAs(input.pod) }),
        };
        return Object.assign(Object.create(logic), own);
      },
    },
  };
}

function undeleted(pod: StoredPod): StoredPod {
  const { deletionTimestamp: _, deletionGracePeriodSeconds: __, ...metadata } = pod.metadata;
  return { ...pod, metadata };
}

/** Five seconds after each start. */
function kills(): SimulationOptions {
  return {
    twist: (runtime, clock) => ({
      startContainer: async (id, signal) => {
        await runtime.startContainer(id, signal);
        clock.setTimeout(() => void runtime.stopContainer(id, 2000, new AbortController().signal), 5000);
      },
    }),
  };
}

/** Every stop is claimed, none is done. */
function deluded(): SimulationOptions {
  return {
    twist: (runtime) => {
      const stopped = new Set<string>();
      const view = (info: ContainerInfo): ContainerInfo =>
        stopped.has(info.id) ? { ...info, state: 'exited', exitCode: 0 } : info;
      return {
        stopContainer: async (id) => void stopped.add(id),
        removeContainer: async () => {},
        listContainers: async (labels, signal) => (await runtime.listContainers(labels, signal)).map(view),
        inspectContainer: async (id, signal) => {
          const info = await runtime.inspectContainer(id, signal);
          return info && view(info);
        },
      };
    },
  };
}

/** Once, or it would quarrel with the store for ever. */
function forgetful(): SimulationOptions {
  let hasForgotten = false;
  return {
    twistStore: (store) => ({
      update: (key, value, expected, signal) => {
        const { status, ...pod } = value as StoredPod;
        const [one] = status?.containerStatuses ?? [];
        if (one?.restartCount !== 2 || hasForgotten) return store.update(key, value, expected, signal);
        hasForgotten = true;
        const containerStatuses = [{ ...one, restartCount: 0 }];
        return store.update(key, { ...pod, status: { ...status, containerStatuses } }, expected, signal);
      },
    }),
  };
}
