import { expect, it } from 'vitest';
import type { ResourceRequirements } from '../../../src/api/pod.ts';
import { qosClass } from '../../../src/kubelet/pod/qos.ts';
import { container, pod } from './pod-rig.ts';

const both = { cpu: '500m', memory: '64Mi' };

const cases: readonly { name: string; given: readonly ResourceRequirements[]; want: string }[] = [
  { name: 'nothing said', given: [{}], want: 'BestEffort' },
  { name: 'only zeros', given: [{ requests: { cpu: 0 } }], want: 'BestEffort' },
  { name: 'only other resources', given: [{ limits: { 'example.com/gpu': 1 } }], want: 'BestEffort' },
  { name: 'a request alone', given: [{ requests: { cpu: 1 } }], want: 'Burstable' },
  { name: 'one limit alone', given: [{ limits: { memory: '64Mi' } }], want: 'Burstable' },
  { name: 'both limits', given: [{ limits: both }], want: 'Guaranteed' },
  {
    name: 'requests equal to the limits, written otherwise',
    given: [{ limits: both, requests: { cpu: 0.5, memory: '65536Ki' } }],
    want: 'Guaranteed',
  },
  { name: 'a smaller request', given: [{ limits: both, requests: { cpu: '100m' } }], want: 'Burstable' },
  { name: 'a request of zero', given: [{ limits: both, requests: { cpu: 0 } }], want: 'Burstable' },
  { name: 'one container that says nothing', given: [{ limits: both }, {}], want: 'Burstable' },
];

it.each(cases)('$name: $want', ({ given, want }) => {
  const [first = {}, ...others] = given.map((resources, i) => container(`c${i}`, { resources }));
  expect(qosClass(pod({ containers: [container('c0', first), ...others] }).spec)).toBe(want);
});

it('init containers count too', () => {
  const containers = [container('app', { resources: { limits: both } })];
  expect(qosClass(pod({ containers, initContainers: [container('init')] }).spec)).toBe('Burstable');
});
