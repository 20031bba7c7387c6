/** Runtime conformance: a fresh instance knows by asking again all that the former one knew. */

import assert from 'node:assert/strict';
import type { ConformanceCase } from './conformance-case.ts';
import type { RuntimeConformanceContext } from './runtime-conformance-context.ts';
import { ConformancePod, sandboxConfig, settle, unhurried } from './runtime-conformance-pod.ts';

const eventDelayMsMax = 5000;

export const recoveryCases: readonly ConformanceCase<RuntimeConformanceContext>[] = [
  {
    name: 'a list holds the containers that carry all the labels, and no other',
    run: (context) =>
      ConformancePod.use(context, async (pod) => {
        const labelled = (role: string) => ({
          name: `${pod.uid}_${role}_0`,
          labels: { ...pod.labels, role },
        });
        const a = await pod.create(context.programs.runsUntilStopped, labelled('a'));
        const b = await pod.create(context.programs.runsUntilStopped, labelled('b'));
        const ids = async (labels: Readonly<Record<string, string>>) =>
          (await pod.list(labels)).map(({ id }) => id).sort();
        assert.deepEqual(await ids(pod.labels), [a, b].sort());
        assert.deepEqual(await ids({ ...pod.labels, role: 'a' }), [a]);
        assert.deepEqual(await ids({ ...pod.labels, role: 'c' }), []);
        const everything = await ids({});
        assert.ok(everything.includes(a) && everything.includes(b), 'no label asks for everything');
      }),
  },
  {
    name: 'a running container is found, the same, by a fresh instance, which can stop it',
    run: (context) =>
      ConformancePod.use(context, async (pod) => {
        const id = await pod.run(context.programs.runsUntilStopped);
        const before = await pod.inspect(id);
        await context.reopen();
        assert.deepEqual(await pod.list(), [before]);
        assert.equal(await pod.create(context.programs.runsUntilStopped), id);
        await pod.start(id);
        assert.deepEqual(await pod.inspect(id), before);
        await pod.stop(id, 10_000);
        assert.equal((await pod.inspect(id)).state, 'exited');
      }),
  },
  {
    name: 'an exited container keeps its exit code for a fresh instance',
    run: (context) =>
      ConformancePod.use(context, async (pod) => {
        const before = await pod.runToEnd(context.programs.exits(3));
        await context.reopen();
        const {
          startedAtMs = Number.NaN,
          finishedAtMs = Number.NaN,
          ...after
        } = await pod.inspect(before.id);
        const times = { startedAtMs: before.startedAtMs, finishedAtMs: before.finishedAtMs };
        assert.deepEqual({ ...after, ...times }, before);
        // Who saw it end knows the time of the event, which an engine may tell a while after the end that it has noted; and
        // no start is later than the end.
        assert.ok(Math.abs(startedAtMs - (before.startedAtMs ?? 0)) <= eventDelayMsMax);
        assert.ok(Math.abs(finishedAtMs - (before.finishedAtMs ?? 0)) <= eventDelayMsMax);
      }),
  },
  {
    name: 'a container that was only created is found by a fresh instance and can be started',
    run: (context) =>
      ConformancePod.use(context, async (pod) => {
        const id = await pod.create(context.programs.runsUntilStopped);
        await context.reopen();
        assert.equal((await pod.inspect(id)).state, 'created');
        await pod.start(id);
        assert.equal((await pod.inspect(id)).state, 'running');
      }),
  },
  {
    name: 'a sandbox is found, the same, by a fresh instance',
    run: (context) =>
      ConformancePod.use(context, async (pod) => {
        const find = async () =>
          (await settle(context, context.runtime.listSandboxes(unhurried))).filter(
            ({ podUID }) => podUID === pod.uid,
          );
        const before = await find();
        assert.equal(before.length, 1);
        await context.reopen();
        assert.deepEqual(await find(), before);
        const again = await settle(context, context.runtime.createSandbox(sandboxConfig(pod.uid), unhurried));
        assert.deepEqual([again], before);
      }),
  },
];
