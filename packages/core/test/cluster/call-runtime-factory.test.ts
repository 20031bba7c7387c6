import { describe, expect, it } from 'vitest';
import { callRuntimeFactory } from '../../src/cluster/call-runtime-factory.ts';
import type { ContainerRuntime } from '../../src/contract/container-runtime.ts';
import { MooringError } from '../../src/contract/error.ts';
import { silentLogger } from '../../src/contract/logger.ts';
import type { RuntimeFactory } from '../../src/contract/plugin.ts';
import { TestClock } from '../../src/testing/test-clock.ts';

function call(create: RuntimeFactory, clock = new TestClock()): Promise<ContainerRuntime> {
  const context = { nodeName: 'a', dataDir: '/data', isEphemeral: true, clock, logger: silentLogger };
  return callRuntimeFactory({ name: 'x', create }, context, new AbortController().signal);
}

const verbs =
  'status review ensureImage createSandbox removeSandbox listSandboxes createContainer startContainer stopContainer ' +
  'removeContainer inspectContainer listContainers events exec logs';
const able = { mounts: true, podIP: true, reachable: true, exec: true };

/** As much of a runtime as is looked at before it is used. */
function runtime(onDispose = () => {}): ContainerRuntime {
  const made = {
    ...Object.fromEntries(verbs.split(' ').map((verb) => [verb, () => {}])),
    apiVersion: 'runtime/v1',
    name: 'x',
    capabilities: { ...able, memoryLimit: false, terminationMessage: false },
    [Symbol.asyncDispose]: async () => onDispose(),
  };
  return made as unknown as ContainerRuntime;
}

describe('a runtime factory', () => {
  it('may answer at once or later, and leaves no timer behind', async () => {
    const clock = new TestClock();
    const made = runtime();
    expect(await call(() => made, clock)).toBe(made);
    expect(await call(async () => made, clock)).toBe(made);
    expect(clock.pending).toBe(0);
  });

  const boom = new Error('boom');
  it.each<[string, RuntimeFactory, string]>([
    [
      'throws',
      () => {
        throw boom;
      },
      'runtime "x" could not be made: boom',
    ],
    [
      'rejects',
      async () => {
        throw boom;
      },
      'runtime "x" could not be made: boom',
    ],
    [
      'fails with a code of others',
      async () => {
        throw Object.assign(boom, { code: 'EACCES' });
      },
      'runtime "x" could not be made: boom',
    ],
    ['makes nothing', () => null as unknown as ContainerRuntime, 'runtime "x" is not a runtime/v1'],
    [
      'makes one without a verb',
      () => ({ ...runtime(), exec: undefined, stats: 7 }) as never,
      'runtime "x" is not a runtime/v1: it lacks exec, stats',
    ],
    [
      'makes one that cannot be closed',
      () => ({ ...runtime(), [Symbol.asyncDispose]: undefined }) as never,
      'runtime "x" is not a runtime/v1: it lacks [Symbol.asyncDispose]',
    ],
    [
      'makes one that does not say what it can do',
      () => ({ ...runtime(), capabilities: able }) as never,
      'runtime "x" is not a runtime/v1: its capabilities do not say memoryLimit, terminationMessage',
    ],
    [
      'makes one without a name',
      () => ({ ...runtime(), name: '' }),
      'runtime "x" is not a runtime/v1: it has no name',
    ],
  ])('that %s is named', async (_, create, message) => {
    await expect(call(create)).rejects.toMatchObject({ code: 'PLUGIN_INVALID', message });
  });

  it.each(['NODE_NAME_TAKEN', 'RUNTIME_UNAVAILABLE', 'DEADLINE_EXCEEDED'] as const)(
    'that knows what is wrong has its own error kept: %s',
    async (code) => {
      const error = new MooringError(code, 'as the runtime says');
      await expect(call(async () => Promise.reject(error))).rejects.toBe(error);
    },
  );

  it('that never settles is given up after 30 s, and what it makes after that is disposed of', async () => {
    const clock = new TestClock();
    let resolve: (late: ContainerRuntime) => void = () => {};
    const promise = new Promise<ContainerRuntime>((settle) => {
      resolve = settle;
    });
    let disposed = 0;
    let failure: unknown;
    const calling = call(() => promise, clock).catch((error: unknown) => {
      failure = error;
    });
    await clock.advanceBy(29_999);
    expect(failure).toBeUndefined();
    await clock.advanceBy(1);
    await calling;
    expect(failure).toMatchObject({
      code: 'PLUGIN_INVALID',
      message: 'runtime "x" could not be made: its factory did not finish within 30000 ms',
    });
    resolve(
      runtime(() => {
        disposed += 1;
      }),
    );
    await clock.advanceBy(1);
    expect(disposed).toBe(1);
  });
});
