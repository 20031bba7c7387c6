/** The image of a container, before each start of it. */

import { formatDuration } from '../../api/duration.ts';
import type { Container } from '../../api/pod.ts';
import type { ImageCredentials } from '../../contract/container-runtime.ts';
import { errorMessage, hasCode } from '../../contract/error.ts';
import { remainingMs, stepUp } from '../../engine/back-off.ts';
import { containerOf, type NodeContext, type PodRecord, recordOf, spread } from '../node-context.ts';
import { callRuntime } from '../runtime-call.ts';
import { StepFailed, type StepInput } from './container-context.ts';
import { pullSecrets } from './pull-secrets.ts';

/** How soon a failed pull is looked at again: it then shows that it waits, and for how long. */
const relookMs = 1000;

/** Resolves when the image is there; rejects with a `StepFailed`. */
export async function pullImage(node: NodeContext, input: StepInput, signal: AbortSignal): Promise<void> {
  const record = recordOf(node, input.podUID);
  const wanted = () => containerOf(record.pod, input.name);
  for (let container = wanted(); ; container = wanted()) {
    await pullImageOf(container, { node, record, input, signal });
    // The pod may have been given another one meanwhile, which is what will be started.
    if (wanted().image === container.image) return;
  }
}

interface Surroundings {
  readonly node: NodeContext;
  readonly record: PodRecord;
  readonly input: StepInput;
  readonly signal: AbortSignal;
}

async function pullImageOf(
  container: Container,
  { node, record, input, signal }: Surroundings,
): Promise<void> {
  const pull: Pull = { node, record, name: input.name, image: container.image, signal };
  const policy = container.imagePullPolicy ?? 'IfNotPresent';
  if (policy !== 'Always' && (await isPresent(pull))) {
    const words = 'already present on machine and can be accessed by the pod';
    return say(pull, 'Normal', 'Pulled', `Container image "${pull.image}" ${words}`);
  }
  if (policy === 'Never') {
    const message = `Container image "${pull.image}" is not present with pull policy of Never`;
    say(pull, 'Warning', 'ErrImageNeverPull', message);
    throw failed(pull, 'ErrImageNeverPull', message, spread(node, node.settings.retryMs));
  }
  if (!input.insists) refuseWithinBackOff(pull);
  await fetchImage(pull, policy);
}

interface Pull {
  readonly node: NodeContext;
  readonly record: PodRecord;
  readonly name: string;
  readonly image: string;
  readonly signal: AbortSignal;
}

async function isPresent(pull: Pull): Promise<boolean> {
  const { node, image, signal } = pull;
  try {
    const look = (inner: AbortSignal) => node.runtime.ensureImage(image, 'Never', inner);
    const present = await callRuntime(node, `looking for image ${image}`, signal, look);
    if (present !== undefined) noteImage(pull, present);
    return present !== undefined;
  } catch (error) {
    signal.throwIfAborted();
    if (hasCode(error, 'IMAGE_NOT_FOUND')) return false;
    if (hasCode(error, 'IMAGE_NAME_INVALID')) throw invalidName(pull, error);
    const message = `Failed to inspect image "${image}": ${errorMessage(error)}`;
    say(pull, 'Warning', 'InspectFailed', message);
    throw failed(pull, 'ImageInspectError', message, spread(node, node.settings.retryMs));
  }
}

function noteImage({ record, image }: Pull, found: { readonly ref: string; readonly user?: string }): void {
  record.imageRefs.set(image, found.ref);
  if (found.user !== undefined) record.imageUsers.set(image, found.user);
}

async function fetchImage(pull: Pull, policy: 'Always' | 'IfNotPresent'): Promise<void> {
  const { node, record, image, signal } = pull;
  const beganMs = node.clock.monotonicMs();
  try {
    const options = { credentials: credentialsOf(pull) };
    say(pull, 'Normal', 'Pulling', `Pulling image "${image}"`);
    const ms = node.settings.pullMsMax;
    const fetch = (inner: AbortSignal) => node.runtime.ensureImage(image, policy, inner, options);
    const found = await callRuntime(node, `pulling image ${image}`, signal, fetch, ms);
    const took = formatDuration(Math.round(node.clock.monotonicMs() - beganMs));
    const size = found?.sizeBytes ?? 0;
    const words = `Successfully pulled image "${image}" in ${took} (${took} including waiting)`;
    say(pull, 'Normal', 'Pulled', `${words}. Image size: ${size} bytes.`);
    if (found !== undefined) noteImage(pull, found);
    record.pulls.delete(image);
  } catch (error) {
    signal.throwIfAborted();
    if (hasCode(error, 'IMAGE_NAME_INVALID')) throw invalidName(pull, error);
    const nowMs = node.clock.monotonicMs();
    const { reason, message } = pullError(image, errorMessage(error));
    say(pull, 'Warning', 'Failed', `Failed to pull image "${image}": ${message}`);
    const backOff = stepUp(record.pulls.get(image)?.backOff, nowMs, nowMs, node.settings.imagePull);
    record.pulls.set(image, { backOff, failedAtMs: nowMs, words: `${reason}: ${message}` });
    throw failed(pull, reason, message, relookMs);
  }
}

/** Secrets that are missing are told; perhaps the registry wants none. */
function credentialsOf({ node, record, image }: Pull): readonly ImageCredentials[] {
  const { credentials, missing } = pullSecrets(record.pod, image, node.objects);
  if (missing.length > 0)
    node.recordEvent(record.pod, {
      ...{ type: 'Warning', reason: 'FailedToRetrieveImagePullSecret' },
      message: `Unable to retrieve some image pull secrets (${missing.join(', ')}); attempting to pull the image may not succeed.`,
    });
  return credentials;
}

function invalidName(pull: Pull, error: unknown): StepFailed {
  const message = `Failed to apply default image tag "${pull.image}": ${errorMessage(error)}`;
  say(pull, 'Warning', 'InspectFailed', message);
  return failed(pull, 'InvalidImageName', message, spread(pull.node, pull.node.settings.retryMs));
}

function refuseWithinBackOff(pull: Pull): void {
  const { node, record, image } = pull;
  const failure = record.pulls.get(image);
  if (failure === undefined) return;
  const { backOff, failedAtMs, words } = failure;
  const leftMs = remainingMs(
    backOff,
    failedAtMs,
    Math.ceil(node.clock.monotonicMs()),
    node.settings.imagePull,
  );
  if (leftMs <= 0) return;
  say(pull, 'Normal', 'BackOff', `Back-off pulling image "${image}"`);
  throw failed(pull, 'ImagePullBackOff', `Back-off pulling image "${image}": ${words}`, leftMs);
}

function pullError(image: string, message: string): { readonly reason: string; readonly message: string } {
  for (const [reason, words] of Object.entries(knownPullErrors)) {
    if (!message.startsWith(reason)) continue;
    return {
      reason,
      message: `image pull failed for ${image} because ${words}${message.slice(reason.length)}`,
    };
  }
  return { reason: 'ErrImagePull', message };
}

const knownPullErrors = {
  RegistryUnavailable: 'the registry is unavailable',
  SignatureValidationFailed: 'the signature validation failed',
};

function say(
  { node, record, name }: Pull,
  type: 'Normal' | 'Warning',
  reason: string,
  message: string,
): void {
  node.recordEvent(record.pod, { container: name, type, reason, message });
}

function failed(pull: Pull, reason: string, message: string, retryMs: number): StepFailed {
  say(pull, 'Warning', 'Failed', `Error: ${reason}`);
  return new StepFailed({ failure: { reason, message }, retryMs });
}
