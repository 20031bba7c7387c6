import { describe, expect, it } from 'vitest';
import { isRunning, isSurelyGone, thisProcess } from '../../src/store/process-identity.ts';

describe('a process that was written down', () => {
  const own = thisProcess();
  it.each([
    { name: 'this one', identity: own, runs: true, gone: false },
    {
      name: 'one whose pid is now another one',
      identity: { ...own, startTicks: 1 },
      runs: false,
      gone: true,
    },
    { name: 'one whose pid nobody has', identity: { ...own, pid: 2 ** 30 }, runs: false, gone: true },
    // It may run where this process does not see it.
    { name: 'one of another kernel', identity: { ...own, boot: 'elsewhere' }, runs: false, gone: false },
    { name: 'one of which only the pid is known', identity: { pid: 2 ** 30 }, runs: false, gone: false },
  ])('$name: runs $runs, surely gone $gone', ({ identity, runs, gone }) => {
    expect({ runs: isRunning(identity), gone: isSurelyGone(identity) }).toEqual({ runs, gone });
  });
});
