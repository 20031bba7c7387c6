import type { ApiObject } from '../api/meta.ts';
import type { ControllerEvent } from '../contract/controller.ts';
import { createEventRecorder, type EventRecorder } from '../store/events/recorder.ts';
import type { DisposalStack } from './disposal-stack.ts';
import { type Parts, tokens } from './tokens.ts';

/** Records an Event in the name of a component. Never throws. */
export type RecordEvent = (component: string, about: ApiObject, event: ControllerEvent) => void;

/** For all components of a process that belong to no node, each with a recorder of its own. */
export function recordEvents(parts: Parts, closing: DisposalStack): RecordEvent {
  const shared = {
    objects: parts.get(tokens.Objects),
    clock: parts.get(tokens.Clock),
    random: parts.get(tokens.Random),
    logger: parts.get(tokens.Logger).child({ component: 'events' }),
  };
  const recorders = new Map<string, EventRecorder>();
  const recorderOf = (component: string): EventRecorder => {
    const known = recorders.get(component);
    if (known !== undefined) return known;
    const recorder = createEventRecorder({ ...shared, component });
    recorders.set(component, recorder);
    return recorder;
  };
  closing.push('events of controllers and scheduler', async () => {
    for (const recorder of recorders.values()) {
      await recorder.flush();
      await recorder[Symbol.asyncDispose]();
    }
  });
  return (component, { apiVersion, kind, metadata }, event) => {
    const { namespace, name = '', uid } = metadata;
    const object = {
      apiVersion,
      kind,
      name,
      ...(namespace !== undefined && { namespace }),
      ...(uid !== undefined && { uid }),
    };
    recorderOf(component).record({ object, ...event });
  };
}
