/** What has to hold again after each fault, within its time; and what holds at all times. */

import type { StoredPod } from '@mooring/core';
import { type Load, noteValue } from './load.ts';
import { containerProcesses } from './processes.ts';
import type { NodeName, Stage } from './stage.ts';

/** The first thing that is not as it should be; nodes that are `down` for now have nothing asked of them. */
export async function firstProblem(
  stage: Stage,
  load: Load,
  down: ReadonlySet<NodeName>,
): Promise<string | undefined> {
  const pods = await stage.cluster.list('Pod', 'default');
  return (
    (await numbers(stage, pods, down)) ?? processesAsTold(stage, pods, down) ?? (await everyNote(stage, load))
  );
}

/** Replicas as wanted, ready, and on nodes that are there. */
async function numbers(
  { cluster }: Stage,
  pods: readonly StoredPod[],
  down: ReadonlySet<NodeName>,
): Promise<string | undefined> {
  for (const set of await cluster.list('ReplicaSet', 'default')) {
    const { name } = set.metadata;
    const own = pods.filter(({ metadata }) => metadata.labels?.['app'] === name);
    const there = own.filter(
      ({ metadata, spec }) =>
        metadata.deletionTimestamp === undefined && !down.has(spec.nodeName as NodeName),
    );
    const wanted = set.spec.replicas ?? 1;
    if (there.length !== wanted) return `${there.length} pods of ${name}, and ${wanted} are wanted`;
    // Those of the other set come and go by themselves.
    if (name === 'steady' && !there.every(isReady)) return `a pod of ${name} is not ready`;
  }
  return undefined;
}

/** What runs is what is said to run: nothing is left over, nothing runs twice, and nothing is dead that is called alive. */
function processesAsTold(
  stage: Stage,
  pods: readonly StoredPod[],
  down: ReadonlySet<NodeName>,
): string | undefined {
  const isUp = (node: string | undefined) => !down.has(node as NodeName);
  const told = new Set(pods.filter(({ spec }) => isUp(spec.nodeName)).flatMap(runningIDs));
  const running = containerProcesses(stage.id).filter(({ node }) => isUp(node));
  const found = new Set(running.map(({ containerID }) => containerID));
  const owners = new Map<string, string>();
  for (const { pid, containerID, podUID, node } of running) {
    if (!told.has(containerID)) return `process ${pid} on ${node} is of no container that is said to run`;
    const other = owners.get(podUID) ?? containerID;
    if (other !== containerID) return `pod ${podUID} runs twice`;
    owners.set(podUID, containerID);
  }
  for (const id of told) if (!found.has(id)) return `container ${id} is said to run, and has no process`;
  return undefined;
}

/** Nothing that was acknowledged is lost, and nothing that was removed is back. */
async function everyNote({ cluster }: Stage, { notes }: Load): Promise<string | undefined> {
  const expected = new Map(notes);
  const found = new Map(
    (await cluster.list('ConfigMap', 'default')).map(({ metadata, data }) => [
      metadata.name,
      data?.['value'],
    ]),
  );
  for (const [name, state] of expected) {
    // What was written or removed while the list was read may be either.
    if (notes.get(name) !== state) continue;
    if (state === 'kept' && found.get(name) !== noteValue(name))
      return `${name} was acknowledged, and is lost`;
    if (state === 'gone' && found.has(name)) return `${name} was removed, and is back`;
  }
  return undefined;
}

/** Restarts of a container never become fewer. The words of each case in which they did. */
export async function watchRestarts(
  { cluster }: Stage,
  signal: AbortSignal,
  violations: string[],
): Promise<void> {
  const seen = new Map<string, number>();
  try {
    for await (const event of cluster.watch('Pod', { signal })) {
      if (event.type !== 'put') continue;
      const { metadata, status } = event.object;
      for (const { name, restartCount = 0 } of status?.containerStatuses ?? []) {
        const key = `${metadata.uid}/${name}`;
        const before = seen.get(key) ?? 0;
        if (restartCount < before)
          violations.push(`restarts of ${metadata.name} went from ${before} to ${restartCount}`);
        seen.set(key, Math.max(before, restartCount));
      }
    }
  } catch (error) {
    if (!signal.aborted) violations.push(`the watch of pods broke: ${String(error)}`);
  }
}

function runningIDs({ status }: StoredPod): readonly string[] {
  return (status?.containerStatuses ?? [])
    .filter(({ state }) => state?.running !== undefined)
    .flatMap(({ containerID }) => containerID?.split('://')[1] ?? []);
}

function isReady({ status }: StoredPod): boolean {
  return status?.containerStatuses?.[0]?.ready === true;
}
