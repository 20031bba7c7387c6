/** The container machine bound to a node. Once for each agent: `provide` is expensive, its result is not. */

import { fromPromise } from 'xstate';
import { containerAddress } from '../../bus/actor-address.ts';
import type { ContainerInfo } from '../../contract/container-runtime.ts';
import { errorMessage } from '../../contract/error.ts';
import { containerOf, type NodeContext, type PodRecord, recordOf } from '../node-context.ts';
import type { ProbeLogic } from '../probe/probe-machine.ts';
import {
  type ContainerLogic,
  type GateInput,
  type GateOutput,
  hasNoPast,
  StepFailed,
  type StepInput,
  type StopInput,
  type StopOutput,
} from './container-context.ts';
import { foreignCause, noteDead, noteExit } from './container-exit.ts';
import { containerMachine } from './container-machine.ts';
import {
  crashLoopDecision,
  crashLoopEvent,
  crashLoopKey,
  crashLoopWaiting,
  newestExit,
} from './crash-loop.ts';
import { createInstance } from './create-instance.ts';
import { ExitTimes } from './exit-times.ts';
import { pullImage } from './pull-image.ts';
import { startedAfterAll, startInstance } from './start-instance.ts';
import { stopInstance } from './stop-instance.ts';

/** The container machine bound to a node. `provide` puts other delays, guards and actors in place of those that it has. */
export type WiredContainer = ContainerLogic & {
  provide(implementations: Parameters<typeof containerMachine.provide>[0]): ContainerLogic;
};

export function wireContainer(node: NodeContext, probe: ProbeLogic): WiredContainer {
  const exits = new ExitTimes(node.clock);
  const bound = containerMachine.provide({
    actors: {
      probe,
      gate: fromPromise<GateOutput, GateInput>(async ({ input }) => passGate(node, exits, input)),
      create: fromPromise<ContainerInfo, StepInput>(async ({ input, signal }) => {
        const running = await startedAfterAll(node, input, signal);
        if (running !== undefined) return running;
        await pullImage(node, input, signal);
        return await createInstance(node, input, signal);
      }),
      start: fromPromise<ContainerInfo, StepInput>(({ input, signal }) => startInstance(node, input, signal)),
      stop: fromPromise<StopOutput, StopInput>(({ input, signal }) => stopInstance(node, input, signal)),
    },
    guards: { startsAtOnce: ({ context }) => hasNoPast(context) },
    actions: {
      announceExit: ({ context }, { info }) => {
        const record = recordOf(node, context.input.podUID);
        noteExit(node, record, info, foreignCause(info));
        noteDead(record, info.containerName);
      },
      announceFailure: ({ context }, { error }) => {
        // Steps of ours record what they fail of; what others put in their place may just reject.
        if (error instanceof StepFailed) return;
        const { pod } = recordOf(node, context.input.podUID);
        const message = `Error: ${errorMessage(error)}`;
        node.recordEvent(pod, { container: context.name, type: 'Warning', reason: 'Failed', message });
      },
      // A broken child is a mistake of ours: the whole pod starts over from what the runtime says.
      announceBreak: (_, { error }) => {
        throw error;
      },
    },
  });
  // The logic is a token that users may replace, so its type names what it hears and takes, not how it is made.
  return askingOwnGates(bound) as unknown as WiredContainer;
}

/** A gate of a user's own is asked before the first start too. */
function askingOwnGates(machine: typeof containerMachine): typeof containerMachine {
  const provide: typeof machine.provide = (implementations) => {
    if (implementations.actors?.gate === undefined)
      return containerMachine.provide.call(machine, implementations);
    const guards = { startsAtOnce: () => false, ...implementations.guards };
    return containerMachine.provide.call(machine, { ...implementations, guards });
  };
  return Object.assign(machine, { provide });
}

/** The back-off, asked at every start. */
function passGate(node: NodeContext, exits: ExitTimes, input: GateInput): GateOutput {
  const record = recordOf(node, input.podUID);
  const container = containerOf(record.pod, input.name);
  const { crashLoop } = node.settings;
  // A timer may be early by a fraction of a millisecond, and what is left then is no wait.
  const nowMs = Math.ceil(node.clock.monotonicMs());
  const exitOf = (instances: readonly ContainerInfo[]) => {
    const exited = newestExit(instances);
    return exited && exits.monotonicMs(exited);
  };
  // An instance that was killed to be replaced has no crash of its own to wait for; the one before it has.
  const counted = input.afterKill ? input.instances.slice(1) : input.instances;
  const key = crashLoopKey(record.pod, container);
  const entry = input.backOff?.key === key ? input.backOff.entry : undefined;
  const decision = crashLoopDecision(entry, exitOf(counted), nowMs, crashLoop);
  if (decision.start) return { start: true, backOff: decision.entry && { key, entry: decision.entry } };
  const again = input.afterKill
    ? crashLoopDecision(entry, exitOf(input.instances), nowMs, crashLoop)
    : decision;
  const delayMs = again.start ? 0 : again.remainingMs;
  announceWait(node, record, input.name, delayMs);
  return {
    start: false,
    delayMs,
    failure: crashLoopWaiting(record.pod, container.name, decision.delayMs),
  };
}

function announceWait(node: NodeContext, record: PodRecord, container: string, delayMs: number): void {
  node.recordEvent(record.pod, { container, ...crashLoopEvent(record.pod, container) });
  const { namespace, name: pod, uid } = record.pod.metadata;
  const fact = { namespace, pod, container, delayMs };
  node.publishFact(containerAddress(uid, container), 'backing-off', fact);
}
