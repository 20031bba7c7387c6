/**
 * The Endpoints controller: one object for each Service, of the same name, with the addresses of its pods. The legacy
 * form; everything new reads slices.
 */

import type { Endpoints } from '../../api/network.ts';
import {
  type Controller,
  defineController,
  type ReconcileContext,
  type ReconcileOutcome,
  type ReconcileRequest,
  watchKind,
} from '../../contract/controller.ts';
import { restAfterLookMs } from '../rest-after-look.ts';
import { decideEndpoints, type EndpointsStep, managedByLabel, managedByValue } from './decide-endpoints.ts';
import { deleteIfThere, isServiceThere } from './leftovers.ts';
import { candidatesFor, selectionIndices } from './selection.ts';
import { tellFailure } from './tell-failure.ts';
import { foreignChangeMs, podWatch } from './watches.ts';

/**
 * The Endpoints of a Service that is deleted are deleted; those of a Service without selector are left to whoever writes
 * them. At most 1000 addresses are listed.
 */
export function endpointsController(): Controller {
  return defineController({
    name: 'endpoints',
    component: 'endpoint-controller',
    kind: 'Service',
    watches: [podWatch, ownEndpointsWatch],
    indices: selectionIndices,
    concurrency: 5,
    // 15 times after the first failure, 82 s apart in the end.
    retry: { backOffMs: 5, backOffMsMax: 1_000_000, triesMax: 16 },
    reconcile,
  });
}

const ownEndpointsWatch = watchKind(
  'Endpoints',
  ({ object, old, isDeleted }) => {
    const { namespace, name } = object.metadata;
    const isOurs = isDeleted || isManaged(object) || (old !== undefined && isManaged(old));
    return isOurs ? [{ namespace, name }] : [];
  },
  { afterMs: foreignChangeMs },
);

function isManaged({ metadata }: Endpoints): boolean {
  return metadata.labels?.[managedByLabel] === managedByValue;
}

async function reconcile(
  request: ReconcileRequest,
  context: ReconcileContext,
  signal: AbortSignal,
): Promise<ReconcileOutcome> {
  const { namespace, name } = request;
  const service = context.cache('Service').get(namespace, name);
  const pods = service === undefined ? [] : candidatesFor(service, context);
  const outcome = { restMs: restAfterLookMs(pods.length) };
  const current = context.cache('Endpoints').get(namespace, name);
  const step = decideEndpoints({ service, pods, current });
  if (step.kind === 'nothing') return outcome;
  if (step.kind === 'delete' && (await isServiceThere(request, context, signal))) return outcome;
  await tellFailure(carryOut(step, context, signal), context, {
    about: service ?? step.object,
    reason: 'FailedToUpdateEndpoint',
    what: `Failed to update endpoint ${namespace}/${name}`,
  });
  context.publishFact('changed', { change: step.kind, ...countsOf(step.object) });
  return outcome;
}

function countsOf({ subsets = [] }: Endpoints) {
  const count = (list: 'addresses' | 'notReadyAddresses') =>
    subsets.reduce((sum, subset) => sum + (subset[list]?.length ?? 0), 0);
  return { addresses: count('addresses'), notReadyAddresses: count('notReadyAddresses') };
}

async function carryOut(
  step: Exclude<EndpointsStep, { readonly kind: 'nothing' }>,
  { objects }: ReconcileContext,
  signal: AbortSignal,
): Promise<void> {
  switch (step.kind) {
    case 'create':
      await objects.create(step.object, { signal });
      return;
    case 'update':
      await objects.update(step.object, signal);
      return;
    case 'delete':
      await deleteIfThere(step.object, objects, signal);
  }
}
