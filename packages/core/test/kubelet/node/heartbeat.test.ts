import { describe, expect, it } from 'vitest';
import { heldBy } from '../../../src/kubelet/node/node-name.ts';
import { NodeRig } from './node-rig.ts';

const gaps = (times: readonly number[]) => times.slice(1).map((at, i) => at - (times[i] ?? 0));

describe('the registration of a node', () => {
  it('is done when the agent has started', async () => {
    await using rig = await new NodeRig().start();
    expect(await rig.ready()).toBe('True KubeletReady: kubelet is posting ready status');
    expect((await rig.node())?.status?.nodeInfo?.['containerRuntimeVersion']).toBe('fake://1.0');
    const node = await rig.node();
    expect((await rig.lease())?.metadata.ownerReferences?.[0]?.uid).toBe(node?.metadata.uid);
    expect(rig.tries.map(({ kind }) => kind)).toEqual(['Node', 'Lease']);
  });

  it('says what is wrong when the runtime does not answer, and is corrected as soon as it does', async () => {
    await using rig = new NodeRig();
    const started = rig.agent.start(new AbortController().signal);
    rig.failToAnswer('connection refused');
    await rig.clock.advanceBy(0);
    expect(await rig.ready()).toBe('False KubeletNotReady: container runtime is down: connection refused');
    expect((await rig.node())?.spec?.taints?.map(({ key }) => key)).toEqual(['node.kubernetes.io/not-ready']);
    rig.answer();
    await rig.clock.advanceBy(0);
    await started;
    expect(await rig.ready()).toBe('True KubeletReady: kubelet is posting ready status');
    expect(rig.events).toEqual([
      'Normal Starting: Starting kubelet.',
      'Normal NodeReady: Node node-a status is now: NodeReady',
    ]);
    expect(rig.facts).toEqual(['node/node-a ready-changed {"node":"node-a","ready":true}']);
  });

  it('is tried again after 100 ms, 200 ms, 400 ms... up to 7 s', async () => {
    await using rig = new NodeRig();
    rig.broken.add('Node');
    const started = rig.agent.start(new AbortController().signal);
    rig.answer();
    await rig.clock.advanceBy(30_000);
    rig.broken.delete('Node');
    await rig.clock.advanceBy(7000);
    await started;
    // 0.1 + 0.2 + 0.4 + 0.8 + 1.6 + 3.2 + 6.4 s, then every 7 s.
    expect(rig.triesOf('Node')).toEqual([12_700 + 3 * 7000]);
    expect(rig.triesOf('Lease')).toEqual([12_700 + 3 * 7000]);
  });

  it('fails as soon as another agent has taken the name of the node meanwhile', async () => {
    await using rig = new NodeRig();
    const refusal = rig.agent.start(new AbortController().signal).catch((error: unknown) => error);
    await rig.clock.advanceBy(41_000);
    // The runtime has not said a word so far, so nothing was renewed, and somebody else has the lease by now.
    for (const renewTime of ['2026-01-01T00:00:41.000000Z', '2026-01-01T00:00:43.000000Z']) {
      const lease = await rig.lease();
      if (lease === undefined) throw new Error('the agent has taken its name');
      const other = heldBy(lease, { holder: { instance: 'other', host: 'host-b' }, since: renewTime });
      await rig.objects.update({ ...other, spec: { ...other.spec, renewTime } });
      if (rig.tries.length === 0) rig.failToAnswer('connection refused');
      await rig.clock.advanceBy(2000);
    }
    await rig.clock.advanceBy(10_000);
    expect(await refusal).toMatchObject({ code: 'NODE_NAME_TAKEN' });
    expect(rig.agent.hasLostName).toBe(true);
    expect(await rig.node()).toBeUndefined();
  });

  it('takes over what an earlier agent has left', async () => {
    await using rig = await new NodeRig().start();
    await rig.objects.patchWith('Node', undefined, 'node-a', (node) => ({
      ...node,
      metadata: { ...node.metadata, labels: { ...node.metadata.labels, zone: 'z1' } },
      spec: { unschedulable: true, taints: [{ key: 'theirs', effect: 'NoSchedule' }] },
    }));
    const before = await rig.node();
    await rig.clock.advanceBy(60_000);
    await rig.startAnew();
    const after = await rig.node();
    expect(after?.metadata.uid).toBe(before?.metadata.uid);
    expect(after?.metadata.labels).toMatchObject({ zone: 'z1', tier: 'front' });
    expect(after?.spec).toEqual({ unschedulable: true, taints: [{ key: 'theirs', effect: 'NoSchedule' }] });
    expect(after?.status?.conditions?.at(-1)?.lastHeartbeatTime).toBe('2026-01-01T00:01:00Z');
  });
});

