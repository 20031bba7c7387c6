/** The pod machine bound to a node. Once for each agent: `provide` is expensive, its result is not. */

import { fromPromise } from 'xstate';
import type { SandboxInfo } from '../../contract/container-runtime.ts';
import type { ContainerLogic } from '../container/container-context.ts';
import type { NodeContext } from '../node-context.ts';
import { cleanUpPod } from './clean-up-pod.ts';
import type { CleanUpInput, PodLogic, SetUpInput } from './pod-context.ts';
import { podMachine } from './pod-machine.ts';
import { setUpPod } from './set-up-pod.ts';

/** The pod machine bound to a node. `provide` puts other delays, guards and actors in place of those that it has. */
export type WiredPod = PodLogic & {
  provide(implementations: Parameters<typeof podMachine.provide>[0]): PodLogic;
};

export function wirePod(node: NodeContext, container: ContainerLogic): WiredPod {
  const bound = podMachine.provide({
    actors: {
      container,
      setUp: fromPromise<readonly SandboxInfo[], SetUpInput>(({ input, signal }) =>
        setUpPod(node, input, signal),
      ),
      cleanUp: fromPromise<CleanUpInput, CleanUpInput>(({ input, signal }) =>
        cleanUpPod(node, input, signal),
      ),
    },
    actions: {
      publish: ({ context }) => node.publishStatus(context.pod.metadata.uid),
      announceSandboxChange: ({ context }) => {
        const message = 'Pod sandbox changed, it will be killed and re-created.';
        node.recordEvent(context.pod, { type: 'Normal', reason: 'SandboxChanged', message });
      },
      // A broken child is a mistake of ours: the whole pod starts over from what the runtime says.
      announceBreak: (_, { error }) => {
        throw error;
      },
    },
  });
  // The logic is a token that users may replace, so its type names what it hears and takes, not how it is made.
  return bound as unknown as WiredPod;
}
