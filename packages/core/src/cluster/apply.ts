/** Bringing objects in: what is not there is created, what is there is changed, and what is wrong keeps nobody else out. */

import { admitObject } from '../api/admit.ts';
import { formatFieldError } from '../api/field-error.ts';
import type { ApiObject } from '../api/meta.ts';
import { isScalable, scalableKinds } from '../api/scale.ts';
import { overlapWarnings } from '../api/selector-overlap.ts';
import type { ProbeHandlers } from '../api/validate-probe.ts';
import type { Clock } from '../contract/clock.ts';
import { errorMessage, hasCode, MooringError } from '../contract/error.ts';
import { nextTurn } from '../engine/next-turn.ts';
import type { ObjectStore } from '../store/object-store.ts';
import { invalidObject } from './admission.ts';
import type { Applied } from './cluster.ts';
import { onTopOf } from './on-top-of.ts';

export interface ApplyContext {
  readonly objects: ObjectStore;
  readonly handlers: ProbeHandlers;
  /** The kinds whose objects the controllers of this process bring about. */
  readonly controllerKinds: ReadonlySet<string>;
  readonly clock: Clock;
}

/** Rejects with `INVALID` (or `CONFLICT`) once all that can be applied is; the error names every mistake of every object. */
export async function applyAll(
  context: ApplyContext,
  wanted: ApiObject | readonly ApiObject[],
): Promise<readonly Applied[]> {
  const applied: Applied[] = [];
  const refusals: unknown[] = [];
  for (const object of [wanted].flat()) {
    try {
      applied.push(await applyOne(context, object));
    } catch (error) {
      refusals.push(error);
    }
    // A store in memory answers at once: thousands of objects would keep every timer waiting.
    await nextTurn(context.clock);
  }
  if (refusals.length > 0) throw refusal(refusals, applied);
  return applied;
}

async function applyOne(context: ApplyContext, raw: ApiObject): Promise<Applied> {
  const { objects, handlers, controllerKinds } = context;
  if (typeof raw === 'string') throw notRead(raw);
  const admitted = admitObject(raw, { handlers });
  if (admitted.object === undefined) throw invalidObject(named(raw), admitted.errors);
  const { object } = admitted;
  const { kind, metadata } = object;
  const { namespace, name } = metadata;
  const warnings = [
    ...admitted.warnings.map(formatFieldError),
    ...idleWarning(kind, controllerKinds),
    ...(await overlaps(objects, object)),
  ];
  const current = name === undefined ? undefined : await objects.get(kind, namespace, name);
  if (current === undefined || name === undefined) {
    return { object: await objects.create(object, { isDecoded: true }), action: 'created', warnings };
  }
  const changed = await objects.patchWith(kind, namespace, name, (now) => onTopOf(now, object, raw));
  const isSame = changed.metadata.resourceVersion === current.metadata.resourceVersion;
  return { object: changed, action: isSame ? 'unchanged' : 'configured', warnings };
}

/** Somebody thought of `kubectl apply --filename`. */
function notRead(text: string): MooringError {
  const shown = text.length > shownMax ? `${text.slice(0, shownMax)}...` : text;
  const words = `apply takes objects, not ${JSON.stringify(shown)}: loadManifest reads files, parseManifest text`;
  return new MooringError('INVALID', words);
}

const shownMax = 80;

/** What refuses an object should name it, whatever was given instead of one. */
function named(raw: unknown): ApiObject {
  const kind = read(raw, 'kind');
  const name = read(read(raw, 'metadata'), 'name');
  return {
    apiVersion: '',
    kind: typeof kind === 'string' ? kind : 'object',
    metadata: { name: typeof name === 'string' ? name : '' },
  };
}

function read(from: unknown, field: string): unknown {
  try {
    return typeof from === 'object' && from !== null ? Reflect.get(from, field) : undefined;
  } catch {
    // A getter that throws: decoding has reported it.
    return undefined;
  }
}

/** Kinds of which nothing comes without a controller. */
const controlledKinds: ReadonlySet<string> = new Set([
  'ReplicationController',
  'ReplicaSet',
  'Deployment',
  'Service',
]);

function idleWarning(kind: string, controllerKinds: ReadonlySet<string>): readonly string[] {
  if (!controlledKinds.has(kind) || controllerKinds.has(kind)) return [];
  return [`no controller in this process acts on objects of kind ${kind}`];
}

/** Told when it is written, for nothing about it can be seen later. */
async function overlaps(objects: ObjectStore, object: ApiObject): Promise<readonly string[]> {
  if (!isScalable(object)) return [];
  const { namespace = 'default' } = object.metadata;
  const lists = await Promise.all(scalableKinds.map((kind) => objects.list(kind, namespace)));
  const there: readonly ApiObject[] = lists.flatMap(({ items }) => items);
  return overlapWarnings(object, there.filter(isScalable));
}

function refusal(refusals: readonly unknown[], applied: readonly Applied[]): unknown {
  if (refusals.length === 1) return refusals[0];
  const lines = refusals.map(errorMessage).join('\n');
  const fields = refusals.flatMap((error) => (error instanceof MooringError ? (error.fields ?? []) : []));
  const isInvalid = refusals.every((error) => hasCode(error, 'INVALID'));
  const words = `${refusals.length} objects were not applied (${applied.length} were):\n${lines}`;
  return new MooringError(isInvalid ? 'INVALID' : 'CONFLICT', words, {
    fields,
    cause: new AggregateError(refusals),
  });
}
