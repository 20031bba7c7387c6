/** What an actor takes from outside, by its address: `container.restart`, `container.retry`, `probe.run-now`, `controller.reconcile`. */

import type { EventObject } from 'xstate';
import { FieldPath, notSupported, type Parsed, required } from '../api/field-error.ts';
import { isRecord } from '../bus/envelope.ts';
import type { ReconcileEvent } from '../controller/reconcile-machine.ts';
import type { ContainerEvent } from '../kubelet/container/container-context.ts';

type Decode = (address: string, raw: unknown) => Parsed<EventObject>;

/** `graceMsOf`: the grace period of a container that is restarted on request. */
export function createCommandDecoder(graceMsOf: (podUID: string, container: string) => number): Decode {
  return (address, raw) => {
    const path = new FieldPath('event');
    const type = isRecord(raw) ? raw['type'] : undefined;
    if (typeof type !== 'string') return { ok: false, errors: [required(path.child('type'))] };
    const words = address.split('/');
    const commands = commandsOf(words);
    if (!commands.includes(type)) {
      const error = notSupported(path.child('type'), type, commands);
      return { ok: false, errors: [{ ...error, message: `${error.message}${hintFor(words)}` }] };
    }
    const [, podUID = '', , container = ''] = words;
    if (type === 'controller.reconcile') return { ok: true, value: lookNow };
    if (type !== 'container.restart') return { ok: true, value: { type } };
    const message = `Container ${container} will be restarted on request`;
    const event: ContainerEvent = {
      type: 'container.stop',
      order: {
        message,
        cause: 'restart requested',
        gracePeriodMs: graceMsOf(podUID, container),
        restart: true,
        podTerminating: false,
        waitFor: [],
        skipPreStop: false,
        discard: false,
        startsOver: true,
      },
    };
    return { ok: true, value: event };
  };
}

const lookNow: ReconcileEvent = { type: 'object.changed' };

/** For an actor that takes no commands: who does. */
function hintFor(words: readonly string[]): string {
  if (commandsOf(words).length > 0) return '';
  const pod = words[0] === 'pod' && words.length === 2 ? words.join('/') : 'pod/<uid>';
  const what = words[0] === 'pod' ? 'a pod' : 'this actor';
  return `: ${what} takes no commands itself; send ${containerCommands.join(', ')} to ${pod}/container/<name>`;
}

const containerCommands = ['container.restart', 'container.retry', 'probe.run-now'];

function commandsOf(words: readonly string[]): readonly string[] {
  if (words[0] === 'controller') return ['controller.reconcile'];
  if (words[0] !== 'pod') return [];
  if (words.length === 4) return containerCommands;
  return words.length === 6 ? ['probe.run-now'] : [];
}
