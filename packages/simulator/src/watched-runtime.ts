/** A runtime in the hands of one life of an agent: orders are recorded, and nothing comes back to the dead. */

import type { ContainerRuntime } from '@mooring/core';
import type { Life } from './life.ts';
import type { Instance, Order, Truth } from './truth.ts';

export function watchedRuntime(runtime: ContainerRuntime, life: Life, truth: Truth): ContainerRuntime {
  const watch = new OrderWatch(life, truth);
  const byID = (id: string) => truth.instances.get(id);
  return {
    apiVersion: 'runtime/v1',
    name: runtime.name,
    capabilities: runtime.capabilities,
    review: (pod) => runtime.review(pod),
    status: (signal) => life.pass('status', () => runtime.status(signal)),
    ensureImage: (image, policy, signal, options) =>
      life.pass('ensureImage', () => runtime.ensureImage(image, policy, signal, options)),
    createSandbox: (config, signal) =>
      life.pass('createSandbox', () => runtime.createSandbox(config, signal)),
    removeSandbox: (id, signal) => life.pass('removeSandbox', () => runtime.removeSandbox(id, signal)),
    listSandboxes: (signal) => life.pass('listSandboxes', () => runtime.listSandboxes(signal)),
    createContainer: (config, signal) =>
      watch.order({ verb: 'createContainer', key: config.name }, signal, () =>
        runtime.createContainer(config, signal),
      ),
    startContainer: (id, signal) =>
      watch.order({ verb: 'startContainer', key: id, instance: byID(id) }, signal, () =>
        runtime.startContainer(id, signal),
      ),
    stopContainer: (id, graceMs, signal) =>
      watch.order({ verb: 'stopContainer', key: id, instance: byID(id), graceMs }, signal, () =>
        runtime.stopContainer(id, graceMs, signal),
      ),
    removeContainer: (id, signal) =>
      watch.order({ verb: 'removeContainer', key: id, instance: byID(id) }, signal, () =>
        runtime.removeContainer(id, signal),
      ),
    inspectContainer: (id, signal) =>
      life.pass('inspectContainer', () => runtime.inspectContainer(id, signal)),
    listContainers: (labels, signal) =>
      life.pass('listContainers', () => runtime.listContainers(labels, signal)),
    events: (signal) => life.stream(runtime.events(signal)),
    exec: (id, command, options, signal) =>
      life.pass('exec', () =>
        watch.program({ verb: 'exec', key: `${id} ${command.join(' ')}`, instance: byID(id) }, signal, () =>
          runtime.exec(id, command, options, signal),
        ),
      ),
    logs: (id, options, signal) => life.stream(runtime.logs(id, options, signal)),
    [Symbol.asyncDispose]: async () => {
      if (!life.isDead) await runtime[Symbol.asyncDispose]();
    },
  };
}

interface Ordered {
  readonly verb: Order['verb'];
  /** Of the thing that is changed. */
  readonly key: string;
  readonly instance?: Instance | undefined;
  readonly graceMs?: number;
}

/** Orders that change one container must not overlap: the engine would decide which of them counts. */
class OrderWatch {
  private readonly life: Life;
  private readonly truth: Truth;
  private readonly underWay = new Map<string, string>();

  constructor(life: Life, truth: Truth) {
    this.life = life;
    this.truth = truth;
  }

  async order<T>(ordered: Ordered, signal: AbortSignal, call: () => Promise<T>): Promise<T> {
    return await this.life.pass(ordered.verb, async () => {
      this.note(ordered);
      return await this.follow(ordered, signal, call);
    });
  }

  /** There are many of them, and nobody wants to read of them unless two of a kind run at once. */
  async program<T>(ordered: Ordered, signal: AbortSignal, call: () => Promise<T>): Promise<T> {
    if (this.underWay.has(ordered.key)) this.note(ordered);
    return await this.follow(ordered, signal, call);
  }

  private note({ key, verb, ...rest }: Ordered): void {
    const other = this.underWay.get(key);
    const overlaps = other === undefined ? {} : { overlaps: other };
    const { life, truth } = this;
    const told = rest.instance && life.told.get(rest.instance.podUID);
    const knownDeletedAtMs = told?.isDeleted === true ? told.atMs : undefined;
    const by = { life: life.name, node: life.process, knownDeletedAtMs };
    truth.ordered({ ...by, verb, instance: undefined, ...overlaps, ...rest });
  }

  private async follow<T>({ key, verb }: Ordered, signal: AbortSignal, call: () => Promise<T>): Promise<T> {
    this.underWay.set(key, verb);
    const settled = () => {
      if (this.underWay.get(key) === verb) this.underWay.delete(key);
    };
    // An order that was given up is settled as far as the agent is concerned.
    signal.addEventListener('abort', settled, { once: true });
    try {
      return await call();
    } finally {
      signal.removeEventListener('abort', settled);
      settled();
    }
  }
}
