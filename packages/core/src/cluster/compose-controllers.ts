/** The controllers of a process: the built-in ones and those of plugins, each with its actors. */

import type { ApiObject } from '../api/meta.ts';
import type { Controller, ControllerEvent } from '../contract/controller.ts';
import { type ControllerHost, declareIndices, startController } from '../controller/controller-host.ts';
import type { EventInput } from '../store/events/correlator.ts';
import { createEventRecorder, type EventRecorder } from '../store/events/recorder.ts';
import type { DisposalStack } from './disposal-stack.ts';
import { type Parts, tokens } from './tokens.ts';

export interface ControllerSurroundings {
  readonly parts: Parts;
  readonly closing: DisposalStack;
  readonly signal: AbortSignal;
}

/** To be called before anything asks for a cache. */
export function declareAll(controllers: readonly Controller[], parts: Parts): void {
  for (const controller of controllers) declareIndices(controller, parts.get(tokens.Informers));
}

/** Resolves when every controller has been told of all its objects. */
export async function composeControllers(
  controllers: readonly Controller[],
  { parts, closing, signal }: ControllerSurroundings,
): Promise<readonly ControllerHost[]> {
  const logger = parts.get(tokens.Logger).child({ component: 'controllers' });
  const clock = parts.get(tokens.Clock);
  const random = parts.get(tokens.Random);
  const objects = parts.get(tokens.Objects);
  const facts = parts.get(tokens.Facts);
  const recorders = new Map<string, EventRecorder>();
  const recorderOf = (component: string): EventRecorder => {
    const known = recorders.get(component);
    if (known !== undefined) return known;
    const recorder = createEventRecorder({ objects, clock, random, component, logger });
    recorders.set(component, recorder);
    return recorder;
  };
  closing.push('events of the controllers', async () => {
    for (const recorder of recorders.values()) {
      await recorder.flush();
      await recorder[Symbol.asyncDispose]();
    }
  });
  const shared = {
    objects,
    informers: parts.get(tokens.Informers),
    directory: parts.get(tokens.Directory),
    clock,
    random,
    logger,
    recordEvent: (component: string, about: ApiObject, event: ControllerEvent) =>
      recorderOf(component).record(withReference(about, event)),
    publishFact: (address: string, type: `${string}.${string}`, data: object) =>
      facts.of(address)(type, data),
  };
  return await Promise.all(
    controllers.map(async (controller) => {
      const host = await startController({ ...shared, controller }, signal);
      closing.push(`controller ${controller.name}`, async () => host.stop());
      return host;
    }),
  );
}

function withReference({ apiVersion, kind, metadata }: ApiObject, event: ControllerEvent): EventInput {
  const { namespace, name = '', uid } = metadata;
  const object = {
    apiVersion,
    kind,
    name,
    ...(namespace !== undefined && { namespace }),
    ...(uid !== undefined && { uid }),
  };
  return { object, ...event };
}
