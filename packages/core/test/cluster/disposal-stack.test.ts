import { describe, expect, test } from 'vitest';
import { DisposalStack } from '../../src/cluster/disposal-stack.ts';
import { type Logger, silentLogger } from '../../src/contract/logger.ts';
import { TestClock } from '../../src/testing/test-clock.ts';

describe('a disposal stack', () => {
  test('closes in reverse order, one after the other, once', async () => {
    const closed: string[] = [];
    const clock = new TestClock();
    const stack = new DisposalStack();
    for (const name of ['store', 'bus', 'runtime']) {
      stack.push(name, async () => {
        await Promise.resolve();
        closed.push(name);
      });
    }
    await stack.dispose(clock, silentLogger);
    await stack.dispose(clock, silentLogger);
    expect(closed).toEqual(['runtime', 'bus', 'store']);
  });

  test('is not held up by what fails or hangs, and names it', async () => {
    const clock = new TestClock();
    const told: [string, string][] = [];
    const logger: Logger = {
      ...silentLogger,
      error: (fields) => {
        const { component, err } = fields as { component: string; err: Error };
        told.push([component, err.message]);
      },
    };
    const closed: string[] = [];
    const stack = new DisposalStack();
    stack.push('first', async () => void closed.push('first'));
    stack.push('hangs', () => new Promise(() => {}), 3000);
    stack.push('throws', () => {
      throw new Error('at once');
    });
    stack.push('fails', () => Promise.reject(new Error('later')));
    const disposing = stack.dispose(clock, logger);
    await clock.advanceBy(2000);
    expect(closed).toEqual([]);
    await clock.advanceBy(2000);
    await disposing;
    expect(closed).toEqual(['first']);
    expect(told).toEqual([
      ['fails', 'later'],
      ['throws', 'at once'],
      ['hangs', 'closing hangs did not finish within 3000 ms'],
    ]);
  });
});
