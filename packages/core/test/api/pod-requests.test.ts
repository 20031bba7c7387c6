import { describe, expect, it } from 'vitest';
import type { Container, PodSpec } from '../../src/api/pod.ts';
import { amountsOf, podRequests } from '../../src/api/pod-requests.ts';

const app = (cpu: string, rest: Partial<Container> = {}): Container => ({
  name: 'c',
  image: 'app',
  resources: { requests: { cpu } },
  ...rest,
});
const sidecar = (cpu: string) => app(cpu, { restartPolicy: 'Always' });

describe('what a pod asks for', () => {
  it.each<[string, PodSpec, number]>([
    ['the sum of its containers', { containers: [app('100m'), app('200m')] }, 300],
    [
      'the largest init container where that is more',
      { containers: [app('100m')], initContainers: [app('500m'), app('300m')] },
      500,
    ],
    ['the containers where they are more', { containers: [app('600m')], initContainers: [app('500m')] }, 600],
    ['a sidecar on top', { containers: [app('100m')], initContainers: [sidecar('50m')] }, 150],
    [
      'an init container beside the sidecars before it',
      { containers: [app('100m')], initContainers: [sidecar('50m'), app('500m')] },
      550,
    ],
    [
      'but not beside the sidecars after it',
      { containers: [app('100m')], initContainers: [app('500m'), sidecar('50m')] },
      500,
    ],
    [
      'sidecars that start up together with what comes before the app',
      { containers: [app('10m')], initContainers: [sidecar('50m'), sidecar('70m'), app('200m')] },
      320,
    ],
  ])('%s', (_, spec, cpu) => {
    expect(podRequests(spec).get('cpu')).toBe(cpu);
  });

  it('each resource by itself', () => {
    const containers = [app('1'), { name: 'm', image: 'm', resources: { requests: { memory: '1Gi' } } }];
    const initContainers = [{ name: 'i', image: 'i', resources: { requests: { memory: '2Gi', cpu: '1m' } } }];
    expect([...podRequests({ containers, initContainers })]).toEqual([
      ['cpu', 1000],
      ['memory', 2 * 1024 ** 3],
    ]);
  });

  it('nothing where no container asks', () => {
    expect([...podRequests({ containers: [{ name: 'c', image: 'c' }] })]).toEqual([]);
  });
});

describe('amounts', () => {
  it('are thousandths of a CPU, and whole units of everything else, rounded up', () => {
    const list = { cpu: '1.5', memory: '1500m', 'x.io/gpu': 2, pods: '110', 'ephemeral-storage': '1k' };
    expect(Object.fromEntries(amountsOf(list))).toEqual({
      cpu: 1500,
      memory: 2,
      'x.io/gpu': 2,
      pods: 110,
      'ephemeral-storage': 1000,
    });
  });

  it('that cannot be read are left out', () => {
    expect([...amountsOf({ cpu: 'much' })]).toEqual([]);
  });
});
