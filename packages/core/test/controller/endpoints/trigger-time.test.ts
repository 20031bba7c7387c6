import { describe, expect, it } from 'vitest';
import { triggerTimeMs, withTriggerTime } from '../../../src/controller/endpoints/trigger-time.ts';
import { pod, service } from './scene.ts';

const annotation = 'endpoints.kubernetes.io/last-change-trigger-time';

const readySince = (i: number, second: number) =>
  pod(i, {
    status: {
      conditions: [{ type: 'Ready', status: 'True', lastTransitionTime: `2024-01-01T00:00:${second}Z` }],
    },
  });

const at = (second: number) => Date.parse(`2024-01-01T00:00:${second}Z`);

describe('the time of a change', () => {
  const some = [readySince(0, 10), readySince(1, 20), readySince(2, 30)];
  const web = service({}, { creationTimestamp: '2024-01-01T00:00:05Z' });
  const wanted = () => true;

  it('is that of the Service when nothing was published before', () => {
    expect(triggerTimeMs(web, some, undefined, wanted)).toBe(Date.parse('2024-01-01T00:00:05Z'));
  });

  it.each([
    { name: 'the earliest of what is new', published: { 'uid-web-0': true }, want: at(20) },
    {
      name: 'the earliest of what is different',
      published: { 'uid-web-0': true, 'uid-web-1': true, 'uid-web-2': false },
      want: at(30),
    },
    {
      name: 'unknown when no pod is different',
      published: { 'uid-web-0': true, 'uid-web-1': true, 'uid-web-2': true, gone: true },
      want: undefined,
    },
  ])('is $name', ({ published, want }) => {
    expect(triggerTimeMs(web, some, new Map(Object.entries(published)), wanted)).toBe(want);
  });

  it('is unknown for a pod that does not say since when it is what it is', () => {
    const silent = pod(0, { status: { conditions: [] } });
    expect(triggerTimeMs(web, [silent], new Map(), () => false)).toBeUndefined();
  });

  it('is written beside other annotations, and taken off when it is unknown', () => {
    const written = withTriggerTime({ a: 'b', [annotation]: 'old' }, at(10));
    expect(written).toEqual({ a: 'b', [annotation]: '2024-01-01T00:00:10Z' });
    expect(withTriggerTime(written, undefined)).toEqual({ a: 'b' });
    expect(withTriggerTime(undefined, undefined)).toEqual({});
  });
});
