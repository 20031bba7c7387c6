/** Pods, sandboxes and container instances for tables: what a case does not name has an unremarkable value. */

import type { Container, ContainerStatus, Pod, PodSpec, PodStatus, StoredPod } from '../../../src/api/pod.ts';
import type { ContainerInfo, SandboxInfo } from '../../../src/contract/container-runtime.ts';
import { specHash, specHashLabel } from '../../../src/kubelet/container/spec-hash.ts';
import { noProbeResults, observationOf, type ProbeResults } from '../../../src/kubelet/pod/observation.ts';
import { generatePodStatus, type StatusInput } from '../../../src/kubelet/pod/status.ts';

export const startMs = Date.UTC(2026, 0, 1);
export const startTime = '2026-01-01T00:00:00Z';

export function container(name: string, fields: Partial<Container> = {}): Container {
  return { name, image: `${name}:1`, ...fields };
}

export function sidecar(name: string, fields: Partial<Container> = {}): Container {
  return container(name, { restartPolicy: 'Always', ...fields });
}

export function pod(spec: Partial<PodSpec> = {}, metadata: Partial<StoredPod['metadata']> = {}): StoredPod {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name: 'web',
      namespace: 'default',
      uid: 'u1',
      creationTimestamp: startTime,
      generation: 1,
      ...metadata,
    },
    spec: { restartPolicy: 'Always', containers: [container('app')], ...spec },
  };
}

export const deleted = { deletionTimestamp: startTime, deletionGracePeriodSeconds: 30 };

export function sandbox(fields: Partial<SandboxInfo> = {}): SandboxInfo {
  return {
    id: 's0',
    podUID: 'u1',
    attempt: 0,
    state: 'ready',
    ip: '10.0.0.1',
    createdAtMs: startMs,
    ...fields,
  };
}

/** An instance of a container made from the definition that the pod has now. */
export function instance(of: Container, fields: Partial<ContainerInfo> = {}): ContainerInfo {
  const attempt = fields.attempt ?? 0;
  const createdAtMs = startMs + attempt * 60_000;
  return {
    id: `${of.name}-${attempt}`,
    name: `${of.name}-${attempt}`,
    podUID: 'u1',
    containerName: of.name,
    attempt,
    labels: { [specHashLabel]: specHash(of) },
    image: of.image,
    imageRef: `sha256:${of.image}`,
    sandboxID: 's0',
    state: 'running',
    createdAtMs,
    startedAtMs: createdAtMs + 1000,
    ...fields,
  };
}

export function exited(of: Container, exitCode: number, fields: Partial<ContainerInfo> = {}): ContainerInfo {
  const info = instance(of, fields);
  return { ...info, state: 'exited', exitCode, finishedAtMs: info.createdAtMs + 5000, ...fields };
}

export function statusInput(
  of: Pod,
  containers: readonly ContainerInfo[],
  fields: Partial<StatusInput> = {},
) {
  const input: StatusInput = {
    pod: of,
    previous: undefined,
    observation: observationOf([sandbox()], containers),
    probes: noProbeResults,
    startFailures: new Map(),
    podIsTerminal: false,
    runtimeName: 'test',
    givesPodIP: true,
    hostIP: '192.0.2.1',
    nowMs: startMs,
    ...fields,
  };
  return input;
}

/** The status of a pod with these instances. */
export function statusOf(
  of: Pod,
  containers: readonly ContainerInfo[],
  fields: Partial<StatusInput> = {},
): PodStatus {
  return generatePodStatus(statusInput(of, containers, fields));
}

export function statusNamed(status: PodStatus, name: string): ContainerStatus | undefined {
  const all = [...(status.initContainerStatuses ?? []), ...(status.containerStatuses ?? [])];
  return all.find((one) => one.name === name);
}

export function probes(
  given: {
    readonly [Type in keyof ProbeResults]?: Readonly<Record<string, 'success' | 'failure' | 'unknown'>>;
  },
): ProbeResults {
  return {
    liveness: new Map(Object.entries(given.liveness ?? {})),
    readiness: new Map(Object.entries(given.readiness ?? {})),
    startup: new Map(Object.entries(given.startup ?? {})),
  };
}
