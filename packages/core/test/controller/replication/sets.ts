/** Sets and pods for these tests, with a life for the pods: there is no scheduler and no node here. */

import type { ObjectOf } from '../../../src/api/known-kinds.ts';
import { formatTime, type Labels } from '../../../src/api/meta.ts';
import type { Pod, PodStatus } from '../../../src/api/pod.ts';
import type {
  PodTemplateSpec,
  ReplicaSet,
  ReplicaSetSpec,
  ReplicationController,
  ReplicationControllerSpec,
} from '../../../src/api/workloads.ts';
import type { ControllerRig } from '../controller-rig.ts';

export function template(labels: Labels = { app: 'web' }, image = 'nginx'): PodTemplateSpec {
  return { metadata: { labels }, spec: { containers: [{ name: 'main', image }] } };
}

export function replicaSet(spec: Partial<ReplicaSetSpec> = {}, name = 'web'): ReplicaSet {
  return {
    apiVersion: 'apps/v1',
    kind: 'ReplicaSet',
    metadata: { name, namespace: 'default' },
    spec: { replicas: 3, selector: { matchLabels: { app: 'web' } }, template: template(), ...spec },
  };
}

export function replicationController(
  spec: Partial<ReplicationControllerSpec> = {},
  name = 'web',
): ReplicationController {
  return {
    apiVersion: 'v1',
    kind: 'ReplicationController',
    metadata: { name, namespace: 'default' },
    spec: { replicas: 3, selector: { app: 'web' }, template: template(), ...spec },
  };
}

export function pod(name: string, labels: Labels = { app: 'web' }): Pod {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, namespace: 'default', labels },
    spec: { containers: [{ name: 'main', image: 'nginx' }], terminationGracePeriodSeconds: 30 },
  };
}

/** What a scheduler and a node would do with pods. */
export function podLife(rig: ControllerRig) {
  const status = async (name: string, next: PodStatus) => {
    await rig.objects.patchWith(
      'Pod',
      'default',
      name,
      (current) => ({ ...current, status: { ...current.status, ...next } }),
      { subresource: 'status' },
    );
    await rig.settle();
  };
  const ready = (is: 'True' | 'False'): PodStatus => ({
    conditions: [{ type: 'Ready', status: is, lastTransitionTime: formatTime(rig.clock.now()) }],
  });
  const life = {
    /** Pods that are neither finished nor being deleted, of one owner when it is named. */
    async active(owner?: string): Promise<readonly ObjectOf<'Pod'>[]> {
      return (await rig.list('Pod')).filter(
        ({ metadata, status: { phase = 'Pending' } = {} }) =>
          metadata.deletionTimestamp === undefined &&
          phase !== 'Failed' &&
          phase !== 'Succeeded' &&
          (owner === undefined ||
            metadata.ownerReferences?.some((one) => `${one.kind}/${one.name}` === owner)),
      );
    },
    async bind(name: string, nodeName = 'node-a') {
      await rig.objects.patchWith('Pod', 'default', name, (current) => ({
        ...current,
        spec: { ...current.spec, nodeName, terminationGracePeriodSeconds: 30 },
      }));
      await rig.settle();
    },
    async run(name: string, nodeName = 'node-a') {
      await life.bind(name, nodeName);
      await status(name, { phase: 'Running', startTime: formatTime(rig.clock.now()), ...ready('False') });
    },
    async makeReady(name: string) {
      await status(name, ready('True'));
    },
    async makeUnready(name: string) {
      await status(name, ready('False'));
    },
    async fail(name: string, reason = 'Evicted') {
      await status(name, { phase: 'Failed', reason });
    },
    /** A node refuses it, all at one moment. */
    async refuse(name: string, reason = 'OutOfcpu') {
      const startTime = formatTime(rig.clock.now());
      await status(name, { phase: 'Failed', reason, startTime, ...ready('False') });
    },
    /** Runs and is ready, all of them. */
    async readyAll(owner?: string) {
      for (const { metadata } of await life.active(owner)) {
        await life.run(metadata.name);
        await life.makeReady(metadata.name);
      }
    },
    async relabel(name: string, labels: Labels) {
      await rig.objects.patchWith('Pod', 'default', name, (current) => ({
        ...current,
        metadata: { ...current.metadata, labels },
      }));
      await rig.settle();
    },
    async delete(name: string, gracePeriodSeconds?: number) {
      await rig.objects.delete('Pod', 'default', name, { gracePeriodSeconds });
      await rig.settle();
    },
  };
  return life;
}
