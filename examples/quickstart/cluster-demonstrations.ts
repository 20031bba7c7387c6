/** What the quickstart shows of a cluster of three nodes: sets of pods that keep their number, a Service, a node that is lost. */

import { once } from 'node:events';
import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Cluster, EndpointSlice, StoredPod } from '@mooring/core';
import { isPodReady } from './history.ts';
import { signalContainer } from './processes.ts';

export interface ClusterDemonstration {
  /** The object that it is about. */
  readonly subject: string;
  readonly title: string;
  /** Does it, and resolves with what was seen of it, in a few words. */
  readonly show: (cluster: Cluster, signal: AbortSignal) => Promise<string>;
}

const rc = 'my-app-rc';
const rs = 'my-app-rs';

/** One after the other: each leaves the cluster as the next one expects it. */
export const clusterDemonstrations: readonly ClusterDemonstration[] = [
  {
    subject: `${rc}, ${rs}`,
    title: 'seed/replicationcontroller.yaml and seed/replicaset.yaml: three pods each, none shared',
    async show(cluster, signal) {
      const pods = await untilPods(
        cluster,
        signal,
        (all) => ownedBy(all, rc).length === 3 && ownedBy(all, rs).length === 3,
      );
      const shared = pods.filter(({ metadata }) => (metadata.ownerReferences ?? []).length !== 1);
      if (shared.length > 0) throw new Error(`${shared.length} pods have not exactly one owner`);
      return `${ownedBy(pods, rc).length} + ${ownedBy(pods, rs).length} pods on ${nodesOf(pods).length} nodes`;
    },
  },
  {
    subject: rs,
    title: 'one pod of it is deleted: another takes its place',
    async show(cluster, signal) {
      const [victim] = ownedBy(await activePods(cluster), rs);
      if (victim === undefined) throw new Error(`${rs} has no pod`);
      const beganMs = performance.now();
      await cluster.delete('Pod', 'default', victim.metadata.name);
      const isReplaced = (all: readonly StoredPod[]) =>
        ownedBy(all, rs).length === 3 &&
        !ownedBy(all, rs).some(({ metadata }) => metadata.uid === victim.metadata.uid);
      const pods = ownedBy(await untilPods(cluster, signal, isReplaced), rs);
      const newest = pods.toSorted((a, b) =>
        b.metadata.creationTimestamp.localeCompare(a.metadata.creationTimestamp),
      )[0];
      return `${victim.metadata.name} went, ${newest?.metadata.name} came, running after ${secondsSince(beganMs)}`;
    },
  },
  {
    subject: rs,
    title: 'a pod with its labels appears: taken in, and the one too many is removed',
    async show(cluster, signal) {
      const labels = { app: 'my-app', env: 'staging' };
      const spec = { containers: [{ name: 'my-container', image: 'nginx' }] };
      const stray = { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'stray', labels }, spec };
      await cluster.apply(stray);
      const removed = async () => {
        for (const set of [`ReplicaSet/default/${rs}`, `ReplicationController/default/${rc}`]) {
          const events = await cluster.events(set);
          const deleted = events.find(({ reason }) => reason === 'SuccessfulDelete');
          if (deleted !== undefined) return deleted.message;
        }
        return undefined;
      };
      const message = await untilDefined(removed, signal);
      await untilPods(
        cluster,
        signal,
        (all) => ownedBy(all, rc).length === 3 && ownedBy(all, rs).length === 3,
      );
      return `${message}; three each again`;
    },
  },
  {
    subject: 'service/database',
    title: 'readiness is lost: out of the Service, and back; no connection through it fails',
    show: showService,
  },
  {
    subject: 'node-c',
    title: 'a node of three crashes: its pods run elsewhere',
    async show(cluster, signal) {
      await untilPods(cluster, signal, (all) => nodesOf(all).includes('node-c'));
      const lost = (await activePods(cluster)).filter(
        ({ spec, metadata }) => spec.nodeName === 'node-c' && metadata.ownerReferences !== undefined,
      );
      const beganMs = performance.now();
      await cluster.crashNode('node-c');
      const isMoved = (all: readonly StoredPod[]) =>
        [rc, rs, 'database'].every((set) => {
          const elsewhere = ownedBy(all, set).filter(({ spec }) => spec.nodeName !== 'node-c');
          return elsewhere.length >= (set === 'database' ? 2 : 3) && elsewhere.every(isPodReady);
        });
      await untilPods(cluster, signal, isMoved);
      return `${lost.length} pods replaced on the other nodes after ${secondsSince(beganMs)}`;
    },
  },
];

