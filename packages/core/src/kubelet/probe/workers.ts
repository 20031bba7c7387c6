import { type Container, isSidecar, type PodSpec, type Probe } from '../../api/pod.ts';
import type { ProbeType } from './settings.ts';

export interface WantedProbe {
  readonly container: string;
  readonly type: ProbeType;
  readonly probe: Probe;
}

/** Every probe that a pod needs an actor for: those of app containers and of sidecars; other init containers have none. */
export function podProbes(spec: Pick<PodSpec, 'containers' | 'initContainers'>): readonly WantedProbe[] {
  const sidecars = (spec.initContainers ?? []).filter(isSidecar);
  return [...spec.containers, ...sidecars].flatMap(containerProbes);
}

/** The probes of one container, in the order in which the kubelet starts them. */
export function containerProbes(container: Container): readonly WantedProbe[] {
  const { name, startupProbe, readinessProbe, livenessProbe } = container;
  const wanted: WantedProbe[] = [];
  if (startupProbe) wanted.push({ container: name, type: 'startup', probe: startupProbe });
  if (readinessProbe) wanted.push({ container: name, type: 'readiness', probe: readinessProbe });
  if (livenessProbe) wanted.push({ container: name, type: 'liveness', probe: livenessProbe });
  return wanted;
}
