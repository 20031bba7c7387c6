/** Runtime conformance: what a container printed. */

import assert from 'node:assert/strict';
import type { ConformanceCase } from './conformance-case.ts';
import type { RuntimeConformanceContext } from './runtime-conformance-context.ts';
import { ConformancePod, collect, settle, unhurried } from './runtime-conformance-pod.ts';

const lines = ['one', 'two', 'three', '', 'five'];

export const logCases: readonly ConformanceCase<RuntimeConformanceContext>[] = [
  {
    name: 'lines come back in order, also after the end of the container',
    run: (context) =>
      ConformancePod.use(context, async (pod) => {
        const { id } = await pod.runToEnd(context.programs.prints(lines));
        assert.deepEqual(await pod.logs(id), lines);
      }),
  },
  {
    name: 'each line has its stream and a time within the life of the container',
    run: (context) =>
      ConformancePod.use(context, async (pod) => {
        const info = await pod.runToEnd(context.programs.prints(lines));
        const collected = await settle(context, collect(context.runtime.logs(info.id, {}, unhurried)));
        for (const { stream, atMs } of collected) {
          assert.equal(stream, 'stdout');
          assert.ok(atMs >= info.createdAtMs - 1, 'not before the container was created');
        }
      }),
  },
  {
    name: 'only the last lines are given when so asked',
    run: (context) =>
      ConformancePod.use(context, async (pod) => {
        const { id } = await pod.runToEnd(context.programs.prints(lines));
        assert.deepEqual(await pod.logs(id, { tailLines: 2 }), lines.slice(-2));
        assert.deepEqual(await pod.logs(id, { tailLines: 0 }), []);
        assert.deepEqual(await pod.logs(id, { tailLines: 100 }), lines);
      }),
  },
  {
    name: 'the environment reaches the process as it was given',
    run: (context) =>
      ConformancePod.use(context, async (pod) => {
        const value = 'a $HOME "b" = \\c';
        const env = [{ name: 'GIVEN', value }];
        const { id } = await pod.runToEnd(context.programs.printsVariable('GIVEN'), { env });
        assert.deepEqual(await pod.logs(id), [value]);
      }),
  },
  {
    name: 'the log of an earlier instance stays until that instance is removed',
    run: (context) =>
      ConformancePod.use(context, async (pod) => {
        const attempt = (n: number) => ({ name: `${pod.uid}_main_${n}`, attempt: n });
        const { id: first } = await pod.runToEnd(context.programs.prints(['first']), attempt(0));
        const { id: second } = await pod.runToEnd(context.programs.prints(['second']), attempt(1));
        assert.deepEqual(await pod.logs(first), ['first']);
        await pod.remove(first);
        // A log that is gone may be an error or empty, but never another instance's.
        assert.deepEqual(await pod.logs(first).catch(() => []), []);
        assert.deepEqual(await pod.logs(second), ['second']);
      }),
  },
  {
    name: 'a log that is followed ends with its container',
    run: (context) =>
      ConformancePod.use(context, async (pod) => {
        const id = await pod.run(context.programs.runsUntilStopped);
        const following = collect(context.runtime.logs(id, { follow: true }, unhurried));
        await context.advance(context.stepMs);
        await pod.stop(id, 10_000);
        await settle(context, following);
      }),
  },
  {
    name: 'a log that is followed ends with the abort',
    run: (context) =>
      ConformancePod.use(context, async (pod) => {
        const id = await pod.run(context.programs.runsUntilStopped);
        const abort = new AbortController();
        const following = collect(context.runtime.logs(id, { follow: true }, abort.signal));
        const outcome = following.catch((error: unknown) => assert.equal(error, abort.signal.reason));
        await context.advance(context.stepMs);
        abort.abort(new Error('seen enough'));
        await settle(context, outcome);
      }),
  },
];
