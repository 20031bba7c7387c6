/**
 * The EndpointSlice controller: keeps the slices of every Service that selects pods. Consumers merge all slices of a
 * Service, and tolerate an endpoint that is in two of them for a moment.
 */

import { type EndpointSlice, serviceNameLabel } from '../../api/network.ts';
import {
  type Controller,
  defineController,
  type ReconcileContext,
  type ReconcileOutcome,
  type ReconcileRequest,
  watchKind,
} from '../../contract/controller.ts';
import { MooringError } from '../../contract/error.ts';
import { serviceIndex } from '../../store/common-indices.ts';
import { restAfterLookMs } from '../rest-after-look.ts';
import { deleteIfThere, isServiceThere } from './leftovers.ts';
import { planSlices, type SlicePlan } from './plan-slices.ts';
import { candidatesFor, followsPods, selectionIndices } from './selection.ts';
import { managedByLabel, managedByValue } from './slice-object.ts';
import { tellFailure } from './tell-failure.ts';
import { foreignChangeMs, nodeWatch, podWatch } from './watches.ts';

export interface EndpointSliceControllerOptions {
  /** Endpoints in one slice, 1 to 1000. 100 when not given. */
  readonly endpointsPerSliceMax?: number;
}

/**
 * The slices of a Service that is deleted are deleted here too, whether a garbage collector runs or not; those that were
 * orphaned on purpose, and have no owner any more, stay. Services without selector are left alone.
 */
export function endpointSliceController({
  endpointsPerSliceMax = 100,
}: EndpointSliceControllerOptions = {}): Controller {
  if (!Number.isInteger(endpointsPerSliceMax) || endpointsPerSliceMax < 1 || endpointsPerSliceMax > 1000)
    throw new MooringError(
      'INVALID',
      `endpointsPerSliceMax: Invalid value: ${endpointsPerSliceMax}: must be an integer between 1 and 1000, inclusive`,
    );
  return defineController({
    name: 'endpointslice',
    component: 'endpoint-slice-controller',
    kind: 'Service',
    watches: [podWatch, nodeWatch, ownSliceWatch],
    indices: selectionIndices,
    concurrency: 5,
    // 15 times after the first failure.
    retry: { backOffMs: 1000, backOffMsMax: 1_000_000, triesMax: 16 },
    reconcile: (request, context, signal) => reconcile(request, context, signal, endpointsPerSliceMax),
  });
}

const ownSliceWatch = watchKind(
  'EndpointSlice',
  ({ object, old }) =>
    [object, old].flatMap((slice) => {
      const name = slice?.metadata.labels?.[serviceNameLabel];
      if (slice === undefined || name === undefined || !isManaged(slice)) return [];
      return [{ namespace: slice.metadata.namespace, name }];
    }),
  { afterMs: foreignChangeMs },
);

function isManaged({ metadata }: EndpointSlice): boolean {
  return metadata.labels?.[managedByLabel] === managedByValue;
}

async function reconcile(
  request: ReconcileRequest,
  context: ReconcileContext,
  signal: AbortSignal,
  endpointsMax: number,
): Promise<ReconcileOutcome> {
  const { namespace, name } = request;
  const service = context.cache('Service').get(namespace, name);
  const slices = context
    .cache('EndpointSlice')
    .byIndex(serviceIndex, `${namespace}/${name}`)
    .filter(isManaged);
  if (service === undefined) {
    await removeLeftovers(slices, request, context, signal);
    return {};
  }
  if (!followsPods(service)) return {};
  const pods = candidatesFor(service, context);
  const nodes = context.cache('Node');
  const nodeOf = (node: string) => nodes.get(undefined, node);
  const keepsNodes = nodes.list().length > 0;
  const plan = planSlices({ service, pods, slices, nodes: keepsNodes ? nodeOf : undefined, endpointsMax });
  await tellFailure(carryOut(plan, context, signal), context, {
    about: service,
    reason: 'FailedToUpdateEndpointSlices',
    what: `Error updating Endpoint Slices for Service ${namespace}/${name}`,
  });
  return { restMs: restAfterLookMs(pods.length) };
}

async function removeLeftovers(
  slices: readonly EndpointSlice[],
  request: ReconcileRequest,
  context: ReconcileContext,
  signal: AbortSignal,
): Promise<void> {
  const isOfService = ({ metadata }: EndpointSlice) =>
    metadata.ownerReferences?.some(({ kind }) => kind === 'Service') ?? false;
  const remove = slices.filter(isOfService);
  if (remove.length === 0 || (await isServiceThere(request, context, signal))) return;
  await carryOut({ create: [], update: [], remove }, context, signal);
}

async function carryOut(
  { create, update, remove }: SlicePlan,
  { objects, publishFact }: ReconcileContext,
  signal: AbortSignal,
): Promise<void> {
  for (const slice of create) await objects.create(slice, { signal });
  for (const slice of update) await objects.update(slice, signal);
  for (const slice of remove) await deleteIfThere(slice, objects, signal);
  if (create.length + update.length + remove.length === 0) return;
  publishFact('changed', { created: create.length, updated: update.length, deleted: remove.length });
}
