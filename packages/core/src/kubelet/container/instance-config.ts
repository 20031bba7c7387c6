/** Everything that the next instance of a container is given. */

import type { Container, PodSpec } from '../../api/pod.ts';
import { isEphemeral } from '../../api/pod-containers.ts';
import type { ContainerConfig, ContainerInfo, Mount } from '../../contract/container-runtime.ts';
import { buildEnvironment } from '../environment/build-environment.ts';
import { expandCommand } from '../environment/expand-command.ts';
import { type Answer, found, missing } from '../environment/surroundings.ts';
import { type NodeContext, type PodRecord, previousStatusOf, surroundingsOf } from '../node-context.ts';
import { nextRestartCount } from '../pod/container-status.ts';
import { namespacesOf } from '../pod/sandbox-config.ts';
import type { MountRequest } from '../volume/volume-host.ts';
import { inVolumeTurn } from '../volume/volume-turn.ts';
import { containerLabels } from './labels.ts';
import { securityContextOf, supplementalGroupsOf } from './security-context.ts';
import { targetInstance } from './target-container.ts';

export type ConfigAnswer =
  | { readonly ok: true; readonly config: ContainerConfig }
  | { readonly ok: false; readonly message: string };

/** `newest`: the instance that it follows, when there is one. */
export async function instanceConfig(
  node: NodeContext,
  record: PodRecord,
  container: Container,
  newest: ContainerInfo | undefined,
  signal: AbortSignal,
): Promise<ConfigAnswer> {
  const { pod, sandbox } = record;
  const refused = (message: string) => ({ ok: false, message }) as const;
  if (sandbox === undefined) return refused('the pod has no sandbox');
  const rootProblem = rootUserProblem(record, container);
  if (rootProblem !== undefined) return refused(rootProblem);
  const environment = buildEnvironment({
    ...surroundingsOf(node, sandbox.ip || node.hostIP),
    services: node.servicesSeenFrom(pod.metadata.namespace),
    pod,
    container,
  });
  if (!environment.ok) return refused(environment.message);
  const mounts = await mountsOf(node, record, { pod, container, env: environment.env }, signal);
  if (!mounts.ok) return refused(mounts.message);
  const target = await targetInstance(node, pod, container.name, signal);
  if (!target.ok) return refused(target.message);
  const attempt = nextRestartCount(container, newest, previousStatusOf(record, container.name));
  const { uid, name, namespace } = pod.metadata;
  const config: Draft = {
    name: `k_${container.name}_${uid}_${attempt}`,
    sandboxID: sandbox.id,
    podUID: uid,
    podName: name,
    namespace,
    containerName: container.name,
    attempt,
    labels: containerLabels(node.nodeName, pod, container, attempt),
    image: container.image,
    imageRef: record.imageRefs.get(container.image) ?? imageRefOf(newest, container) ?? container.image,
    env: environment.env,
    mounts: mounts.value,
    ports: container.ports ?? [],
    resources: container.resources ?? {},
    stdin: container.stdin ?? false,
    tty: container.tty ?? false,
  };
  addOptions(config, node, pod.spec, container);
  if (target.value !== undefined) config.targetID = target.value;
  Object.assign(config, expandCommand(container, environment.env), namespacesOf(pod.spec));
  return { ok: true, config };
}

type Draft = { -readonly [Field in keyof ContainerConfig]: ContainerConfig[Field] };

/** What few containers ask for. By assignment: spreads, one for each, would take longer than all else. */
function addOptions(config: Draft, { runtime }: NodeContext, spec: PodSpec, container: Container): void {
  const { workingDir, stdinOnce, lifecycle, terminationMessagePath = defaultMessagePath } = container;
  if (workingDir !== undefined) config.workingDir = workingDir;
  if (stdinOnce === true) config.stdinOnce = stdinOnce;
  if (lifecycle?.stopSignal !== undefined) config.stopSignal = lifecycle.stopSignal;
  const securityContext = securityContextOf(spec, container);
  if (securityContext !== undefined) config.securityContext = securityContext;
  const supplementalGroups = supplementalGroupsOf(spec);
  if (supplementalGroups.length > 0) config.supplementalGroups = supplementalGroups;
  if (runtime.capabilities.terminationMessage) config.terminationMessagePath = terminationMessagePath;
}

/** An agent that adopts an instance has not looked for its image. */
function imageRefOf(newest: ContainerInfo | undefined, { image }: Container): string | undefined {
  return newest?.image === image ? newest.imageRef : undefined;
}

const defaultMessagePath = '/dev/termination-log';

async function mountsOf(
  node: NodeContext,
  record: PodRecord,
  request: MountRequest,
  signal: AbortSignal,
): Promise<Answer<readonly Mount[]>> {
  const { pod, container } = request;
  const { volumeMounts = [] } = container;
  // Most containers mount nothing; they need not wait for a storage.
  if (volumeMounts.length === 0) return found([]);
  return await inVolumeTurn(record, signal, async () => {
    if (isEphemeral(pod.spec, container)) {
      // It may be the first that mounts a volume of the pod.
      const { failures } = await node.volumes.prepare(pod, surroundingsOf(node, ''), signal);
      const own = failures.find(({ volume }) => volumeMounts.some(({ name }) => name === volume));
      if (own !== undefined) return missing(own.message);
    }
    return await node.volumes.mountsFor(request, signal);
  });
}

/** `runAsNonRoot` against the user that the pod names, or else that of the image. */
function rootUserProblem({ pod, imageUsers }: PodRecord, container: Container): string | undefined {
  const { runAsNonRoot, runAsUser } = securityContextOf(pod.spec, container) ?? {};
  if (runAsNonRoot !== true) return undefined;
  const { name, namespace, uid } = pod.metadata;
  const where = `(pod: "${name}_${namespace}(${uid})", container: ${container.name})`;
  if (runAsUser === 0) return `container's runAsUser breaks non-root policy ${where}`;
  const [user] = imageUsers.get(container.image)?.split(':') ?? [];
  // Where the runtime does not say, it is the one to judge.
  if (runAsUser !== undefined || user === undefined) return undefined;
  if (user === '' || Number(user) === 0)
    return `container has runAsNonRoot and image will run as root ${where}`;
  if (/^\d+$/.test(user)) return undefined;
  const words = `image has non-numeric user (${user}), cannot verify user is non-root`;
  return `container has runAsNonRoot and ${words} ${where}`;
}
