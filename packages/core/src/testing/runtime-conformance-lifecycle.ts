/** Runtime conformance: what a container is told, and how it starts and ends. */

import assert from 'node:assert/strict';
import { hasCode } from '../contract/error.ts';
import type { ConformanceCase } from './conformance-case.ts';
import type { RuntimeConformanceContext } from './runtime-conformance-context.ts';
import { idempotentCount } from './runtime-conformance-images.ts';
import { ConformancePod, eventually, settle, unhurried } from './runtime-conformance-pod.ts';

const unknownID = 'no-such-container';

export const lifecycleCases: readonly ConformanceCase<RuntimeConformanceContext>[] = [
  {
    name: 'creating a container again gives the same one',
    run: (context) =>
      ConformancePod.use(context, async (pod) => {
        const id = await pod.create(context.programs.runsUntilStopped);
        for (let i = 1; i < idempotentCount; i += 1)
          assert.equal(await pod.create(context.programs.runsUntilStopped), id);
        assert.deepEqual(
          (await pod.list()).map((info) => info.id),
          [id],
        );
        assert.equal((await pod.inspect(id)).state, 'created');
        assert.equal((await pod.inspect(id)).startedAtMs, undefined);
      }),
  },
  {
    name: 'a container that is prepared is no container before it is created',
    needs: ({ runtime }) => runtime.prepareContainer !== undefined,
    run: (context) =>
      ConformancePod.use(context, async (pod) => {
        const { runsUntilStopped, exits } = context.programs;
        await pod.prepare(runsUntilStopped);
        assert.deepEqual(await pod.list(), []);
        await context.reopen();
        assert.deepEqual(await pod.list(), []);
        for (let i = 1; i < idempotentCount; i += 1) await pod.prepare(runsUntilStopped);
        const id = await pod.create(runsUntilStopped);
        assert.equal(await pod.create(runsUntilStopped), id);
        assert.equal((await pod.inspect(id)).state, 'created');
        assert.deepEqual(
          (await pod.list()).map((info) => info.id),
          [id],
        );
        await pod.start(id);
        await context.reopen();
        assert.equal((await pod.inspect(id)).state, 'running');
        const next = { name: `${pod.uid}_main_1`, attempt: 1 };
        await pod.prepare(runsUntilStopped, next);
        const other = await pod.runToEnd(exits(3), next);
        assert.equal(other.exitCode, 3, 'what was prepared is used only if it is the same');
        assert.equal((await pod.list()).length, 2);
      }),
  },
  {
    name: 'a container says what it was created from',
    run: (context) =>
      ConformancePod.use(context, async (pod) => {
        const labels = { ...pod.labels, 'conformance/text': 'with "quotes", a = and ünicode', empty: '' };
        const id = await pod.create(context.programs.runsUntilStopped, { labels, attempt: 7 });
        const info = await pod.inspect(id);
        const config = pod.config(context.programs.runsUntilStopped, { labels, attempt: 7 });
        assert.deepEqual(info.labels, labels);
        assert.equal(info.name, config.name);
        assert.equal(info.podUID, pod.uid);
        assert.equal(info.containerName, 'main');
        assert.equal(info.attempt, 7);
        assert.equal(info.image, config.image);
        assert.equal(info.sandboxID, config.sandboxID);
      }),
  },
  {
    name: 'what was told of a container is not changed afterwards',
    run: (context) =>
      ConformancePod.use(context, async (pod) => {
        const id = await pod.create(context.programs.runsUntilStopped);
        const [listed] = await pod.list();
        const inspected = await pod.inspect(id);
        await pod.start(id);
        await pod.stop(id, 0);
        assert.equal((await pod.inspect(id)).state, 'exited');
        assert.equal(inspected.state, 'created');
        assert.equal(listed?.state, 'created');
      }),
  },
  {
    name: 'starting a running container again leaves it alone',
    run: (context) =>
      ConformancePod.use(context, async (pod) => {
        const id = await pod.run(context.programs.runsUntilStopped);
        const first = await pod.inspect(id);
        assert.equal(first.state, 'running');
        for (let i = 1; i < idempotentCount; i += 1) await pod.start(id);
        const again = await pod.inspect(id);
        assert.equal(again.startedAtMs, first.startedAtMs);
        assert.equal(again.pid, first.pid);
      }),
  },
  {
    name: 'starting an exited container does not run it a second time',
    run: (context) =>
      ConformancePod.use(context, async (pod) => {
        const first = await pod.runToEnd(context.programs.exits(3));
        for (let i = 1; i < idempotentCount; i += 1) await pod.start(first.id);
        assert.deepEqual(await pod.inspect(first.id), first);
      }),
  },
  {
    name: 'the exit code is kept',
    run: (context) =>
      ConformancePod.use(context, async (pod) => {
        for (const [attempt, code] of [0, 3, 255].entries()) {
          const changes = { name: `${pod.uid}_main_${attempt}`, attempt };
          const info = await pod.runToEnd(context.programs.exits(code), changes);
          assert.equal(info.exitCode, code);
          assert.equal(info.signal, undefined);
        }
      }),
  },
  {
    name: 'a death by signal is 128 + n and names the signal',
    needs: ({ programs }) => programs.diesBySignal !== undefined,
    run: (context) =>
      ConformancePod.use(context, async (pod) => {
        const { diesBySignal } = context.programs;
        assert.ok(diesBySignal);
        const info = await pod.runToEnd(diesBySignal.program);
        assert.equal(info.exitCode, diesBySignal.exitCode);
        assert.equal(info.signal, diesBySignal.signal);
      }),
  },
  {
    name: 'creation, start and end have their times in order',
    run: (context) =>
      ConformancePod.use(context, async (pod) => {
        const {
          createdAtMs,
          startedAtMs = 0,
          finishedAtMs = 0,
        } = await pod.runToEnd(context.programs.exits(0));
        assert.ok(createdAtMs <= startedAtMs, 'created before started');
        assert.ok(startedAtMs <= finishedAtMs, 'started before finished');
      }),
  },
  {
    name: 'a command that is missing is START_FAILED and leaves an exited container with 128 StartError',
    run: (context) =>
      ConformancePod.use(context, async (pod) => {
        const id = await pod.create(context.programs.missingCommand);
        await assert.rejects(pod.start(id), (error) => hasCode(error, 'START_FAILED'));
        const info = await pod.inspect(id);
        assert.equal(info.state, 'exited');
        assert.equal(info.exitCode, 128);
        assert.equal(info.reason, 'StartError');
        assert.ok(info.message, 'the message has the words of the runtime');
      }),
  },
  {
    name: 'the last words of a container come back as its message, however soon it ends',
    needs: ({ runtime, programs }) =>
      runtime.capabilities.terminationMessage && programs.leavesMessage !== undefined,
    run: (context) =>
      ConformancePod.use(context, async (pod) => {
        const terminationMessagePath = '/dev/termination-log';
        const program = context.programs.leavesMessage?.('out of ideas', terminationMessagePath);
        assert.ok(program);
        // The end may overtake the answer to the start: one try in a few shows it.
        for (let attempt = 0; attempt < 10; attempt += 1) {
          const name = `${pod.uid}_main_${attempt}`;
          const info = await pod.runToEnd(program, { name, attempt, terminationMessagePath });
          assert.equal(info.message, 'out of ideas');
        }
      }),
  },
  {
    name: 'of last words that are too long the end comes back',
    needs: ({ runtime, programs }) =>
      runtime.capabilities.terminationMessage && programs.leavesMessage !== undefined,
    run: (context) =>
      ConformancePod.use(context, async (pod) => {
        const terminationMessagePath = '/dev/termination-log';
        const text = `${'x'.repeat(4096)} the reason`;
        const program = context.programs.leavesMessage?.(text, terminationMessagePath);
        assert.ok(program);
        const info = await pod.runToEnd(program, { terminationMessagePath });
        assert.equal(info.message, text.slice(-4096));
      }),
  },
  {
    name: 'a running container cannot be removed',
    run: (context) =>
      ConformancePod.use(context, async (pod) => {
        const id = await pod.run(context.programs.runsUntilStopped);
        await assert.rejects(pod.remove(id), (error) => hasCode(error, 'CONTAINER_RUNNING'));
        assert.equal((await pod.inspect(id)).state, 'running');
      }),
  },
  {
    name: 'removing a container is final and may be repeated',
    run: (context) =>
      ConformancePod.use(context, async (pod) => {
        const { id } = await pod.runToEnd(context.programs.exits(0));
        for (let i = 0; i < idempotentCount; i += 1) await pod.remove(id);
        assert.equal(await pod.find(id), undefined);
        assert.deepEqual(await pod.list(), []);
      }),
  },
  {
    name: 'a container that was never started can be removed',
    run: (context) =>
      ConformancePod.use(context, async (pod) => {
        const id = await pod.create(context.programs.runsUntilStopped);
        await pod.remove(id);
        assert.equal(await pod.find(id), undefined);
      }),
  },
  {
    name: 'nothing is wrong with stopping, removing and looking for a container that never was',
    run: (context) =>
      ConformancePod.use(context, async (pod) => {
        for (let i = 0; i < idempotentCount; i += 1) {
          await pod.stop(unknownID, 1_000);
          await pod.remove(unknownID);
          assert.equal(await pod.find(unknownID), undefined);
        }
      }),
  },
  {
    name: 'an exit is announced, and the announcements end with the abort',
    run: (context) =>
      ConformancePod.use(context, async (pod) => {
        const abort = new AbortController();
        const exited: (string | undefined)[] = [];
        const reading = (async () => {
          for await (const event of context.runtime.events(abort.signal))
            if (event.type === 'exited' && event.podUID === pod.uid) exited.push(event.containerID);
        })();
        const { id } = await pod.runToEnd(context.programs.exits(1));
        await eventually(context, 'the exit is announced', () => exited.includes(id));
        abort.abort();
        await settle(context, reading);
      }),
  },
  {
    name: 'every verb rejects with the reason of a signal that was aborted before',
    run: (context) =>
      ConformancePod.use(context, async (pod) => {
        const { runtime } = context;
        const id = await pod.run(context.programs.runsUntilStopped);
        const signal = AbortSignal.abort(new Error('too late'));
        const verbs: Readonly<Record<string, () => Promise<unknown>>> = {
          status: () => runtime.status(signal),
          ensureImage: () => runtime.ensureImage(context.images.present, 'IfNotPresent', signal),
          createContainer: () => runtime.createContainer(pod.config(context.programs.exits(0)), signal),
          startContainer: () => runtime.startContainer(id, signal),
          stopContainer: () => runtime.stopContainer(id, 0, signal),
          removeContainer: () => runtime.removeContainer(id, signal),
          inspectContainer: () => runtime.inspectContainer(id, signal),
          listContainers: () => runtime.listContainers({}, signal),
          listSandboxes: () => runtime.listSandboxes(signal),
        };
        for (const [name, call] of Object.entries(verbs))
          await assert.rejects(settle(context, call()), (error) => error === signal.reason, name);
        assert.equal((await settle(context, runtime.inspectContainer(id, unhurried)))?.state, 'running');
      }),
  },
];
