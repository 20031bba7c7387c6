/** What of a valid pod will not work as its author may think. */

import type { Draft } from './draft.ts';
import { FieldPath, type FieldWarning } from './field-error.ts';
import { isEmpty } from './field-rules.ts';
import { dns1123LabelProblems } from './names.ts';
import type { Container, Pod, PodSpec, Volume } from './pod.ts';
import { type ProbeHandlers, probeWarnings } from './validate-probe.ts';
import { foreignVolumeSources } from './validate-volume.ts';
import { foreignProjectedSources } from './validate-volume-files.ts';

export function* podWarnings(
  { metadata, spec = {} }: Draft<Pod>,
  handlers: ProbeHandlers | undefined,
): Iterable<FieldWarning> {
  yield* longNameWarnings(metadata?.name, "this is used in the Pod's hostname");
  yield* podSpecWarnings(spec, new FieldPath('spec'), handlers);
}

/** A name that is legal and yet no DNS label; `use` says where that may show. */
export function* longNameWarnings(name: string | undefined, use: string): Iterable<FieldWarning> {
  const problems = isEmpty(name) ? [] : dns1123LabelProblems(name);
  if (problems.length === 0) return;
  const words = 'which can result in surprising behavior; a DNS label is recommended';
  yield { field: 'metadata.name', message: `${use}, ${words}: [${problems.join(' ')}]` };
}

export function* podSpecWarnings(
  spec: Draft<PodSpec>,
  path: FieldPath,
  handlers: ProbeHandlers | undefined,
): Iterable<FieldWarning> {
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
    for (const [j, projected] of (volume.projected?.sources ?? []).entries()) {
      for (const source of Object.keys(projected)) {
        if (!foreignProjectedSources.has(source)) continue;
        const message =
          'Mooring cannot bring what this source stands for: containers that mount it will not start';
        const at = path.index(i).child('projected', 'sources').index(j);
        yield { field: String(at.child(source)), message };
      }
    }
  }
}
