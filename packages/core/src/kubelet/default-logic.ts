/** The kubelet's own machines, bound to a node: what runs unless a user puts others in their place. */

import { wireContainer } from './container/wire-container.ts';
import type { NodeContext } from './node-context.ts';
import { wirePod } from './pod/wire-pod.ts';
import { runBoundProbe } from './probe/probe-runs.ts';
import { wireProbe } from './probe/wire-probe.ts';

/** A replacement may start from these: `defaultLogic.probe(node).provide({ delays: { ... } })`. */
export const defaultLogic = {
  probe: (node: NodeContext) =>
    wireProbe({
      clock: node.clock,
      random: node.random,
      attempt: (key, signal) => runBoundProbe(node, key, signal),
      attemptBroke: (key, err) => node.logger.error({ ...key, err }, 'probe broke'),
    }),
  container: wireContainer,
  pod: wirePod,
};
