import { describe, expect, it } from 'vitest';
import { BackendChooser, type Choice } from '../../../src/kubelet/proxy/choose-backend.ts';
import type { Backend } from '../../../src/kubelet/proxy/usable-endpoints.ts';
import { SeededRandom } from '../../../src/testing/seeded-random.ts';

const backends = ['a', 'b', 'c'].map((host): Backend => ({ host, port: 80, podUID: host }));
const [a, b] = backends as [Backend, Backend];

function chooser(seed = 'chooser') {
  const own = new BackendChooser(new SeededRandom(seed));
  const isLeaving = () => false;
  const base: Choice = {
    backends,
    tried: [],
    isLeaving,
    client: '127.0.0.1',
    affinityMs: undefined,
    nowMs: 0,
  };
  return {
    own,
    choose: (fields: Partial<Choice> = {}) => own.choose({ ...base, ...fields })?.host,
    connected: (backend: Backend, fields: Partial<Choice> = {}) =>
      own.connected(backend, { ...base, ...fields }),
  };
}

describe('choosing an endpoint', () => {
  it('gives each its turn, and not all proxies the same first', () => {
    const { choose } = chooser();
    const chosen = Array.from({ length: 9 }, () => choose());
    for (const { host } of backends) expect(chosen.filter((one) => one === host)).toHaveLength(3);
    const first = Array.from({ length: 30 }, (_, i) => chooser(String(i)).choose());
    expect(new Set(first).size).toBe(3);
  });

  it('passes those that were tried, until none is left', () => {
    const { choose } = chooser();
    expect(choose({ tried: [a, b] })).toBe('c');
    expect(choose({ tried: backends })).toBeUndefined();
    expect(choose({ backends: [] })).toBeUndefined();
  });

  it('takes one that is on its way out only when it is the last, whoever had it before', () => {
    const { choose, own, connected } = chooser();
    const isLeaving = (backend: Backend) => backend === a;
    expect(Array.from({ length: 6 }, () => choose({ isLeaving }))).not.toContain('a');
    const client = { client: '10.0.0.9', affinityMs: 10_000 };
    connected(a, client);
    expect(choose({ isLeaving, ...client })).not.toBe('a');
    for (const { host, port, podUID } of backends.slice(1)) own.failed({ host, port, podUID }, 0);
    expect(choose({ isLeaving })).not.toBe('a');
    expect(choose({ isLeaving, tried: backends.slice(1) })).toBe('a');
  });

  it('leaves one that did not answer for five seconds, unless there is no other', () => {
    const { own, choose } = chooser();
    own.failed(a, 1000);
    const chosen = Array.from({ length: 6 }, () => choose({ nowMs: 5999 }));
    expect(chosen).not.toContain('a');
    expect(choose({ backends: [a], nowMs: 1000 })).toBe('a');
    expect(Array.from({ length: 3 }, () => choose({ nowMs: 6000 }))).toContain('a');
  });

  it('brings a client back where it was, for as long as it may be and that is usable', () => {
    const { choose, connected } = chooser();
    const own = { client: '10.0.0.9', affinityMs: 10_000 };
    connected(b, { ...own, nowMs: 1000 });
    for (let i = 0; i < 4; i += 1) expect(choose({ ...own, nowMs: 10_999 })).toBe('b');
    expect(choose({ ...own, nowMs: 10_999, backends: [a] })).toBe('a');
    expect(choose({ ...own, nowMs: 10_999, tried: [b] })).not.toBe('b');
    const later = Array.from({ length: 3 }, () => choose({ ...own, nowMs: 11_000 }));
    expect(new Set(later).size).toBe(3);
    const others = Array.from({ length: 3 }, () => choose({ ...own, client: '10.0.0.8', nowMs: 2000 }));
    expect(new Set(others).size).toBe(3);
  });
});
