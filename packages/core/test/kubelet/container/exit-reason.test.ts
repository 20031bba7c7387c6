import { describe, expect, it } from 'vitest';
import { exitReason, terminatedState } from '../../../src/kubelet/container/exit-reason.ts';
import { definitionChanged, specHash } from '../../../src/kubelet/container/spec-hash.ts';
import { container, exited, instance } from '../pod/pod-rig.ts';

const app = container('app');

describe('exitReason', () => {
  const { exitCode: _, ...lost } = exited(app, 0);
  const cases = [
    { name: 'code 0', info: exited(app, 0), want: 'Completed' },
    { name: 'code 1', info: exited(app, 1), want: 'Error' },
    { name: 'death by a signal', info: exited(app, 143), want: 'Error' },
    { name: 'code 137 without an OOM kill', info: exited(app, 137), want: 'Error' },
    {
      name: 'an OOM kill of a child, leader ends well',
      info: exited(app, 0, { reason: 'OOMKilled' }),
      want: 'OOMKilled',
    },
    {
      name: 'a process that never ran',
      info: exited(app, 128, { reason: 'StartError' }),
      want: 'StartError',
    },
    { name: 'an end that the runtime lost', info: lost, want: 'Unknown' },
  ];
  it.each(cases)('of $name is $want', ({ info, want }) => {
    expect(exitReason(info)).toBe(want);
  });
});

it('shows times in whole seconds and no signal', () => {
  const info = exited(app, 137, { signal: 'SIGKILL', message: 'bye', startedAtMs: 1999, finishedAtMs: 2000 });
  expect(terminatedState(info, 'test://x')).toEqual({
    exitCode: 137,
    reason: 'Error',
    message: 'bye',
    startedAt: '1970-01-01T00:00:01Z',
    finishedAt: '1970-01-01T00:00:02Z',
    containerID: 'test://x',
  });
});

describe('the identity of a definition', () => {
  it('is name and image, nothing else', () => {
    const hash = specHash(app);
    expect(specHash(container('app', { command: ['sh'], env: [{ name: 'A' }] }))).toBe(hash);
    expect(specHash(container('app', { image: 'app:2' }))).not.toBe(hash);
    expect(specHash(container('other', { image: 'app:1' }))).not.toBe(hash);
  });

  it('has changed for an instance of another image, not for one without a label', () => {
    expect(definitionChanged(app, instance(app))).toBe(false);
    expect(definitionChanged(container('app', { image: 'app:2' }), instance(app))).toBe(true);
    expect(definitionChanged(app, instance(app, { labels: {} }))).toBe(false);
  });
});
