import { sleep, systemClock } from '@mooring/core';
import { planConformance, type RuntimeConformanceContext, runtimeConformance } from '@mooring/core/testing';
import { describe, test } from 'vitest';
import { ThreadHost, ThreadRuntime } from '../../examples/thread-runtime/thread-runtime.ts';

const image = 'program';
const images = { [image]: new URL('../../examples/thread-runtime/program.mjs', import.meta.url) };
const program = (...args: string[]) => ({ image, args });

function threadContext(): RuntimeConformanceContext {
  const host = new ThreadHost();
  let runtime = new ThreadRuntime(images, host, { clock: systemClock });
  let given = 0;
  return {
    get runtime() {
      return runtime;
    },
    async reopen() {
      await runtime[Symbol.asyncDispose]();
      runtime = new ThreadRuntime(images, host, { clock: systemClock });
    },
    programs: {
      runsUntilStopped: program('waits'),
      ignoresStop: program('ignores'),
      exits: (code) => program('exits', String(code)),
      prints: (lines) => program('prints', ...lines),
      printsVariable: (name) => program('variable', name),
      missingCommand: { image, command: ['./no-such-module.mjs'] },
    },
    images: { present: image, missing: 'nowhere', invalid: 'NOT//an image' },
    nowMs: () => systemClock.monotonicMs(),
    advance: (ms) => sleep(systemClock, ms),
    stepMs: 10,
    deadlineMs: 60_000,
    unique: (prefix) => `${prefix}-${++given}`,
  };
}

describe('worker threads as containers', { timeout: 120_000 }, () => {
  for (const { name, skipReason, run } of planConformance(runtimeConformance, threadContext()))
    test.skipIf(skipReason)(name, run);
});
