/**
 * The filters in Kubernetes' order. The first that rejects a node gives the reasons. `NodeName` is not among them: a pod
 * that names its node never comes to the scheduler.
 */

import type { Taint } from '../../api/objects.ts';
import { nodeTaintKeys, untolerated } from '../../api/taint.ts';
import type { PodNeeds } from '../pod-needs.ts';
import { type Filter, type NodeState, type Rejection, rejection } from './filter.ts';
import { hasFreePorts } from './host-ports.ts';
import { matchesNodeAffinity } from './node-affinity.ts';
import { fitsResources } from './resource-fit.ts';

const unschedulable = rejection('node(s) were unschedulable');
const unschedulableTaint: readonly Taint[] = [{ key: nodeTaintKeys.unschedulable, effect: 'NoSchedule' }];

const isSchedulable: Filter = ({ tolerations }, { facts }) =>
  facts.isUnschedulable && untolerated(unschedulableTaint, tolerations) ? unschedulable : undefined;

const tainted = rejection('node(s) had untolerated taint(s)');

const isTolerated: Filter = ({ tolerations }, { facts }) =>
  untolerated(facts.hardTaints, tolerations) ? tainted : undefined;

const filters: readonly Filter[] = [
  isSchedulable,
  isTolerated,
  matchesNodeAffinity,
  hasFreePorts,
  fitsResources,
];

/** `undefined` when the node can take the pod. */
export function rejectionOf(needs: PodNeeds, node: NodeState): Rejection | undefined {
  for (const filter of filters) {
    const found = filter(needs, node);
    if (found !== undefined) return found;
  }
  return undefined;
}
