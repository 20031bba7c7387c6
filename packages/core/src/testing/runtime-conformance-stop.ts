/** Runtime conformance: graceful termination. */

import assert from 'node:assert/strict';
import type { ContainerInfo } from '../contract/container-runtime.ts';
import type { ConformanceCase } from './conformance-case.ts';
import type { RuntimeConformanceContext } from './runtime-conformance-context.ts';
import { idempotentCount } from './runtime-conformance-images.ts';
import { ConformancePod, rejectionOf, settle, unhurried } from './runtime-conformance-pod.ts';

/** Longer than any case waits: a stop with this grace only ends for another reason. */
const longGraceMs = 3_600_000;
const shortGraceMs = 400;

export const stopCases: readonly ConformanceCase<RuntimeConformanceContext>[] = [
  {
    name: 'a container that heeds the stop signal ends by itself, well before its grace period',
    run: (context) =>
      ConformancePod.use(context, async (pod) => {
        const id = await pod.run(context.programs.runsUntilStopped);
        for (let i = 0; i < idempotentCount; i += 1) await pod.stop(id, longGraceMs);
        const info = await pod.inspect(id);
        assert.equal(info.state, 'exited');
        assert.equal(info.exitCode, 0);
      }),
  },
  {
    name: 'a container that ignores the stop signal is killed after its grace period, not before',
    run: (context) =>
      ConformancePod.use(context, async (pod) => {
        const id = await pod.run(context.programs.ignoresStop);
        const fromMs = context.nowMs();
        await pod.stop(id, shortGraceMs);
        // Real clocks and timers disagree by a millisecond or two.
        assert.ok(context.nowMs() - fromMs >= shortGraceMs - 5, 'the grace period is honoured');
        const info = await pod.inspect(id);
        assert.equal(info.state, 'exited');
        assertKilled(info);
        assert.equal(info.signal, 'SIGKILL', 'what it was killed with is told as its signal');
      }),
  },
  {
    name: 'no grace period kills at once',
    run: (context) =>
      ConformancePod.use(context, async (pod) => {
        const id = await pod.run(context.programs.ignoresStop);
        await pod.stop(id, 0);
        assertKilled(await pod.inspect(id));
      }),
  },
  {
    name: 'a second stop with a shorter grace period shortens the first',
    run: (context) =>
      ConformancePod.use(context, async (pod) => {
        const id = await pod.run(context.programs.ignoresStop);
        const first = context.runtime.stopContainer(id, longGraceMs, unhurried);
        await context.advance(context.stepMs);
        await pod.stop(id, shortGraceMs);
        await settle(context, first);
        assertKilled(await pod.inspect(id));
      }),
  },
  {
    name: 'a second stop with a longer grace period does not prolong the first',
    run: (context) =>
      ConformancePod.use(context, async (pod) => {
        const id = await pod.run(context.programs.ignoresStop);
        const first = context.runtime.stopContainer(id, shortGraceMs, unhurried);
        await context.advance(context.stepMs);
        await pod.stop(id, longGraceMs);
        await settle(context, first);
        assertKilled(await pod.inspect(id));
      }),
  },
  {
    name: 'a stop that is aborted rejects with the reason, and a later one finds out',
    run: (context) =>
      ConformancePod.use(context, async (pod) => {
        const id = await pod.run(context.programs.ignoresStop);
        const abort = new AbortController();
        const first = context.runtime.stopContainer(id, longGraceMs, abort.signal);
        const outcome = rejectionOf(first);
        await context.advance(context.stepMs);
        abort.abort(new Error('no longer wanted'));
        assert.equal(await settle(context, outcome), abort.signal.reason);
        await pod.stop(id, 0);
        assert.equal((await pod.inspect(id)).state, 'exited');
      }),
  },
  {
    name: 'stopping what does not run is fine and changes nothing',
    run: (context) =>
      ConformancePod.use(context, async (pod) => {
        const exited = await pod.runToEnd(context.programs.exits(3));
        for (let i = 0; i < idempotentCount; i += 1) await pod.stop(exited.id, shortGraceMs);
        assert.deepEqual(await pod.inspect(exited.id), exited);
        const created = await pod.create(context.programs.runsUntilStopped, { name: `${pod.uid}_main_1` });
        await pod.stop(created, shortGraceMs);
        assert.notEqual((await pod.inspect(created)).state, 'running');
      }),
  },
];

function assertKilled({ exitCode }: ContainerInfo): void {
  assert.equal(exitCode, 137, 'a container that is killed ends with 137: 128 + 9, the number of SIGKILL');
}
