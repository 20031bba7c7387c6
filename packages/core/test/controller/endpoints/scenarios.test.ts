import { describe, expect, it } from 'vitest';
import { endpointSliceController } from '../../../src/controller/endpoints/endpoint-slice-controller.ts';
import { endpointsController } from '../../../src/controller/endpoints/endpoints-controller.ts';
import { ControllerRig } from '../controller-rig.ts';
import { createAll, pod, podNames, pods, service, sizes, writeStatus } from './scene.ts';

async function started(): Promise<ControllerRig> {
  return await new ControllerRig().start(endpointsController(), endpointSliceController());
}

const versions = async (rig: ControllerRig) =>
  new Map((await rig.list('EndpointSlice')).map(({ metadata }) => [metadata.name, metadata.resourceVersion]));

describe('Services and their pods', () => {
  it('endpoints carry traffic from Ready on, whatever minReadySeconds says', async () => {
    await using rig = await started();
    await rig.create(service());
    await rig.create(pod(0, { isReady: false }));
    const conditions = async () => (await rig.list('EndpointSlice'))[0]?.endpoints[0]?.conditions;
    expect(await conditions()).toEqual({ ready: false, serving: false, terminating: false });
    await writeStatus(rig, 0, { isReady: true });
    expect(await conditions()).toEqual({ ready: true, serving: true, terminating: false });
  });

  it('237 ready pods make slices of 100, 100 and 37; one slice is written for one pod less or more', async () => {
    await using rig = new ControllerRig();
    for (const one of pods(237)) await rig.objects.create(one);
    await rig.objects.create(service());
    await rig.start(endpointSliceController());
    const before = await rig.list('EndpointSlice');
    expect(sizes(before)).toEqual([100, 100, 37]);

    const full = before.find(({ endpoints }) => endpoints.length === 100);
    const victim = full?.endpoints[0]?.targetRef?.name ?? '';
    const versionsBefore = await versions(rig);
    await rig.objects.delete('Pod', 'default', victim, { gracePeriodSeconds: 0 });
    await rig.settle();
    expect(sizes(await rig.list('EndpointSlice'))).toEqual([100, 99, 37]);
    const written = [...(await versions(rig))].filter(
      ([name, version]) => versionsBefore.get(name) !== version,
    );
    expect(written.map(([name]) => name)).toEqual([full?.metadata.name]);

    await rig.create(pod(237));
    const after = await rig.list('EndpointSlice');
    expect(sizes(after)).toEqual([100, 100, 37]);
    const host = after.find(({ endpoints }) => podNames(endpoints).includes('web-237'));
    expect(host?.metadata.name).toBe(full?.metadata.name);
  });

  it('a terminating pod that is still Ready serves but is not ready, and leaves Endpoints at once', async () => {
    await using rig = await started();
    await rig.create(service());
    await createAll(rig, pods(2));
    expect((await rig.list('Endpoints'))[0]?.subsets?.[0]?.addresses?.length).toBe(2);
    await rig.objects.delete('Pod', 'default', 'web-0', { gracePeriodSeconds: 30 });
    await rig.settle();
    const [slice] = await rig.list('EndpointSlice');
    const endpoint = slice?.endpoints.find(({ targetRef }) => targetRef?.name === 'web-0');
    expect(endpoint?.conditions).toEqual({ ready: false, serving: true, terminating: true });
    const [endpoints] = await rig.list('Endpoints');
    expect(endpoints?.subsets?.[0]?.addresses?.map(({ targetRef }) => targetRef?.name)).toEqual(['web-1']);
    expect(endpoints?.subsets?.[0]?.notReadyAddresses).toBeUndefined();
  });

  it('a named port with two numbers makes two groups of slices', async () => {
    await using rig = await started();
    await rig.create(service({ ports: [{ name: 'http', port: 80, targetPort: 'http' }] }));
    const containers = (containerPort: number) => [{ ports: [{ name: 'http', containerPort }] }];
    await createAll(rig, [
      pod(0, { containers: containers(8080) }),
      pod(1, { containers: containers(9090) }),
      pod(2, { containers: containers(8080) }),
    ]);
    const slices = await rig.list('EndpointSlice');
    const groups = slices.map(({ ports, endpoints }) => [ports, podNames(endpoints)]);
    expect(groups).toHaveLength(2);
    expect(groups).toContainEqual([[{ name: 'http', port: 8080, protocol: 'TCP' }], ['web-0', 'web-2']]);
    expect(groups).toContainEqual([[{ name: 'http', port: 9090, protocol: 'TCP' }], ['web-1']]);
    expect((await rig.list('Endpoints'))[0]?.subsets).toHaveLength(2);
  });
});
