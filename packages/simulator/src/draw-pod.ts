/** Pods as nobody would write them by hand: every feature that has to do with time, in any combination. */

import type { Container, Pod, Probe } from '@mooring/core';
import type { SeededRandom } from '@mooring/core/testing';
import type { ProbeName } from './plan.ts';
import { portOf } from './programs.ts';

export function drawPod(random: SeededRandom, name: string, nodes: readonly string[]): Pod {
  const restartPolicy = random.pick(['Always', 'Always', 'OnFailure', 'Never'] as const);
  const graceSeconds = random.pick([0, 1, 3, 10, 30]);
  const apps = range(random.pick([1, 1, 2])).map((i) =>
    drawApp(random, { name: `app${i}`, restartPolicy, graceSeconds }),
  );
  const inits = range(random.pick([0, 0, 1, 2])).map((i) =>
    drawInit(random, { name: `init${i}`, restartPolicy, graceSeconds }),
  );
  const hasVolume = random.chance(0.3);
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, namespace: 'default' },
    spec: {
      nodeName: random.pick(nodes),
      restartPolicy,
      terminationGracePeriodSeconds: graceSeconds,
      ...(random.chance(0.1) && { activeDeadlineSeconds: random.int(20, 200) }),
      ...(inits.length > 0 && { initContainers: inits }),
      containers: hasVolume ? apps.map(withVolume) : apps,
      ...(hasVolume && { volumes: [{ name: 'scratch', emptyDir: {} }] }),
    },
  };
}

/** The images that an app container may change to. */
export function otherImages(image: string): readonly string[] {
  const [family = ''] = image.split(':');
  return [`${family}:1`, `${family}:2`, `${family}:3`].filter((other) => other !== image);
}

interface Frame {
  readonly name: string;
  readonly restartPolicy: 'Always' | 'OnFailure' | 'Never';
  readonly graceSeconds: number;
}

function drawApp(random: SeededRandom, { name, restartPolicy, graceSeconds }: Frame): Container {
  const families = [
    'svc',
    'svc',
    'flaky',
    'far',
    'broken',
    ...(restartPolicy === 'Always' ? [] : ['job', 'job']),
  ];
  return {
    name,
    image: `${random.pick(families)}:1`,
    ...drawProbes(random, name),
    ...drawHooks(random, graceSeconds),
  };
}

function drawInit(random: SeededRandom, { name, graceSeconds }: Frame): Container {
  if (random.chance(0.5)) return { name, image: 'job:1' };
  const probes = random.chance(0.5) ? drawProbes(random, name) : {};
  const image = random.pick(['svc:1', 'flaky:1']);
  return { name, image, restartPolicy: 'Always', ...probes, ...drawHooks(random, graceSeconds) };
}

function drawProbes(
  random: SeededRandom,
  container: string,
): Pick<Container, 'livenessProbe' | 'readinessProbe' | 'startupProbe'> {
  return {
    ...(random.chance(0.4) && { livenessProbe: drawProbe(random, container, 'liveness') }),
    ...(random.chance(0.4) && { readinessProbe: drawProbe(random, container, 'readiness') }),
    ...(random.chance(0.25) && { startupProbe: drawProbe(random, container, 'startup') }),
  };
}

function drawProbe(random: SeededRandom, container: string, probe: ProbeName): Probe {
  // Answers to exec probes are seen on their way to the agent, so that what it says of readiness can be checked.
  const handler =
    probe !== 'readiness' && random.chance(0.4)
      ? { httpGet: { path: `/${probe}`, port: portOf(container) } }
      : { exec: { command: ['check', probe] } };
  return {
    ...handler,
    periodSeconds: random.pick([1, 3, 10, 10]),
    timeoutSeconds: random.pick([1, 1, 2]),
    failureThreshold: random.pick([1, 2, 3]),
    ...(random.chance(0.3) && { initialDelaySeconds: random.int(1, 10) }),
    ...(probe === 'readiness' && { successThreshold: random.pick([1, 1, 2]) }),
    ...(probe !== 'readiness' && random.chance(0.2) && { terminationGracePeriodSeconds: random.int(1, 20) }),
  };
}

function drawHooks(random: SeededRandom, graceSeconds: number): Pick<Container, 'lifecycle'> {
  if (random.chance(0.6)) return {};
  const exec = (exitCode: number) => ({
    exec: { command: ['hook', String(random.int(0, 8000)), String(exitCode)] },
  });
  const preStop = random.pick([
    // The API refuses a sleep that is as long as the grace period.
    graceSeconds > 1 ? { sleep: { seconds: random.int(1, graceSeconds - 1) } } : undefined,
    exec(0),
    exec(1),
    exec(0),
    undefined,
  ]);
  const postStart = random.pick([exec(0), exec(0), exec(1), undefined, undefined]);
  return { lifecycle: { ...(preStop && { preStop }), ...(postStart && { postStart }) } };
}

function withVolume(container: Container): Container {
  return { ...container, volumeMounts: [{ name: 'scratch', mountPath: '/scratch' }] };
}

function range(length: number): readonly number[] {
  return Array.from({ length }, (_, i) => i);
}