const pollMs = 100;

async function showService(cluster: Cluster, signal: AbortSignal): Promise<string> {
  await untilDefined(async () => ((await readyEndpoints(cluster)) === 2 ? true : undefined), signal);
  const pod = ownedBy(await activePods(cluster), 'database')[0];
  const [status] = pod?.status?.containerStatuses ?? [];
  const address = (await cluster.get('Service', 'default', 'database'))?.spec.clusterIP ?? '';
  signalContainer(status?.containerID, 'SIGUSR1');
  const lostMs = performance.now();
  await untilDefined(async () => ((await readyEndpoints(cluster)) === 1 ? true : undefined), signal);
  let connections = 0;
  for (; connections < 20; connections += 1) await dial(address, 5432, signal);
  signalContainer(status?.containerID, 'SIGUSR2');
  await untilDefined(async () => ((await readyEndpoints(cluster)) === 2 ? true : undefined), signal);
  return `2 endpoints, 1 for ${secondsSince(lostMs)}, 2 again; ${connections} connections to ${address}, none refused`;
}

/** Resolves when the connection is up. */
async function dial(host: string, port: number, signal: AbortSignal): Promise<void> {
  const socket = connect({ host, port });
  try {
    await once(socket, 'connect', { signal });
  } finally {
    socket.destroy();
  }
}

async function readyEndpoints(cluster: Cluster): Promise<number> {
  const slices: readonly EndpointSlice[] = await cluster.list('EndpointSlice', 'default');
  const own = slices.filter(({ metadata }) => metadata.labels?.['kubernetes.io/service-name'] === 'database');
  return own.flatMap(({ endpoints }) => endpoints).filter(({ conditions }) => conditions?.ready === true)
    .length;
}

/** Pods that neither have ended nor are to end. */
async function activePods(cluster: Cluster): Promise<readonly StoredPod[]> {
  return (await cluster.list('Pod', 'default')).filter(
    ({ metadata, status }) =>
      metadata.deletionTimestamp === undefined && status?.phase !== 'Failed' && status?.phase !== 'Succeeded',
  );
}

/** The ready pods of a set. */
function ownedBy(pods: readonly StoredPod[], owner: string): readonly StoredPod[] {
  return pods.filter(
    (pod) => isPodReady(pod) && (pod.metadata.ownerReferences ?? []).some(({ name }) => name === owner),
  );
}

function nodesOf(pods: readonly StoredPod[]): readonly string[] {
  return [...new Set(pods.map(({ spec }) => spec.nodeName ?? ''))].filter((name) => name !== '');
}

async function untilPods(
  cluster: Cluster,
  signal: AbortSignal,
  isMet: (pods: readonly StoredPod[]) => boolean,
): Promise<readonly StoredPod[]> {
  return await untilDefined(async () => {
    const pods = await activePods(cluster);
    return isMet(pods) ? pods : undefined;
  }, signal);
}

async function untilDefined<T>(look: () => Promise<T | undefined>, signal: AbortSignal): Promise<T> {
  for (;;) {
    const found = await look();
    if (found !== undefined) return found;
    await sleep(pollMs, undefined, { signal });
  }
}

function secondsSince(ms: number): string {
  return `${((performance.now() - ms) / 1000).toFixed(1)} s`;
}
