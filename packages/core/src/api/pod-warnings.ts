/** What of a valid pod will not work as its author may think. */

import type { Draft } from './draft.ts';
import { FieldPath, type FieldWarning } from './field-error.ts';
import type { Container, Pod, Volume } from './pod.ts';
import { type ProbeHandlers, probeWarnings } from './validate-probe.ts';
import { foreignVolumeSources } from './validate-volume.ts';

export function* podWarnings(
  { spec = {} }: Draft<Pod>,
  handlers: ProbeHandlers | undefined,
): Iterable<FieldWarning> {
  const path = new FieldPath('spec');
  yield* containerWarnings(spec.containers ?? [], path.child('containers'), handlers);
  yield* containerWarnings(spec.initContainers ?? [], path.child('initContainers'), handlers);
  yield* volumeWarnings(spec.volumes ?? [], path.child('volumes'));
}

function* containerWarnings(
  containers: readonly Draft<Container>[],
  path: FieldPath,
  handlers: ProbeHandlers | undefined,
): Iterable<FieldWarning> {
  for (const [i, container] of containers.entries()) {
    for (const key of ['livenessProbe', 'readinessProbe', 'startupProbe'] as const) {
      const probe = container[key];
      if (probe !== undefined) yield* probeWarnings(probe, path.index(i).child(key), handlers);
    }
  }
}

function* volumeWarnings(volumes: readonly Draft<Volume>[], path: FieldPath): Iterable<FieldWarning> {
  for (const [i, volume] of volumes.entries()) {
    for (const source of Object.keys(volume)) {
      if (!foreignVolumeSources.has(source)) continue;
      const message = 'Mooring cannot mount this kind of volume: containers that mount it will not start';
      yield { field: String(path.index(i).child(source)), message };
    }
  }
}
