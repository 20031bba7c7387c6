import { describe, expect, it } from 'vitest';
import type { StoredPod } from '../../src/api/pod.ts';
import type { ContainerConfig, ContainerInfo } from '../../src/contract/container-runtime.ts';
import type { NodeContext } from '../../src/kubelet/node-context.ts';
import { Successors } from '../../src/kubelet/successors.ts';
import { TestClock } from '../../src/testing/test-clock.ts';

const never = new AbortController().signal;

function instance(name: string, state: ContainerInfo['state'], attempt = 0): ContainerInfo {
  return {
    ...{ id: `${name}-${attempt}`, name, podUID: 'pod', containerName: name, attempt, labels: {} },
    ...{ image: 'web:1', imageRef: 'sha256:1', sandboxID: 'sandbox', state, createdAtMs: attempt },
  };
}

interface Scene {
  readonly changes?: Partial<StoredPod['metadata']>;
  readonly prepare?: (config: ContainerConfig) => Promise<void>;
  readonly hasSandbox?: boolean;
}

function scene({ changes = {}, prepare = async () => {}, hasSandbox = true }: Scene = {}) {
  const prepared: ContainerConfig[] = [];
  const warnings: unknown[] = [];
  const pod = {
    metadata: { uid: 'pod', name: 'web', namespace: 'default', ...changes },
    spec: {
      containers: [
        { name: 'web', image: 'web:1' },
        { name: 'once', image: 'web:1', restartPolicy: 'Never' },
      ],
      initContainers: [
        { name: 'init', image: 'web:1' },
        { name: 'sidecar', image: 'web:1', restartPolicy: 'Always' },
      ],
    },
  };
  const record = {
    ...{
      pod,
      imageRefs: new Map(),
      imageUsers: new Map(),
      alive: new Set(['web', 'once', 'init', 'sidecar']),
    },
    sandbox: hasSandbox ? { id: 'sandbox', ip: '10.0.0.1' } : undefined,
  };
  const node = {
    ...{ nodeName: 'node-a', hostIP: '10.0.0.9', allocatable: {}, objects: {}, clock: new TestClock() },
    records: new Map([['pod', record]]),
    settings: { startMsMax: 1000 },
    logger: { warn: (fields: object) => warnings.push(fields) },
    servicesSeenFrom: () => [],
    runtime: {
      capabilities: {},
      async prepareContainer(config: ContainerConfig) {
        prepared.push(config);
        await prepare(config);
      },
    },
  } as unknown as NodeContext;
  return { node, record, prepared, warnings, names: () => prepared.map(({ name }) => name) };
}

describe('the successors of running containers', () => {
  it('are prepared with the next number and the image of the one that runs', async () => {
    const { node, prepared } = scene();
    const crowd = [instance('web', 'running', 3), instance('web', 'exited', 2)];
    await new Successors(node, () => [crowd]).prepare(never);
    expect(prepared).toMatchObject([
      { name: 'k_web_pod_4', attempt: 4, imageRef: 'sha256:1', sandboxID: 'sandbox' },
    ]);
  });

  it('are prepared once for each instance', async () => {
    const { node, names } = scene();
    const crowd = [instance('web', 'running')];
    const successors = new Successors(node, () => [crowd]);
    await successors.prepare(never);
    await successors.prepare(never);
    crowd[0] = instance('web', 'running', 1);
    await successors.prepare(never);
    expect(names()).toEqual(['k_web_pod_1', 'k_web_pod_2']);
  });

  const none: readonly { name: string; crowd: ContainerInfo[]; scene?: Scene }[] = [
    { name: 'of what does not run', crowd: [instance('web', 'exited'), instance('web', 'created', 1)] },
    { name: 'of what is not restarted', crowd: [instance('once', 'running')] },
    { name: 'of init containers', crowd: [instance('init', 'running')] },
    { name: 'of what its pod does not know', crowd: [instance('stranger', 'running')] },
    {
      name: 'of a pod that goes',
      crowd: [instance('web', 'running')],
      scene: { changes: { deletionTimestamp: '2026-01-01T00:00:00Z' } },
    },
    { name: 'of a pod without a sandbox', crowd: [instance('web', 'running')], scene: { hasSandbox: false } },
  ];
  for (const { name, crowd, scene: changes = {} } of none) {
    it(`are not prepared ${name}`, async () => {
      const { node, prepared } = scene(changes);
      await new Successors(node, () => [crowd]).prepare(never);
      expect(prepared).toEqual([]);
    });
  }

  it('are prepared for sidecars, too', async () => {
    const { node, names } = scene();
    await new Successors(node, () => [[instance('sidecar', 'running')]]).prepare(never);
    expect(names()).toEqual(['k_sidecar_pod_1']);
  });

  it('cost one warning where they cannot be prepared, and the others are', async () => {
    const prepare = async ({ containerName }: ContainerConfig) => {
      if (containerName === 'web') throw new Error('disk full');
    };
    const { node, names, warnings } = scene({ prepare });
    const crowd = [instance('web', 'running'), instance('sidecar', 'running')];
    const successors = new Successors(node, () => [crowd]);
    await successors.prepare(never);
    await successors.prepare(never);
    expect(names()).toEqual(['k_web_pod_1', 'k_sidecar_pod_1']);
    expect(warnings).toEqual([{ podUID: 'pod', why: 'disk full' }]);
  });

  it('are nothing to a runtime that does not want to know', async () => {
    const { node } = scene();
    const { prepareContainer: _, ...runtime } = node.runtime;
    const asked = () => {
      throw new Error('nobody looks');
    };
    await new Successors({ ...node, runtime } as NodeContext, asked).prepare(never);
  });
});
