import { expect, it } from 'vitest';
import { vantageAddress } from '../../src/bus/actor-address.ts';
import { sealEnvelope } from '../../src/bus/envelope.ts';
import { createInProcessBus } from '../../src/bus/in-process-bus.ts';
import type { ProbeQuestion } from '../../src/bus/probe-question.ts';
import { inboxSubject } from '../../src/bus/subjects.ts';
import { silentLogger } from '../../src/contract/logger.ts';
import { systemRandom } from '../../src/engine/system-clock.ts';
import { createNodePolicy } from '../../src/gateway/node-policy.ts';
import { NodeViews } from '../../src/gateway/node-views.ts';
import { ProbeDesk } from '../../src/gateway/probe-desk.ts';
import { createMemoryStore } from '../../src/store/memory-store.ts';
import { TestClock } from '../../src/testing/test-clock.ts';
import { probedPod, question } from './probed-pod.ts';

const cluster = 'c';
const pod = probedPod('web', 'n1');
const { status: _, ...young } = pod;

/** A desk, and a node n2 that takes questions and answers none of them. */
async function scene() {
  const clock = new TestClock();
  const bus = createInProcessBus({ clock });
  const store = createMemoryStore();
  const { signal } = new AbortController();
  const common = { bus, cluster, clock, random: systemRandom, signal };
  const limits = { historyMax: 100, pendingMax: 100 };
  const views = new NodeViews({ ...common, store, policy: createNodePolicy(), limits, logger: silentLogger });
  void views.run();
  const subject = inboxSubject(cluster, vantageAddress('n2'));
  const heard: unknown[] = [];
  const inbox = bus.subscribe(subject, { pendingMax: 1000, signal });
  void (async () => {
    for await (const { data } of inbox) heard.push((data as { readonly data: unknown }).data);
  })();
  const desk = new ProbeDesk({ ...common, views });
  const ask = (asked: ProbeQuestion, node = 'n1') => {
    const envelope = sealEnvelope(common, { from: 'node/n1', type: 'question', data: { question: asked } });
    return desk.answer(node, { subject, data: envelope });
  };
  await clock.advanceBy(0);
  return { clock, store, heard, ask };
}

it('waits for a pod that is not yet as the node says, and not for long', async () => {
  const { clock, store, heard, ask } = await scene();
  const first = await store.create('pods/default/web', young);
  const [asked, refused] = [ask(question), ask({ ...question, podIP: '10.0.0.9' })];
  await clock.advanceBy(900);
  expect(heard).toEqual([]);
  await store.update('pods/default/web', pod, first);
  await clock.advanceBy(50);
  expect(heard).toHaveLength(1);
  await clock.advanceBy(2000);
  expect(await refused).toMatchObject({ error: { code: 'FORBIDDEN' } });
  expect(await asked).toMatchObject({ error: { code: 'DEADLINE_EXCEEDED' } });
});

it('says itself who asks', async () => {
  const { clock, store, heard, ask } = await scene();
  await store.create('pods/default/web', pod);
  void ask({ ...question, node: 'n9' });
  const stranger = ask(question, 'n3');
  await clock.advanceBy(2500);
  expect(heard).toMatchObject([{ question: { node: 'n1' }, job: { node: 'n1' } }]);
  expect(await stranger).toMatchObject({ error: { code: 'FORBIDDEN' } });
});

it('passes on so many of one node at a time', async () => {
  const { clock, store, heard, ask } = await scene();
  await store.create('pods/default/web', pod);
  const asked = Array.from({ length: 65 }, () => ask(question));
  await clock.advanceBy(50);
  expect(heard).toHaveLength(64);
  expect(await asked[64]).toMatchObject({ error: { code: 'TRANSPORT_UNAVAILABLE' } });
  await clock.advanceBy(5000);
  void ask(question);
  await clock.advanceBy(50);
  expect(heard).toHaveLength(65);
});
