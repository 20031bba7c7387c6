import { planConformance, runtimeConformance } from '@mooring/core/testing';
import { describe, test } from 'vitest';
import { fakeContext } from './fake-context.ts';

describe('the fake runtime keeps the runtime contract:', () => {
  for (const { name, skipReason, run } of planConformance(runtimeConformance, fakeContext()))
    test(
      skipReason === undefined ? name : `${name} (${skipReason})`,
      { skip: skipReason !== undefined },
      run,
    );
});
