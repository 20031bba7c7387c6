/** Words to write plans with. */

import type { Container, Pod } from '@mooring/core';
import type { Act, Plan, Step } from '../../packages/simulator/src/index.ts';

/** One node, `a`. The seed only decides what the steps leave open. */
export function planOf(seed: string, steps: readonly Step[], healAtMs = 120_000): Plan {
  return { seed, nodes: ['a'], healAtMs, steps };
}

export function at(seconds: number, act: Act): Step {
  return { atMs: seconds * 1000, ...act };
}

/** The pod `p0`, of one container that runs unless told otherwise. */
export function create(spec: Partial<Pod['spec']> = {}): Act {
  const pod: Pod = {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'p0', namespace: 'default' },
    spec: { nodeName: 'a', terminationGracePeriodSeconds: 5, containers: [app('runs')], ...spec },
  };
  return { act: 'create', pod };
}

export function app(image: string, fields: Partial<Container> = {}): Container {
  return { name: 'app0', image, ...fields };
}

type EngineFault = Extract<Act, { act: 'fault' }>;

export function fault(verb: EngineFault['verb'], what: EngineFault['fault'], seconds: number): Act {
  return { act: 'fault', node: 'a', verb, fault: what, forMs: seconds * 1000 };
}

export function hook(ms: number) {
  return { exec: { command: ['hook', String(ms), '0'] } };
}
