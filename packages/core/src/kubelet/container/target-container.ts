import type { StoredPod } from '../../api/pod.ts';
import type { ContainerID } from '../../contract/container-runtime.ts';
import { type Answer, found, missing } from '../environment/surroundings.ts';
import type { NodeContext } from '../node-context.ts';
import { newestFirst } from '../pod/observation.ts';
import { callRuntime } from '../runtime-call.ts';
import { containerNameLabel, podUIDLabel } from './labels.ts';

/** The instance whose processes an ephemeral container is to see; none where it names no container. */
export async function targetInstance(
  node: NodeContext,
  { spec, metadata }: StoredPod,
  containerName: string,
  signal: AbortSignal,
): Promise<Answer<ContainerID | undefined>> {
  const { targetContainerName: target } =
    spec.ephemeralContainers?.find(({ name }) => name === containerName) ?? {};
  if (!target) return found(undefined);
  const labels = { [podUIDLabel]: metadata.uid, [containerNameLabel]: target };
  const list = (inner: AbortSignal) => node.runtime.listContainers(labels, inner);
  const instances = await callRuntime(node, `looking for container ${target}`, signal, list);
  const [newest] = [...instances].sort(newestFirst);
  if (newest === undefined) return missing(`unable to find target container ${target}`);
  return newest.state === 'running' ? found(newest.id) : missing(`target container ${target} is not running`);
}
