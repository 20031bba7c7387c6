/** The next instance of a container: everything it is given, and the runtime's create call. */

import type { Container, StoredPod } from '../../api/pod.ts';
import type { ContainerConfig, ContainerInfo, Mount } from '../../contract/container-runtime.ts';
import { errorMessage, MooringError } from '../../contract/error.ts';
import { buildEnvironment, type EnvironmentVariable } from '../environment/build-environment.ts';
import { expandCommand } from '../environment/expand-command.ts';
import {
  containerOf,
  type NodeContext,
  type PodRecord,
  previousStatusOf,
  recordOf,
  spread,
  surroundingsOf,
} from '../node-context.ts';
import { nextRestartCount } from '../pod/container-status.ts';
import { callRuntime } from '../runtime-call.ts';
import { inVolumeTurn } from '../volume/volume-turn.ts';
import { StepFailed, type StepInput } from './container-context.ts';
import { containerLabels } from './labels.ts';
import { securityContextOf } from './security-context.ts';

/** Resolves with the created instance; rejects with a `StepFailed`. */
export async function createInstance(
  node: NodeContext,
  input: StepInput,
  signal: AbortSignal,
): Promise<ContainerInfo> {
  const record = recordOf(node, input.podUID);
  const container = containerOf(record.pod, input.name);
  const config = await configOf(node, record, container, input, signal);
  const { runtime, settings } = node;
  const what = `creating container ${config.name}`;
  try {
    const info = await callRuntime(
      node,
      what,
      signal,
      async (inner) => {
        const id = await runtime.createContainer(config, inner);
        const created = await runtime.inspectContainer(id, inner);
        if (created === undefined)
          throw new MooringError('CREATE_FAILED', `container ${config.name} vanished`);
        return created;
      },
      settings.startMsMax,
    );
    node.recordEvent(record.pod, {
      container: container.name,
      type: 'Normal',
      reason: 'Created',
      message: 'Container created',
    });
    node.noteInstance(info);
    return info;
  } catch (error) {
    signal.throwIfAborted();
    throw refusal(node, record, container, 'CreateContainerError', errorMessage(error));
  }
}

async function configOf(
  node: NodeContext,
  record: PodRecord,
  container: Container,
  input: StepInput,
  signal: AbortSignal,
): Promise<ContainerConfig> {
  const { pod, sandbox } = record;
  const refuse = (message: string) => refusal(node, record, container, 'CreateContainerConfigError', message);
  if (sandbox === undefined) throw refuse('the pod has no sandbox');
  const rootProblem = rootUserProblem(pod, container);
  if (rootProblem !== undefined) throw refuse(rootProblem);
  const environment = buildEnvironment({
    ...surroundingsOf(node, sandbox.ip || node.hostIP),
    services: node.servicesSeenFrom(pod.metadata.namespace),
    pod,
    container,
  });
  if (!environment.ok) throw refuse(environment.message);
  const mounts = await mountsOf(node, record, container, environment.env, signal);
  if (!mounts.ok) throw refuse(mounts.message);
  const attempt = nextRestartCount(container, input.instances[0], previousStatusOf(record, container.name));
  const { uid, name, namespace } = pod.metadata;
  const securityContext = securityContextOf(pod.spec, container);
  return {
    name: `k_${container.name}_${uid}_${attempt}`,
    sandboxID: sandbox.id,
    podUID: uid,
    podName: name,
    namespace,
    containerName: container.name,
    attempt,
    labels: containerLabels(node.nodeName, pod, container, attempt),
    image: container.image,
    imageRef: record.imageRefs.get(container.image) ?? container.image,
    ...expandCommand(container, environment.env),
    env: environment.env,
    ...(container.workingDir !== undefined && { workingDir: container.workingDir }),
    mounts: mounts.value,
    ports: container.ports ?? [],
    resources: container.resources ?? {},
    ...(securityContext !== undefined && { securityContext }),
    ...terminalOf(container),
    ...(node.runtime.capabilities.terminationMessage && {
      terminationMessagePath: container.terminationMessagePath ?? defaultMessagePath,
    }),
    ...(container.lifecycle?.stopSignal !== undefined && { stopSignal: container.lifecycle.stopSignal }),
  };
}

function terminalOf({
  stdin,
  stdinOnce,
  tty,
}: Container): Pick<ContainerConfig, 'stdin' | 'stdinOnce' | 'tty'> {
  return { stdin: stdin ?? false, ...(stdinOnce === true && { stdinOnce }), tty: tty ?? false };
}

const defaultMessagePath = '/dev/termination-log';

type MountsAnswer =
  | { readonly ok: true; readonly value: readonly Mount[] }
  | { readonly ok: false; readonly message: string };

async function mountsOf(
  node: NodeContext,
  record: PodRecord,
  container: Container,
  env: readonly EnvironmentVariable[],
  signal: AbortSignal,
): Promise<MountsAnswer> {
  // Most containers mount nothing; they need not wait for a storage.
  if (container.volumeMounts === undefined || container.volumeMounts.length === 0)
    return { ok: true, value: [] };
  return await inVolumeTurn(record, signal, () =>
    node.volumes.mountsFor({ pod: record.pod, container, env }, signal),
  );
}

/** `runAsNonRoot` against what the pod itself says of the user (reference 1.2). */
function rootUserProblem(pod: StoredPod, container: Container): string | undefined {
  const { runAsNonRoot, runAsUser } = securityContextOf(pod.spec, container) ?? {};
  if (runAsNonRoot !== true || runAsUser !== 0) return undefined;
  const { name, namespace, uid } = pod.metadata;
  return `container's runAsUser breaks non-root policy (pod: "${name}_${namespace}(${uid})", container: ${container.name})`;
}

function refusal(
  node: NodeContext,
  { pod }: PodRecord,
  container: Container,
  reason: string,
  message: string,
): StepFailed {
  node.recordEvent(pod, {
    container: container.name,
    type: 'Warning',
    reason: 'Failed',
    message: `Error: ${message}`,
  });
  return new StepFailed({ failure: { reason, message }, retryMs: spread(node, node.settings.retryMs) });
}
