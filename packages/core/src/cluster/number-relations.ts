/**
 * What has to hold between numbers that are right each by itself. A node that merely misses a renewal must not be given up:
 * between a grace period and the time in which a failure can be noticed at all there has to be room for one more try.
 */

import { type FieldError, FieldPath, invalid } from '../api/field-error.ts';
import { firstFencedMs } from '../kubelet/node/fence-times.ts';
import type { AgentOptions, ClusterOptions, NodeOptions } from './options.ts';
import { fencedAfterMsOf, heartbeatOf, nodeLifecycleOf } from './presets.ts';

/** `agent`: its node is part of the options themselves, and named so. */
export function* relationErrors(
  options: Omit<ClusterOptions, 'volumes'>,
  agent?: AgentOptions,
): Iterable<FieldError> {
  if (agent !== undefined) {
    yield* nodeErrors(agent, FieldPath.root, options);
    return;
  }
  for (const [i, node] of (options.nodes ?? [{ name: 'localhost' }]).entries())
    yield* nodeErrors(node, new FieldPath('nodes').index(i), options);
}

function* nodeErrors(
  node: NodeOptions,
  path: FieldPath,
  options: Omit<ClusterOptions, 'volumes'>,
): Iterable<FieldError> {
  const { leaseMs, renewMs } = heartbeatOf(node, options);
  if (renewMs * 2 > leaseMs) {
    const why = 'must be at most half of leaseMs: one lost renewal is no outage';
    yield invalid(path.child('heartbeat', 'renewMs'), renewMs, why);
  }
  const fencedAfterMs = fencedAfterMsOf(node, options);
  const fencingPath = path.child('fencing', 'afterMs');
  const firstMs = fencedAfterMs === undefined ? undefined : firstFencedMs(fencedAfterMs);
  if (firstMs !== undefined && firstMs < 2 * renewMs) {
    const why = `must leave time for two renewals of ${renewMs} ms before the first pods are stopped, which is after ${Math.round(firstMs)} ms`;
    yield invalid(fencingPath, fencedAfterMs, why);
  }
  if (options.controllers === false) return;
  const { graceMs, monitorPeriodMs } = nodeLifecycleOf(options);
  const gracePath = new FieldPath('controllers').child('nodeLifecycle', 'graceMs');
  // A renewal that hangs is given up after one period, the next one has to come through, and both have to be seen.
  const noticedMs = 3 * renewMs + monitorPeriodMs;
  if (graceMs <= noticedMs) {
    const why = `must be more than ${noticedMs}: three renewals of node ${node.name}, ${renewMs} ms each, and one monitorPeriodMs`;
    yield invalid(gracePath, graceMs, why);
  }
  if (fencedAfterMs !== undefined && fencedAfterMs > graceMs) {
    const why = `must be at most ${graceMs} (controllers.nodeLifecycle.graceMs): pods have to end before they are replaced`;
    yield invalid(fencingPath, fencedAfterMs, why);
  }
  if (graceMs <= leaseMs) {
    const why = `must be more than ${leaseMs}: so long does a lease of node ${node.name} last`;
    yield invalid(gracePath, graceMs, why);
  }
}
