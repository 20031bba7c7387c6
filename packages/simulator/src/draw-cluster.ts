/** Draws the plan of a whole cluster: sets of pods, Services, controllers that take turns, and what goes wrong with them. */

import type { ApiObject, Pod, PodSpec } from '@mooring/core';
import type { SeededRandom } from '@mooring/core/testing';
import { drawExtras } from './draw-extras.ts';
import { drawFaults, drawQuiet } from './draw-faults.ts';
import { drawPod, otherImages } from './draw-pod.ts';
import type { Plan, Step } from './plan.ts';

/** How long things go wrong. */
const healAtMs = 90_000;

export function drawClusterPlan(random: SeededRandom): Plan {
  const nodes = ['a', 'b', 'c'].slice(0, random.pick([1, 2, 2, 3]));
  const controllers = ['ctl1', 'ctl2'].slice(0, random.pick([1, 1, 2]));
  const preset = random.chance(0.6) ? 'small' : 'kubernetes';
  const sets = setNames.slice(0, random.pick([1, 1, 2]));
  const workload = random.fork('workload');
  const scenery = {
    nodes,
    // A control plane without any process of its own would be no cluster.
    processes: [...nodes, ...controllers],
    pods: sets,
    untilMs: healAtMs - 1000,
  };
  const steps = [
    ...sets.flatMap((name) => drawSet(workload.fork(name), name)),
    ...(random.chance(0.3) ? drawLonePod(workload) : []),
    ...(random.chance(0.3) ? drawPoison(workload) : []),
    ...drawFaults(random.fork('faults'), scenery),
    ...drawExtras(random.fork('extras'), scenery),
  ];
  return {
    seed: random.seed,
    nodes,
    controllers,
    preset,
    healAtMs,
    quietMs: drawQuiet(random),
    steps: steps.sort((a, b) => a.atMs - b.atMs),
  };
}

const setNames = ['web', 'api'];

type SetKind = 'ReplicaSet' | 'Deployment' | 'ReplicationController';

function drawSet(random: SeededRandom, name: string): readonly Step[] {
  const kind = random.pick(['ReplicaSet', 'Deployment', 'Deployment', 'ReplicationController'] as const);
  const template = drawTemplate(random, name);
  const steps: Step[] = [];
  if (random.chance(0.6)) steps.push({ atMs: random.int(0, 5000), act: 'apply', object: serviceOf(name) });
  let atMs = random.int(0, 20_000);
  steps.push({ atMs, act: 'apply', object: setOf(random, kind, name, template) });
  for (let changes = random.int(0, 4); changes > 0; changes -= 1) {
    // Often at once, sometimes in the middle of what the last one set off.
    atMs += random.pick([0, 5, 500, random.int(1000, 40_000)]);
    steps.push({ atMs, ...drawChange(random, kind, name, template) });
  }
  if (random.chance(0.2)) {
    atMs += random.int(0, 40_000);
    steps.push({ atMs, act: 'remove', kind, name, orphans: random.chance(0.3) });
    atMs += random.int(0, 20_000);
    if (random.chance(0.6)) steps.push({ atMs, act: 'apply', object: setOf(random, kind, name, template) });
  }
  return steps.filter((step) => step.atMs < healAtMs);
}

function drawChange(random: SeededRandom, kind: SetKind, name: string, template: Pod) {
  const image = random.pick(otherImages(template.spec.containers[0]?.image ?? ''));
  if (kind === 'Deployment' && random.chance(0.5)) return { act: 'roll-out', name, image } as const;
  if (random.chance(0.2)) return { act: 'delete', pod: name } as const;
  if (random.chance(0.2))
    return { act: 'command', pod: name, container: 'app0', command: 'container.restart' } as const;
  return { act: 'scale', kind, name, replicas: random.int(0, 4) } as const;
}

function drawTemplate(random: SeededRandom, name: string): Pod {
  const { spec } = drawPod(random, name, ['a']);
  const { nodeName: _, activeDeadlineSeconds: __, ...rest } = spec;
  const [app, ...others] = rest.containers;
  const cpu = random.pick([undefined, '100m', '500m', '1500m']);
  const sized = app && cpu !== undefined ? { ...app, resources: { requests: { cpu } } } : app;
  const containers = [...(sized ? [sized] : []), ...others];
  // What ends is replaced by its set for ever: jobs are not for sets.
  const stay = containers.map((one) => (one.image.startsWith('job') ? { ...one, image: 'svc:1' } : one));
  const podSpec: PodSpec = { ...rest, restartPolicy: 'Always', containers: stay };
  const annotations = { 'mooring.dev/probe-from': random.pick(['any of a', 'majority of a, b']) };
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      labels: { app: name },
      ...(random.chance(0.15) && canBeProbedFrom(podSpec) && { annotations }),
    },
    spec: podSpec,
  };
}

/** Other nodes make no exec probes. */
function canBeProbedFrom({ containers, initContainers = [] }: PodSpec): boolean {
  const probes = [...containers, ...initContainers].flatMap((one) => [
    one.livenessProbe,
    one.readinessProbe,
    one.startupProbe,
  ]);
  const all = probes.filter((probe) => probe !== undefined);
  return all.length > 0 && all.every((probe) => probe.httpGet !== undefined);
}

function setOf(random: SeededRandom, kind: SetKind, name: string, template: Pod): ApiObject {
  const replicas = random.int(1, 3);
  const { metadata, spec } = template;
  const labels = { app: name };
  if (kind === 'ReplicationController')
    return {
      apiVersion: 'v1',
      kind,
      metadata: { name, namespace: 'default' },
      spec: { replicas, selector: labels, template: { metadata, spec } },
    } as ApiObject;
  return {
    apiVersion: 'apps/v1',
    kind,
    metadata: { name, namespace: 'default' },
    spec: { replicas, selector: { matchLabels: labels }, template: { metadata, spec } },
  } as ApiObject;
}

function serviceOf(name: string): ApiObject {
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name, namespace: 'default' },
    spec: { selector: { app: name }, ports: [{ port: 80, targetPort: 8080 }] },
  } as ApiObject;
}

/** A pod of nobody's, for the scheduler. */
function drawLonePod(random: SeededRandom): readonly Step[] {
  const { spec, ...pod } = drawPod(random, 'lone', ['a']);
  const { nodeName: _, ...unbound } = spec;
  const atMs = random.int(0, 45_000);
  const steps: Step[] = [{ atMs, act: 'create', pod: { ...pod, spec: unbound } }];
  if (random.chance(0.5)) steps.push({ atMs: atMs + random.int(0, 60_000), act: 'delete', pod: 'lone' });
  return steps;
}

function drawPoison(random: SeededRandom): readonly Step[] {
  const kind = random.pick(['pods', 'replicasets', 'deployments', 'services', 'endpointslices']);
  return [{ atMs: random.int(0, 45_000), act: 'poison', kind, name: 'poison' }];
}
