import { describe, expect, it } from 'vitest';
import type { Endpoints } from '../../../src/api/network.ts';
import { MooringError } from '../../../src/contract/error.ts';
import { endpointsController } from '../../../src/controller/endpoints/endpoints-controller.ts';
import { ControllerRig, type ControllerRigOptions } from '../controller-rig.ts';
import { createAll, pod, pods, service, writeStatus } from './scene.ts';

async function started(options: ControllerRigOptions = {}): Promise<ControllerRig> {
  return await new ControllerRig(options).start(endpointsController());
}

/** Names of ready pods, then of the others. */
async function listed(rig: ControllerRig): Promise<readonly (readonly (string | undefined)[])[]> {
  const [endpoints] = await rig.list('Endpoints');
  const names = (key: 'addresses' | 'notReadyAddresses') =>
    endpoints?.subsets?.flatMap((subset) => subset[key] ?? []).map(({ targetRef }) => targetRef?.name) ?? [];
  return [names('addresses'), names('notReadyAddresses')];
}

const manual: Endpoints = {
  apiVersion: 'v1',
  kind: 'Endpoints',
  metadata: { name: 'web', namespace: 'default' },
  subsets: [{ addresses: [{ ip: '192.0.2.1' }], ports: [{ port: 80 }] }],
};

describe('the Endpoints controller', () => {
  it('keeps one object for each Service, with ready pods apart from others', async () => {
    await using rig = await started();
    await rig.create(service());
    await createAll(rig, [pod(0), pod(1, { isReady: false })]);
    expect(await listed(rig)).toEqual([['web-0'], ['web-1']]);
    await writeStatus(rig, 1, { isReady: true });
    expect(await listed(rig)).toEqual([['web-0', 'web-1'], []]);
    expect(rig.facts.at(-1)).toEqual({
      address: 'controller/endpoints/default/web',
      type: 'endpoints.changed',
      data: { change: 'update', addresses: 2, notReadyAddresses: 0 },
    });
  });

  it('deletes the object with the Service', async () => {
    await using rig = await started();
    await rig.create(service());
    await rig.objects.delete('Service', 'default', 'web');
    await rig.clock.advanceBy(2000);
    expect(await rig.list('Endpoints')).toEqual([]);
    expect(rig.hosts[0]?.actors).toBe(0);
  });

  it('deletes what is left of a Service that went while it did not run', async () => {
    await using rig = new ControllerRig();
    const labels = { 'endpoints.kubernetes.io/managed-by': 'endpoint-controller' };
    await rig.create({ ...manual, metadata: { ...manual.metadata, labels } });
    await rig.start(endpointsController());
    await rig.clock.advanceBy(1000);
    expect(await rig.list('Endpoints')).toEqual([]);
  });

  it('leaves Endpoints alone that somebody writes for a Service without selector, or before there is one', async () => {
    await using rig = await started();
    const { metadata } = await rig.create(manual);
    await rig.clock.advanceBy(5000);
    const { selector: _, ...spec } = service().spec;
    await rig.create({ ...service(), spec });
    await rig.create(pod(0));
    await rig.clock.advanceBy(5000);
    const left = await rig.list('Endpoints');
    expect(left.map((one) => one.metadata.resourceVersion)).toEqual([metadata.resourceVersion]);
  });

  it('makes the object again that somebody deleted, and puts right what somebody wrote, a second later', async () => {
    await using rig = await started();
    await rig.create(service());
    await createAll(rig, pods(2));
    await rig.clock.advanceBy(2000);
    await rig.objects.delete('Endpoints', 'default', 'web');
    await rig.clock.advanceBy(1000);
    expect(await listed(rig)).toEqual([['web-0', 'web-1'], []]);
    await rig.clock.advanceBy(2000);
    await rig.objects.update(manual);
    await rig.clock.advanceBy(1000);
    expect(await listed(rig)).toEqual([['web-0', 'web-1'], []]);
  });

  it('tells a failed write at the Service and tries again after 5 ms', async () => {
    let failures = 1;
    await using rig = await started({
      objects: (store) => ({
        ...store,
        create: async (object, options) => {
          if (failures-- > 0) throw new MooringError('VALUE_TOO_LARGE', 'no room');
          return await store.create(object, options);
        },
      }),
    });
    await rig.create(service());
    expect(rig.events).toEqual([
      {
        component: 'endpoint-controller',
        about: 'Service/web',
        type: 'Warning',
        reason: 'FailedToUpdateEndpoint',
        message: 'Failed to update endpoint default/web: no room',
      },
    ]);
    await rig.clock.advanceBy(5);
    expect(await rig.list('Endpoints')).toHaveLength(1);
  });
});
