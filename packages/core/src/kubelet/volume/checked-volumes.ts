/**
 * A volume host that keeps its contract, whatever the one behind it does: it may be a user's own, or wait for a disk that does
 * not answer. A volume that cannot be made is the trouble of its pod and is tried again; no actor breaks of it.
 */

import type { StoredPod } from '../../api/pod.ts';
import type { Clock } from '../../contract/clock.ts';
import type { Mount } from '../../contract/container-runtime.ts';
import { errorMessage, MooringError } from '../../contract/error.ts';
import { withDeadline } from '../../engine/deadline.ts';
import { type Answer, missing } from '../environment/surroundings.ts';
import { setUpFailure } from './plan-volumes.ts';
import type { VolumeHost, VolumesReady } from './volume-host.ts';

/** A call that takes longer is given up, and made again later. */
const callMsMax = 60_000;

export function checkedVolumes(volumes: VolumeHost, clock: Clock): VolumeHost {
  const call = async <T>(
    verb: keyof VolumeHost,
    signal: AbortSignal,
    isValid: (answer: unknown) => answer is T,
    work: (signal: AbortSignal) => Promise<unknown>,
  ): Promise<T> => {
    const answer = await withDeadline(clock, callMsMax, signal, `${verb} of the volume host`, work);
    if (isValid(answer)) return answer;
    throw new MooringError('PLUGIN_INVALID', `the volume host answered ${verb} with nonsense`);
  };
  return {
    async prepare(pod, surroundings, signal) {
      try {
        return await call('prepare', signal, isReady, (inner) => volumes.prepare(pod, surroundings, inner));
      } catch (error) {
        signal.throwIfAborted();
        return { failures: failuresOf(pod, errorMessage(error)), findings: [] };
      }
    },
    async mountsFor(request, signal) {
      try {
        return await call('mountsFor', signal, isAnswer, (inner) => volumes.mountsFor(request, inner));
      } catch (error) {
        signal.throwIfAborted();
        return missing(errorMessage(error));
      }
    },
    async teardown(podUID, signal) {
      await call('teardown', signal, isAnything, (inner) => volumes.teardown(podUID, inner));
    },
    list: (signal) => call('list', signal, isTexts, (inner) => volumes.list(inner)),
  };
}

/** None of them is known to be there. */
function failuresOf({ spec: { volumes = [] } }: StoredPod, problem: string): VolumesReady['failures'] {
  return volumes.map(({ name }) => ({ volume: name, message: setUpFailure(name, problem) }));
}

function isReady(value: unknown): value is VolumesReady {
  const { failures, findings } = fieldsOf<VolumesReady>(value);
  return isListOf(failures, 'volume', 'message') && isListOf(findings, 'field', 'message');
}

function isAnswer(value: unknown): value is Answer<readonly Mount[]> {
  const { ok, value: mounts, message } = fieldsOf<{ ok: boolean; value: unknown; message: unknown }>(value);
  if (ok === true) return isListOf(mounts, 'volumeName', 'hostPath', 'containerPath');
  return ok === false && typeof message === 'string';
}

function isTexts(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((item) => typeof item === 'string');
}

function isAnything(_value: unknown): _value is unknown {
  return true;
}

function fieldsOf<T>(value: unknown): { readonly [Field in keyof T]?: unknown } {
  return typeof value === 'object' && value !== null ? value : {};
}

/** Objects that have a text in each of these fields. */
function isListOf(value: unknown, ...fields: readonly string[]): boolean {
  const isItem = (item: unknown) =>
    fields.every((field) => typeof fieldsOf<Record<string, unknown>>(item)[field] === 'string');
  return Array.isArray(value) && value.every(isItem);
}
