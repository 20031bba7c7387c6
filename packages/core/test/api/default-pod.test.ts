import { describe, expect, it } from 'vitest';
import { fc } from '../../../../test/support/fast-check.ts';
import { admitPod } from '../../src/api/admit.ts';
import { defaultPullPolicy } from '../../src/api/default-container.ts';
import { defaultPod } from '../../src/api/default-pod.ts';
import type { Pod } from '../../src/api/pod.ts';
import { podManifest } from './pod-examples.ts';

function defaulted(manifest: unknown): Pod {
  const { object, errors } = admitPod(manifest);
  if (object === undefined) throw new Error(JSON.stringify(errors));
  return object;
}

describe('a pod that says the least', () => {
  it('gets every default of the API', () => {
    expect(
      defaulted({ apiVersion: 'v1', kind: 'Pod', metadata: { name: 'p' }, spec: podManifest()['spec'] }),
    ).toEqual({
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: 'p', namespace: 'default' },
      spec: {
        restartPolicy: 'Always',
        terminationGracePeriodSeconds: 30,
        dnsPolicy: 'ClusterFirst',
        securityContext: {},
        schedulerName: 'default-scheduler',
        enableServiceLinks: true,
        containers: [
          {
            name: 'web',
            image: 'nginx:1.27',
            imagePullPolicy: 'IfNotPresent',
            terminationMessagePath: '/dev/termination-log',
            terminationMessagePolicy: 'File',
          },
        ],
      },
    });
  });
});

describe('defaulting', () => {
  it('completes probes and hooks, init containers too', () => {
    const { spec } = defaulted(
      podManifest({
        initContainers: [
          {
            name: 'side',
            image: 'a',
            restartPolicy: 'Always',
            startupProbe: { grpc: { port: 1 }, periodSeconds: 0 },
          },
        ],
        containers: [
          {
            name: 'web',
            image: 'a',
            livenessProbe: { httpGet: { port: 80 } },
            lifecycle: { preStop: { httpGet: { port: 80, scheme: 'HTTPS' } } },
          },
        ],
      }),
    );
    const numbers = { timeoutSeconds: 1, periodSeconds: 10, successThreshold: 1, failureThreshold: 3 };
    expect(spec.containers[0]?.livenessProbe).toEqual({
      httpGet: { port: 80, path: '/', scheme: 'HTTP' },
      ...numbers,
    });
    expect(spec.containers[0]?.lifecycle?.preStop).toEqual({
      httpGet: { port: 80, path: '/', scheme: 'HTTPS' },
    });
    expect(spec.initContainers?.[0]?.startupProbe).toEqual({ grpc: { port: 1, service: '' }, ...numbers });
  });

  it('takes the container port as host port on the network of the host', () => {
    const { spec } = defaulted(podManifest({ hostNetwork: true }, { ports: [{ containerPort: 80 }] }));
    expect(spec.containers[0]?.ports).toEqual([{ containerPort: 80, hostPort: 80, protocol: 'TCP' }]);
  });

  it('takes limits as requests where there are none', () => {
    const resources = { limits: { cpu: '1', memory: '64Mi' }, requests: { cpu: '500m' } };
    const { spec } = defaulted(podManifest({}, { resources }));
    expect(spec.containers[0]?.resources?.requests).toEqual({ cpu: '500m', memory: '64Mi' });
  });

  it('makes a volume without a source an empty directory, and gives files their mode', () => {
    const volumes = [
      { name: 'a' },
      { name: 'b', emptyDir: null },
      { name: 'c', configMap: { name: 'x' } },
      { name: 'd', downwardAPI: { items: [{ path: 'n', fieldRef: { fieldPath: 'metadata.name' } }] } },
      { name: 'e', hostPath: { path: '/tmp' } },
      {
        name: 'f',
        projected: {
          sources: [
            { secret: { name: 's' } },
            { downwardAPI: { items: [{ path: 'n', fieldRef: { fieldPath: 'metadata.name' } }] } },
          ],
        },
      },
    ];
    expect(defaulted(podManifest({ volumes })).spec.volumes).toEqual([
      { name: 'a', emptyDir: {} },
      { name: 'b', emptyDir: {} },
      { name: 'c', configMap: { name: 'x', defaultMode: 0o644 } },
      {
        name: 'd',
        downwardAPI: {
          defaultMode: 0o644,
          items: [{ path: 'n', fieldRef: { apiVersion: 'v1', fieldPath: 'metadata.name' } }],
        },
      },
      { name: 'e', hostPath: { path: '/tmp', type: '' } },
      {
        name: 'f',
        projected: {
          defaultMode: 0o644,
          sources: [
            { secret: { name: 's' } },
            {
              downwardAPI: {
                items: [{ path: 'n', fieldRef: { apiVersion: 'v1', fieldPath: 'metadata.name' } }],
              },
            },
          ],
        },
      },
    ]);
  });

  it.each([
    ['nginx', 'Always'],
    ['nginx:latest', 'Always'],
    ['nginx:1', 'IfNotPresent'],
    ['host:5000/nginx', 'Always'],
    ['host:5000/nginx:latest', 'Always'],
    ['host:5000/nginx:1', 'IfNotPresent'],
    ['nginx@sha256:00', 'IfNotPresent'],
    ['nginx:latest@sha256:00', 'Always'],
  ])('pulls %s %s', (image, policy) => {
    expect(defaultPullPolicy(image)).toBe(policy);
  });

  it('does not touch what it is given', () => {
    const pod = defaulted(podManifest());
    const before = structuredClone(pod);
    defaultPod(pod);
    expect(pod).toEqual(before);
  });

  it('of what is defaulted already changes nothing', () => {
    const probe = fc.record(
      { periodSeconds: fc.integer({ min: 0, max: 3 }), failureThreshold: fc.integer({ min: 0, max: 3 }) },
      { requiredKeys: [] },
    );
    const container = fc.record(
      {
        name: fc.constantFrom('a', ''),
        image: fc.constantFrom('', 'a', 'a:1', 'a@b'),
        imagePullPolicy: fc.constantFrom('', 'Never'),
        ports: fc.array(fc.record({ containerPort: fc.integer({ min: 0, max: 3 }) }), { maxLength: 2 }),
        livenessProbe: probe.map((numbers) => ({ ...numbers, httpGet: { port: 1 } })),
        resources: fc.record({ limits: fc.constantFrom({}, { cpu: '1' }) }, { requiredKeys: [] }),
      },
      { requiredKeys: [] },
    );
    const spec = fc.record(
      {
        restartPolicy: fc.constantFrom('', 'Never'),
        hostNetwork: fc.boolean(),
        terminationGracePeriodSeconds: fc.integer({ min: -2, max: 2 }),
        containers: fc.array(container, { maxLength: 2 }),
        volumes: fc.array(fc.constantFrom({ name: 'v' }, { name: 'v', configMap: {} }, {}), { maxLength: 2 }),
      },
      { requiredKeys: [] },
    );
    fc.assert(
      fc.property(fc.record({ spec }, { requiredKeys: [] }), (pod) => {
        const once = defaultPod(pod);
        expect(defaultPod(once)).toEqual(once);
      }),
    );
  });
});