describe('the start of an agent', () => {
  it('is told as an event, and so is that of its machine', async () => {
    await using rig = await new NodeRig().start();
    expect(rig.events).toEqual(['Normal Starting: Starting kubelet.']);
    await rig.startAnew();
    expect(rig.events.slice(1)).toEqual(['Normal Starting: Starting kubelet.']);
    await rig.startAnew({ bootID: 'boot-2' });
    await rig.clock.advanceBy(600_000);
    expect(rig.events.slice(2)).toEqual([
      'Warning Rebooted: Node node-a has been rebooted, boot id: boot-2',
      'Normal Starting: Starting kubelet.',
    ]);
    await rig.startAnew({ bootID: '' });
    expect(rig.events.slice(4)).toEqual(['Normal Starting: Starting kubelet.']);
  });
});

describe('the lease of a node', () => {
  it('is renewed every 10 s and up to 4 % more', async () => {
    await using rig = await new NodeRig().start();
    await rig.clock.advanceBy(600_000);
    const found = gaps(rig.triesOf('Lease'));
    expect(found.length).toBeGreaterThanOrEqual(57);
    expect(Math.min(...found)).toBeGreaterThanOrEqual(10_000);
    expect(Math.max(...found)).toBeLessThanOrEqual(10_400);
    expect(new Set(found).size).toBeGreaterThan(30);
  });

  it('is tried five times at once, then asked for after 200 ms, 400 ms... up to 7 s', async () => {
    await using rig = await new NodeRig().start();
    rig.broken.add('Lease');
    await rig.clock.advanceBy(10_400);
    const tries = rig.triesOf('Lease').slice(1);
    expect(tries).toHaveLength(5);
    expect(new Set(tries).size).toBe(1);
    await rig.clock.advanceBy(30_000);
    rig.broken.delete('Lease');
    await rig.clock.advanceBy(7000);
    const back = rig.triesOf('Lease')[6] ?? 0;
    // 0.2 + 0.4 + 0.8 + 1.6 + 3.2 + 6.4 s, then every 7 s.
    expect([12_600 + 3 * 7000, 12_600 + 4 * 7000]).toContain(back - (tries[0] ?? 0));
    expect(rig.warnings).toContain('sign of life not written, trying again');
  });

  it('is renewed although somebody else has written it', async () => {
    await using rig = await new NodeRig().start();
    await rig.objects.patchWith('Lease', 'kube-node-lease', 'node-a', (lease) => ({
      ...lease,
      metadata: { ...lease.metadata, labels: { theirs: 'x' } },
    }));
    await rig.clock.advanceBy(10_400);
    expect(await rig.lease()).toMatchObject({ metadata: { labels: { theirs: 'x' } } });
    expect((await rig.lease())?.spec?.renewTime).not.toContain('T00:00:00');
    expect(rig.warnings).toEqual([]);
  });

  it('comes back when somebody deletes it', async () => {
    await using rig = await new NodeRig().start();
    await rig.objects.delete('Lease', 'kube-node-lease', 'node-a');
    await rig.clock.advanceBy(10_400);
    expect((await rig.lease())?.spec?.holderIdentity).toBe('node-a');
  });

  it('belongs to nobody once its node was deleted, so that it does not go again and again', async () => {
    await using rig = await new NodeRig().start();
    await rig.objects.delete('Node', undefined, 'node-a');
    await rig.objects.delete('Lease', 'kube-node-lease', 'node-a');
    await rig.clock.advanceBy(21_000);
    expect((await rig.lease())?.spec?.holderIdentity).toBe('node-a');
    expect((await rig.lease())?.metadata.ownerReferences).toBeUndefined();
  });

  it('is not renewed any more by an agent that was detached', async () => {
    await using rig = await new NodeRig().start();
    await rig.agent.detach();
    await rig.clock.advanceBy(60_000);
    // The last is that the name of the node is free.
    expect(rig.triesOf('Lease')).toEqual([0, 0]);
    expect((await rig.lease())?.metadata.annotations).toEqual({});
    expect(rig.clock.pending).toBe(0);
    expect(rig.directory.list('node')).toEqual([]);
  });
});

