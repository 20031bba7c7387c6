import { describe, expect, it } from 'vitest';
import { formatTime } from '../../../src/api/meta.ts';
import type { NodeObject } from '../../../src/api/objects.ts';
import { TaintPace } from '../../../src/controller/node-lifecycle/taint-pace.ts';

const noon = Date.UTC(2026, 0, 1, 12);
const at = (seconds: number) => ({ wallMs: noon + seconds * 1000, monotonicMs: 7_000_000 + seconds * 1000 });

function tainted(name: string, seconds: number): NodeObject {
  const timeAdded = formatTime(noon + seconds * 1000);
  const taint = { key: 'node.kubernetes.io/unreachable', effect: 'NoExecute', timeAdded } as const;
  return { apiVersion: 'v1', kind: 'Node', metadata: { name }, spec: { taints: [taint] } };
}

/** At one node in 10 s. */
const waitMs = (pace: TaintPace, seconds: number) => pace.waitMs('/', 0.1, at(seconds));

describe('the pace of a zone', () => {
  it('counts from the last of its taints', () => {
    const pace = new TaintPace();
    pace.learn([tainted('a', -300), tainted('b', -4), tainted('c', -60)], at(0));
    expect(waitMs(pace, 0)).toBe(6000);
  });

  it('counts from those that another controller puts on while this one has not the word', () => {
    const pace = new TaintPace();
    pace.tainted('/', at(0));
    pace.learn([tainted('a', 0)], at(5));
    expect(waitMs(pace, 15)).toBe(0);
    pace.learn([tainted('a', 0), tainted('b', 18)], at(20));
    expect(waitMs(pace, 20)).toBe(8000);
  });

  it('does not stand still for a time from the future', () => {
    const pace = new TaintPace();
    for (let seconds = 0; seconds < 10; seconds += 1) pace.learn([tainted('a', 600)], at(seconds));
    expect(waitMs(pace, 10)).toBe(0);
  });

  it('is not slowed down by the whole second that its own taint is stored in', () => {
    const pace = new TaintPace();
    pace.tainted('/', at(0.9));
    pace.learn([tainted('a', 0)], at(1));
    expect(waitMs(pace, 1)).toBe(9900);
  });
});
