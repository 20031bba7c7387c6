import { describe, expect, it } from 'vitest';
import type { NodeObject } from '../../../src/api/objects.ts';
import type { StoredPod } from '../../../src/api/pod.ts';
import type { InformerHandler } from '../../../src/contract/informer.ts';
import { defineProber, type Prober, type ProbeTarget } from '../../../src/contract/prober.ts';
import { type Asked, QuestionAnswerer } from '../../../src/kubelet/vantage/answer-question.ts';
import { TestClock } from '../../../src/testing/test-clock.ts';
import { question } from '../../bus/probe-questions.ts';

const podOf = (podIP: string | undefined, handler = 'ping') =>
  ({
    metadata: {
      name: 'web',
      namespace: 'default',
      uid: 'u1',
      annotations: { 'mooring.dev/probe-from': 'node-b' },
    },
    spec: {
      nodeName: 'node-a',
      containers: [
        {
          name: 'main',
          ports: [{ name: 'http', containerPort: 8080 }],
          readinessProbe: { [handler]: { port: 'http' } },
        },
      ],
    },
    status: { podIP },
  }) as unknown as StoredPod;

const nodeOf = (bootID: string, address: string) =>
  ({
    status: { nodeInfo: { bootID }, addresses: [{ type: 'InternalIP', address }] },
  }) as unknown as NodeObject;

function scene(nodes: Readonly<Record<string, NodeObject>> = {}) {
  const clock = new TestClock();
  const targets: ProbeTarget[] = [];
  let pod: StoredPod | undefined;
  const handlers = new Set<InformerHandler<StoredPod>>();
  const parse = () => ({ ok: true as const, value: {} });
  const probe = async (_: object, target: ProbeTarget) => {
    targets.push(target);
    return {
      outcome: 'failure' as const,
      message: `no way to ${target.podIP}:${target.resolvePort('http')}`,
    };
  };
  const probers: readonly Prober[] = [
    defineProber({ handler: 'ping', network: true, parse, probe }),
    defineProber({ handler: 'local', parse, probe }),
  ];
  const answerer = new QuestionAnswerer({
    nodeName: 'node-b',
    clock,
    probers: new Map(probers.map((prober) => [prober.handler, prober])),
    pods: {
      get: () => pod,
      subscribeTo(_, value, handler) {
        expect(value).toBe('node-a');
        handlers.add(handler);
        return () => handlers.delete(handler);
      },
    },
    nodes: { get: (_, name) => nodes[name] },
  });
  return {
    clock,
    targets,
    handlers,
    /** The pod as it is seen from now on. */
    show(next: StoredPod) {
      pod = next;
      for (const handler of handlers) handler.onUpsert?.(next, undefined);
    },
    async ask(asked: Asked = { question }) {
      const answer = answerer.answer(asked, new AbortController().signal);
      await clock.advanceBy(2000);
      return await answer;
    },
  };
}

describe('a question', () => {
  it('is answered with what the prober saw, at the address of the pod', async () => {
    const { show, ask, targets } = scene();
    show(podOf('10.0.0.1'));
    expect(await ask()).toEqual({ kind: 'failure', message: 'no way to 10.0.0.1:8080' });
    await expect(
      targets[0]?.exec(['true'], { outputBytesMax: 1 }, new AbortController().signal),
    ).rejects.toThrow('no command runs in a container of another node');
  });

  it('waits for the address of the pod', async () => {
    const { clock, show, ask, handlers } = scene();
    show(podOf(undefined));
    clock.setTimeout(() => show(podOf('10.0.0.1')), 500);
    expect((await ask()).kind).toBe('failure');
    expect(handlers.size).toBe(0);
  });

  it('is refused when the pod is never seen as it is said to be', async () => {
    const { ask, handlers } = scene();
    expect(await ask()).toEqual({ kind: 'error', message: 'pod default/web with UID u1 is not known' });
    expect(handlers.size).toBe(0);
  });

  it.each([
    ['local', 'the handler "local" works at the container only'],
    ['unheard-of', 'no prober for handler "unheard-of" is loaded'],
  ])('is refused for the handler %s', async (handler, message) => {
    const { show, ask } = scene();
    show(podOf('10.0.0.1', handler));
    expect(await ask()).toEqual({ kind: 'error', message });
  });

  it.each([
    ['the same machine', 'boot-1', '192.168.0.1', 'failure'],
    ['another machine', 'boot-2', '192.168.0.1', 'error'],
    ['another network of the same machine', 'boot-1', '192.168.0.2', 'error'],
    ['a machine that is not known', '', '192.168.0.1', 'error'],
  ])('for a loopback address is answered on %s: %s %s, %s', async (_, bootID, address, kind) => {
    const { show, ask } = scene({
      'node-a': nodeOf(bootID, address),
      'node-b': nodeOf('boot-1', '192.168.0.1'),
    });
    show(podOf('127.0.0.9'));
    expect((await ask({ question: { ...question, podIP: '127.0.0.9' } })).kind).toBe(kind);
  });

  it('that came through a gateway leads to no loopback address, and to none of a cloud', async () => {
    const { ask, targets } = scene({ 'node-a': nodeOf('b', 'x'), 'node-b': nodeOf('b', 'x') });
    const job = { ...question, handler: 'ping', settings: {}, ports: [], timeoutMs: 1000 };
    for (const podIP of ['127.0.0.1', '169.254.169.254'])
      expect((await ask({ job: { ...job, podIP } })).kind).toBe('error');
    expect(targets).toEqual([]);
  });
});
