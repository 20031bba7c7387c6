/** What steers the cluster and runs on no node: the controllers, built-in ones and those of plugins, and the scheduler. */

import type { Controller } from '../contract/controller.ts';
import type { ObjectStore } from '../contract/object-store.ts';
import { type ControllerHost, declareIndices, startController } from '../controller/controller-host.ts';
import { errorsOf } from '../engine/slow-start.ts';
import { startScheduler } from '../scheduler/start-scheduler.ts';
import type { DisposalStack } from './disposal-stack.ts';
import type { SchedulerOptions } from './options.ts';
import { recordEvents } from './record-events.ts';
import { type Parts, tokens } from './tokens.ts';

export interface ControllerSurroundings {
  readonly parts: Parts;
  readonly closing: DisposalStack;
  readonly signal: AbortSignal;
  /** What they write through; the store of the cluster when not given. */
  readonly objects?: ObjectStore;
}

/** To be called before anything asks for a cache. */
export function declareAll(controllers: readonly Controller[], parts: Parts): void {
  for (const controller of controllers) declareIndices(controller, parts.get(tokens.Informers));
}

/** Resolves when every controller has been told of all its objects, and the scheduler of all pods and nodes. */
export async function composeControllers(
  controllers: readonly Controller[],
  scheduler: false | SchedulerOptions,
  { parts, closing, signal, objects = parts.get(tokens.Objects) }: ControllerSurroundings,
): Promise<readonly ControllerHost[]> {
  const logger = parts.get(tokens.Logger);
  const facts = parts.get(tokens.Facts);
  const shared = {
    objects,
    informers: parts.get(tokens.Informers),
    directory: parts.get(tokens.Directory),
    clock: parts.get(tokens.Clock),
    random: parts.get(tokens.Random),
    recordEvent: recordEvents(parts, closing),
    publishFact: (address: string, type: `${string}.${string}`, data: object) =>
      facts.of(address)(type, data),
  };
  const hosts = controllers.map(async (controller) => {
    const own = { ...shared, logger: logger.child({ component: 'controllers' }), controller };
    const host = await startController(own, signal);
    closing.push(`controller ${controller.name}`, async () => host.stop());
    return host;
  });
  const scheduling = async (settings: SchedulerOptions) => {
    const own = { ...shared, logger: logger.child({ component: 'scheduler' }), settings };
    closing.push('scheduler', await startScheduler(own, signal));
  };
  const starting = scheduler === false ? hosts : [...hosts, scheduling(scheduler)];
  // When one of them cannot, the others are waited for all the same: what has not begun yet could not be closed.
  const [failure] = await errorsOf(starting);
  if (failure !== undefined) throw failure;
  return await Promise.all(hosts);
}
