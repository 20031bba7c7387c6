import { describe, expect, it } from 'vitest';
import { isRunning, isSurelyGone, parseStat, thisProcess } from '../../src/store/process-identity.ts';

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

it('a stat whose name looks like more fields is read', () => {
  const tail = 'S 1 42 43 0 -1 4194560 1 0 0 0 0 0 0 0 20 0 1 0 98765 0 0';
  expect(parseStat(`7 (a) R 9 (b ) ${tail}`)).toEqual({ state: 'S', session: 43, startTicks: 98765 });
});