describe('the status of a node', () => {
  it('is written every five minutes while nothing changes, after a change at any time up to half of that off', async () => {
    await using rig = await new NodeRig().start();
    await rig.clock.advanceBy(3_600_000);
    const [first = 0, ...later] = gaps(rig.triesOf('Node'));
    expect(first).toBeGreaterThanOrEqual(150_000);
    expect(first).toBeLessThanOrEqual(450_000 + 10_400);
    for (const gap of later) {
      expect(gap).toBeGreaterThanOrEqual(300_000);
      expect(gap).toBeLessThanOrEqual(310_400);
    }
  });

  it('is corrected within 10 s when somebody else has changed it', async () => {
    await using rig = await new NodeRig().start();
    await rig.objects.patchWith(
      'Node',
      undefined,
      'node-a',
      (node) => ({ ...node, status: { ...node.status, conditions: [{ type: 'Ready', status: 'Unknown' }] } }),
      { subresource: 'status' },
    );
    await rig.clock.advanceBy(10_400);
    expect(await rig.ready()).toBe('True KubeletReady: kubelet is posting ready status');
    expect(rig.triesOf('Node')).toHaveLength(2);
  });

  it('bears with a runtime that is silent for less than 30 s', async () => {
    await using rig = await new NodeRig().start();
    await rig.clock.advanceBy(60_000);
    rig.answer();
    rig.failToAnswer('hung');
    await rig.clock.advanceBy(29_000);
    expect(await rig.ready()).toContain('True');
    await rig.clock.advanceBy(11_500);
    expect(await rig.ready()).toBe('False KubeletNotReady: container runtime is down: hung');
    rig.answer();
    await rig.clock.advanceBy(0);
    expect(await rig.ready()).toContain('True');
    expect(rig.events.slice(1)).toEqual([
      'Normal NodeNotReady: Node node-a status is now: NodeNotReady',
      'Normal NodeReady: Node node-a status is now: NodeReady',
    ]);
  });

  it('says that the node is shutting down while its pods are stopped, and after that', async () => {
    await using rig = await new NodeRig().start();
    await rig.agent.stop();
    expect(await rig.ready()).toBe('False KubeletNotReady: node is shutting down');
    expect(rig.events).toContain('Normal NodeNotReady: Node node-a status is now: NodeNotReady');
    await rig.startAnew();
    expect(await rig.ready()).toBe('True KubeletReady: kubelet is posting ready status');
  });

  it('says nothing of an agent that is detached: its pods run on', async () => {
    await using rig = await new NodeRig().start();
    await rig.agent.detach();
    expect(await rig.ready()).toBe('True KubeletReady: kubelet is posting ready status');
  });

  it('keeps no shutdown waiting when it cannot be written', async () => {
    await using rig = await new NodeRig().start();
    rig.broken.add('Node');
    await rig.agent.stop();
    expect(rig.warnings).toContain(
      'shutdown of the node not reported: it counts as ready until its lease has run out',
    );
  });

  it('keeps no lease waiting when it cannot be written', async () => {
    await using rig = await new NodeRig().start();
    rig.broken.add('Node');
    rig.failToAnswer('hung');
    await rig.clock.advanceBy(120_000);
    expect(rig.triesOf('Lease').length).toBeGreaterThanOrEqual(11);
    rig.broken.delete('Node');
    await rig.clock.advanceBy(10_400);
    expect(await rig.ready()).toContain('False');
  });

  it('does not bring back an object that was deleted; the next agent does', async () => {
    await using rig = await new NodeRig().start();
    await rig.objects.delete('Node', undefined, 'node-a');
    await rig.clock.advanceBy(600_000);
    expect(await rig.node()).toBeUndefined();
    expect(rig.warnings.filter((words) => words.includes('deleted'))).toHaveLength(1);
    await rig.startAnew();
    expect(await rig.ready()).toContain('True');
  });
});
