import { describe, expect, test } from 'vitest';
import { type ConformanceCase, planConformance, runConformance } from '../../src/testing/conformance-case.ts';

interface Context {
  readonly canExec: boolean;
  readonly ran: string[];
}

const cases: readonly ConformanceCase<Context>[] = [
  {
    name: 'starts',
    run: async ({ ran }) => {
      ran.push('starts');
    },
  },
  { name: 'fails', run: () => Promise.reject(new Error('broken')) },
  {
    name: 'execs',
    needs: ({ canExec }) => canExec,
    run: async ({ ran }) => {
      ran.push('execs');
    },
  },
];

describe('planConformance', () => {
  test('leaves out what is skipped by name and what is not offered', () => {
    const plan = planConformance(cases, { canExec: false, ran: [] }, [{ case: 'fails', reason: 'known' }]);
    expect(plan.map(({ name, skipReason }) => [name, skipReason])).toEqual([
      ['starts', undefined],
      ['fails', 'known'],
      ['execs', 'not offered by this implementation'],
    ]);
  });

  test.each([
    { skip: 'no-such-case', why: 'the case does not exist' },
    { skip: 'execs', why: 'the case would not run anyway' },
  ])('refuses a skip that is not used because $why', ({ skip }) => {
    const plan = () => planConformance(cases, { canExec: false, ran: [] }, [{ case: skip, reason: 'r' }]);
    expect(plan).toThrow('no such case to run');
  });

  test('refuses a case that is skipped twice', () => {
    const skip = { case: 'fails', reason: 'r' };
    expect(() => planConformance(cases, { canExec: true, ran: [] }, [skip, skip])).toThrow('skipped twice');
  });
});

describe('runConformance', () => {
  test('runs every case and names all that failed', async () => {
    const context: Context = { canExec: true, ran: [] };
    await expect(runConformance(cases, context)).rejects.toThrow('not conformant: fails');
    expect(context.ran).toEqual(['starts', 'execs']);
  });

  test('resolves when what fails is skipped', async () => {
    const context: Context = { canExec: true, ran: [] };
    await runConformance(cases, context, [{ case: 'fails', reason: 'known' }]);
    expect(context.ran).toEqual(['starts', 'execs']);
  });
});
