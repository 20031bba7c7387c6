/** Probes that are made on other nodes: what the annotation asks for has to be possible there. */

import type { Draft } from './draft.ts';
import { type FieldPath, forbidden, invalid } from './field-error.ts';
import type { FieldErrors } from './field-rules.ts';
import type { Labels } from './meta.ts';
import { type Container, isSidecar, type PodSpec, type Probe, probeSettingKeys } from './pod.ts';
import { isFor, type ProbeFromRule, parseProbeFrom, probeFromAnnotation, probeFromOf } from './probe-from.ts';
import type { ProbeHandlers, ProbeType } from './validate-probe.ts';

/** Another node keeps a place for the attempt as long as it may take. */
export const probeFromSecondsMax = 60;

interface PlacedProbe {
  readonly container: string;
  readonly type: ProbeType;
  readonly probe: Draft<Probe>;
}

/** `path` is that of the annotations. Without `handlers` there are those of Kubernetes only. */
export function* probeFromErrors(
  annotations: Draft<Labels>,
  spec: Draft<PodSpec>,
  path: FieldPath,
  handlers: ProbeHandlers = new Map(),
): FieldErrors {
  const text = annotations[probeFromAnnotation];
  if (text === undefined) return;
  const at = path.key(probeFromAnnotation);
  const parsed = parseProbeFrom(text, at);
  if (!parsed.ok) {
    yield* parsed.errors;
    return;
  }
  const probes = placedProbes(spec);
  for (const rule of parsed.value)
    if (!probes.some(({ container, type }) => isFor(rule, container, type)))
      yield invalid(at, rule.text, `the pod has no ${probeNames(rule)}: name a probe that it has`);
  for (const placed of probes) {
    if (probeFromOf({ [probeFromAnnotation]: text }, placed.container, placed.type) === undefined) continue;
    const problem = problemOf(placed, handlers);
    if (problem !== undefined) yield forbidden(at, `${placed.container}/${placed.type}: ${problem}`);
  }
}

/** Does an attempt need nothing of the container but its address? */
function isNetworkHandler(handler: string, handlers: ProbeHandlers): boolean {
  if (handlers === 'unchecked') return !localHandlers.has(handler);
  const known = handlers.get(handler);
  return known === undefined ? networkHandlers.has(handler) : known.network === true;
}

const networkHandlers: ReadonlySet<string> = new Set(['httpGet', 'tcpSocket', 'grpc']);
const localHandlers: ReadonlySet<string> = new Set(['exec']);
const settingKeys: ReadonlySet<string> = new Set(probeSettingKeys);

function problemOf({ container, type, probe }: PlacedProbe, handlers: ProbeHandlers): string | undefined {
  const others = `name the probes that other nodes can make, such as "${container}/readiness: node-b"`;
  for (const [handler, settings] of Object.entries(probe)) {
    if (settingKeys.has(handler) || settings === undefined || settings === null) continue;
    if (!isNetworkHandler(handler, handlers))
      return `the handler ${JSON.stringify(handler)} works at the container only: ${others}`;
    const { host } = settings as { readonly host?: unknown };
    if (typeof host === 'string' && host !== '')
      return `another node probes the pod itself and nothing else: leave out ${type}Probe.${handler}.host`;
  }
  if ((probe.timeoutSeconds ?? 1) > probeFromSecondsMax)
    return `${type}Probe.timeoutSeconds may be at most ${probeFromSecondsMax} for a probe on another node`;
  return undefined;
}

function probeNames({ container, type }: ProbeFromRule): string {
  const what = type === undefined ? 'probes' : `${type}Probe`;
  return container === undefined ? what : `${what} in a container ${container}`;
}

function placedProbes({ containers = [], initContainers = [] }: Draft<PodSpec>): readonly PlacedProbe[] {
  const probed = [...containers, ...initContainers.filter((one) => isSidecar(one as Container))];
  return probed.flatMap(({ name: container = '', startupProbe, readinessProbe, livenessProbe }) =>
    [
      { container, type: 'startup' as const, probe: startupProbe },
      { container, type: 'readiness' as const, probe: readinessProbe },
      { container, type: 'liveness' as const, probe: livenessProbe },
    ].filter((one): one is PlacedProbe => one.probe !== undefined),
  );
}
