import { type ContainerRuntime, MooringError } from '@mooring/core';
import { type RuntimeConformanceContext, runtimeConformance } from '@mooring/core/testing';
import { describe, expect, test } from 'vitest';
import { fakeContext } from './fake-context.ts';

type Sabotage = (runtime: ContainerRuntime) => Partial<ContainerRuntime>;

/** A context whose runtime breaks the contract in one way. */
function sabotaged(sabotage: Sabotage): RuntimeConformanceContext {
  const honest = fakeContext();
  const broken = (runtime: ContainerRuntime): ContainerRuntime => {
    const changed = sabotage(runtime);
    return new Proxy(runtime, {
      get(target, key) {
        const own: unknown = Reflect.get(changed, key) ?? Reflect.get(target, key);
        return typeof own === 'function' ? own.bind(target) : own;
      },
    });
  };
  const known = new Map<ContainerRuntime, ContainerRuntime>();
  const get = () => {
    const changed = known.get(honest.runtime) ?? broken(honest.runtime);
    known.set(honest.runtime, changed);
    return changed;
  };
  return Object.create(honest, { runtime: { get } });
}

const rows: readonly { readonly name: string; readonly sabotage: Sabotage; readonly caughtBy: string }[] = [
  {
    name: 'makes a new container for a known name',
    sabotage: (runtime) => {
      let count = 0;
      return {
        createContainer: (config, signal) =>
          runtime.createContainer({ ...config, name: `${config.name}#${++count}` }, signal),
      };
    },
    caughtBy: 'creating a container again gives the same one',
  },
  {
    name: 'kills at once, whatever the grace period',
    sabotage: (runtime) => ({ stopContainer: (id, _ms, signal) => runtime.stopContainer(id, 0, signal) }),
    caughtBy: 'a container that ignores the stop signal is killed after its grace period, not before',
  },
  {
    name: 'kills what would have ended by itself',
    sabotage: (runtime) => ({ stopContainer: (id, _ms, signal) => runtime.stopContainer(id, 0, signal) }),
    caughtBy: 'a container that heeds the stop signal ends by itself, well before its grace period',
  },
  {
    name: 'lists everything, whatever the labels',
    sabotage: (runtime) => ({ listContainers: (_labels, signal) => runtime.listContainers({}, signal) }),
    caughtBy: 'a list holds the containers that carry all the labels, and no other',
  },
  {
    name: 'gives an empty list for one that it cannot complete',
    sabotage: () => ({ listContainers: async () => [] }),
    caughtBy: 'a running container is found, the same, by a fresh instance, which can stop it',
  },
  {
    name: 'forgets exit codes',
    sabotage: (runtime) => ({
      inspectContainer: async (id, signal) => {
        const info = await runtime.inspectContainer(id, signal);
        return info && { ...info, exitCode: 0 };
      },
    }),
    caughtBy: 'the exit code is kept',
  },
  {
    name: 'forgets labels',
    sabotage: (runtime) => ({
      inspectContainer: async (id, signal) => {
        const info = await runtime.inspectContainer(id, signal);
        return info && { ...info, labels: {} };
      },
    }),
    caughtBy: 'a container says what it was created from',
  },
  {
    name: 'ignores an abort',
    sabotage: (runtime) => ({
      stopContainer: (id, ms) => runtime.stopContainer(id, ms, new AbortController().signal),
    }),
    caughtBy: 'a stop that is aborted rejects with the reason, and a later one finds out',
  },
  {
    name: 'leaves an aborted command running',
    sabotage: (runtime) => ({
      exec: (id, command, options, signal) => {
        void runtime.exec(id, command, options, new AbortController().signal).catch(() => undefined);
        return runtime.exec(id, command, options, signal);
      },
    }),
    caughtBy: 'an abort rejects with its reason and kills the command',
  },
  {
    name: 'mixes the output of a command up',
    sabotage: (runtime) => ({
      exec: async (...args) => {
        const result = await runtime.exec(...args);
        return { ...result, output: result.output.split('\n').reverse().join('\n') };
      },
    }),
    caughtBy: 'a command gives its standard output, then its standard error',
  },
  {
    name: 'announces nothing',
    sabotage: (runtime) => ({
      async *events(signal) {
        for await (const event of runtime.events(signal)) if (event.type === 'removed') yield event;
      },
    }),
    caughtBy: 'an exit is announced, and the announcements end with the abort',
  },
  {
    name: 'calls every failed fetch an outage',
    sabotage: (runtime) => ({
      ensureImage: (...args) =>
        runtime.ensureImage(...args).catch(() => {
          throw new MooringError('RUNTIME_UNAVAILABLE', 'no luck');
        }),
    }),
    caughtBy: 'a missing image is IMAGE_NOT_FOUND under Always and IfNotPresent',
  },
  {
    name: 'says nothing about a missing command',
    sabotage: (runtime) => ({
      startContainer: (id, signal) => runtime.startContainer(id, signal).catch(() => {}),
    }),
    caughtBy: 'a command that is missing is START_FAILED and leaves an exited container with 128 StartError',
  },
];

describe('the conformance kit catches a runtime that', () => {
  test.each(rows)('$name', async ({ sabotage, caughtBy }) => {
    const testCase = runtimeConformance.find(({ name }) => name === caughtBy);
    await expect(testCase?.run(fakeContext())).resolves.toBeUndefined();
    await expect(testCase?.run(sabotaged(sabotage))).rejects.toThrow();
  });
});
