/** Creating and deleting the pods of a set, with the events that tell of each. */

import type { StoredPod } from '../../api/pod.ts';
import type { ReconcileContext } from '../../contract/controller.ts';
import { errorMessage } from '../../contract/error.ts';
import { errorsOf, slowStart } from '../../engine/slow-start.ts';
import { isAnother } from '../../store/is-another.ts';
import { isNamespaceTerminating } from '../../store/namespace-life.ts';
import { podFromTemplate } from './pod-from-template.ts';
import type { PodSet } from './pod-set.ts';

export interface Managed {
  /** Pods that were created or deleted. */
  readonly done: number;
  readonly errors: readonly unknown[];
}

type Tools = Pick<ReconcileContext, 'objects' | 'recordEvent'>;

/**
 * Slowly at first: while one is refused, the others would be too. That the namespace is being emptied is no error: the
 * set goes with it.
 */
export async function createPods(
  set: PodSet,
  count: number,
  { objects, recordEvent }: Tools,
  signal: AbortSignal,
): Promise<Managed> {
  const { successes, errors } = await slowStart(count, 1, async () => {
    const pod = podFromTemplate(set.spec.template, set);
    try {
      const { metadata } = await objects.create(pod, { signal });
      recordEvent(set, {
        type: 'Normal',
        reason: 'SuccessfulCreate',
        message: `Created pod: ${metadata.name}`,
      });
    } catch (error) {
      signal.throwIfAborted();
      if (isNamespaceTerminating(error)) throw error;
      const message = `Error creating: ${errorMessage(error)}`;
      recordEvent(set, { type: 'Warning', reason: 'FailedCreate', message });
      throw error;
    }
  });
  return { done: successes, errors: errors.filter((error) => !isNamespaceTerminating(error)) };
}

/** All at a time, each with its own grace period. A pod that is gone, or another one by now, is no error. */
export async function deletePods(
  set: PodSet,
  pods: readonly StoredPod[],
  { objects, recordEvent }: Tools,
  signal: AbortSignal,
): Promise<Managed> {
  const deletePod = async (pod: StoredPod) => {
    const { namespace, name, uid } = pod.metadata;
    try {
      await objects.delete('Pod', namespace, name, { uid, signal });
      recordEvent(set, { type: 'Normal', reason: 'SuccessfulDelete', message: `Deleted pod: ${name}` });
    } catch (error) {
      signal.throwIfAborted();
      if (await isAnother('Pod', pod.metadata, error, objects, signal)) return;
      const message = `Error deleting: ${errorMessage(error)}`;
      recordEvent(set, { type: 'Warning', reason: 'FailedDelete', message });
      throw error;
    }
  };
  const errors = await errorsOf(pods.map(deletePod));
  return { done: pods.length - errors.length, errors };
}
