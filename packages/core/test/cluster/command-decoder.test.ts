import { describe, expect, test } from 'vitest';
import { formatFieldError } from '../../src/api/field-error.ts';
import { createCommandDecoder } from '../../src/cluster/command-decoder.ts';

const decode = createCommandDecoder((podUID, container) =>
  podUID === 'u1' && container === 'web' ? 7000 : 1,
);

describe('commands', () => {
  test.each([
    ['pod/u1/container/web', { type: 'container.retry' }, { type: 'container.retry' }],
    ['pod/u1/container/web', { type: 'probe.run-now', extra: 1 }, { type: 'probe.run-now' }],
    ['pod/u1/container/web/probe/liveness', { type: 'probe.run-now' }, { type: 'probe.run-now' }],
    ['controller/replicaset/default/web', { type: 'controller.reconcile' }, { type: 'object.changed' }],
  ])('at %s: %o', (address, raw, value) => {
    expect(decode(address, raw)).toEqual({ ok: true, value });
  });

  test('a restart is an order to stop with the grace period of the container', () => {
    expect(decode('pod/u1/container/web', { type: 'container.restart' })).toMatchObject({
      ok: true,
      value: {
        type: 'container.stop',
        order: { gracePeriodMs: 7000, restart: true, podTerminating: false, discard: false },
      },
    });
  });

  test.each([
    [
      'pod/u1/container/web',
      { type: 'container.stop' },
      /Unsupported value: "container.stop".*"container.restart"/,
    ],
    [
      'pod/u1/container/web/probe/liveness',
      { type: 'container.restart' },
      /supported values: "probe.run-now"/,
    ],
    [
      'pod/u1',
      { type: 'pod.kill' },
      /"pod.kill": a pod takes no commands itself; send container.restart, .* to pod\/u1\/container\/<name>$/,
    ],
    [
      'node/a',
      { type: 'probe.run-now' },
      /"probe.run-now": this actor takes no commands itself; send .* to pod\/<uid>\/container\/<name>$/,
    ],
    ['pod/u1/container/web', {}, /event.type: Required value/],
    ['pod/u1/container/web', null, /event.type: Required value/],
    ['pod/u1/container/web', { type: 7 }, /event.type: Required value/],
    ['pod/u1/container/web', { type: '__proto__' }, /Unsupported value/],
  ])('at %s: %o is refused', (address, raw, words) => {
    const decoded = decode(address, raw);
    expect(decoded.ok ? [] : decoded.errors.map(formatFieldError)).toEqual([expect.stringMatching(words)]);
  });
});
