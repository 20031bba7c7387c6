/** Where the volumes of a pod appear in one of its containers. */

import type { Container, Pod, Volume, VolumeMount } from '../../api/pod.ts';
import type { Mount } from '../../contract/container-runtime.ts';
import type { EnvironmentVariable } from '../environment/build-environment.ts';
import { type Answer, found, missing } from '../environment/surroundings.ts';
import { expand } from '../expand.ts';
import { fileSources } from './volume-files.ts';

/** A mount whose `hostPath` is still that of the whole volume when `subPath` is set. */
export interface PlannedMount extends Mount {
  /** Relative, without `..`. */
  readonly subPath?: string;
}

/**
 * The mounts of a container in the order of its `volumeMounts`. `pathOf` says where a volume lies on the host;
 * `env` is the container's final environment, for `subPathExpr`.
 */
export function mountsOf(
  pod: Pod,
  container: Container,
  env: readonly EnvironmentVariable[],
  pathOf: (volume: Volume) => string,
): Answer<readonly PlannedMount[]> {
  const mounts: PlannedMount[] = [];
  for (const mount of container.volumeMounts ?? []) {
    const volume = pod.spec.volumes?.find(({ name }) => name === mount.name);
    if (volume === undefined)
      return missing(`cannot find volume "${mount.name}" to mount into container "${container.name}"`);
    const subPath = subPathOf(mount, env);
    if (!subPath.ok) return subPath;
    mounts.push({
      volumeName: volume.name,
      hostPath: pathOf(volume),
      containerPath: mount.mountPath.startsWith('/') ? mount.mountPath : `/${mount.mountPath}`,
      // Files that come from objects are replaced as a whole: what a container wrote there would be lost.
      readOnly: mount.readOnly === true || fileSources.some((source) => volume[source] !== undefined),
      ...(subPath.value === '' ? {} : { subPath: subPath.value }),
    });
  }
  return found(mounts);
}

function subPathOf(mount: VolumeMount, env: readonly EnvironmentVariable[]): Answer<string> {
  const written = mount.subPathExpr ? expandStrictly(mount.subPathExpr, env) : found(mount.subPath ?? '');
  if (!written.ok) return written;
  const subPath = written.value;
  if (subPath.startsWith('/')) return missing(`error SubPath \`${subPath}\` must not be an absolute path`);
  if (subPath.split('/').includes('..'))
    return missing(`unable to provision SubPath \`${subPath}\`: must not contain '..'`);
  if (subPath.includes('\0')) return missing('unable to provision SubPath: must not hold a NUL byte');
  return found(subPath);
}

/** Unlike in commands, an unknown name is an error here: a literal `$(NAME)` is nobody's wanted directory. */
function expandStrictly(text: string, env: readonly EnvironmentVariable[]): Answer<string> {
  let unknown: string | undefined;
  const expanded = expand(text, (name) => {
    const variable = env.findLast((one) => one.name === name);
    if (variable === undefined) unknown ??= name;
    return variable?.value;
  });
  return unknown === undefined ? found(expanded) : missing(`missing value for "${unknown}"`);
}
