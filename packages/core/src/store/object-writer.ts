/** The writing half of the object store: every write is conditional on the revision that it was made from. */

import type { ApiObject, StoredMeta } from '../api/meta.ts';
import { hasCode, MooringError } from '../contract/error.ts';
import type { Revision, StoreEntry } from '../contract/store.ts';
import { deepFreeze } from './deep-freeze.ts';
import { checkDeleteOptions } from './deletion-policy.ts';
import { withGeneration } from './generation.ts';
import { jsonEqual } from './json-equal.ts';
import { describeObject, nameOf, type ObjectName, type ObjectOf, objectKey, type Read } from './keys.ts';
import { refuseToDelete, withTerminatingPhase } from './namespace-life.ts';
import { changedObject, changedStatus, newObject, withEphemeral } from './object-change.ts';
import {
  changedMeanwhile,
  checkExpectation,
  checkIdentity,
  checkOwnership,
  checkVersionGiven,
  conflict,
  type Expectation,
} from './object-rules.ts';
import type {
  CreateOptions,
  DeleteOptions,
  ObjectStoreOptions,
  PatchOptions,
  PodBinding,
  Written,
} from './object-store.ts';
import { passingView, viewOf, withoutRevision } from './object-view.ts';
import { boundPod } from './pod-binding.ts';
import { decideDeletion, isDeletionComplete } from './pod-deletion.ts';

/** What becomes of the current object: another one, nothing, or itself. */
type Step = { readonly write: ApiObject } | 'remove' | 'keep';

/** How a change is to be looked at. */
type AdmittedHow = Pick<PatchOptions, 'isDecoded' | 'subresource'>;

/** Attempts of a write that others keep overtaking. */
const attemptsMax = 16;
/** Attempts to find a generated name that is free. */
const namesMax = 8;

export class ObjectWriter {
  private readonly options: ObjectStoreOptions;

  constructor(options: ObjectStoreOptions) {
    this.options = options;
  }

  async create<T extends ApiObject>(object: T, options: CreateOptions = {}): Promise<Read<T>> {
    const isNameGiven = Boolean(object.metadata.name);
    for (let attempt = 1; ; attempt += 1) {
      const created = this.admitted(this.filledIn(object, options), undefined, options);
      const name = nameOf(created);
      try {
        const put = (wanted: ApiObject) => this.options.store.create(objectKey(name), wanted, options.signal);
        const written = await this.write(created, undefined, put, options.signal);
        return options.isUnread === true ? (written.object as Read<T>) : read<T>(written);
      } catch (error) {
        if (!hasCode(error, 'ALREADY_EXISTS')) throw error;
        if (isNameGiven || attempt === namesMax) throw nameTaken(name, isNameGiven, error);
      }
    }
  }

  async update<T extends ApiObject>(object: T, signal?: AbortSignal): Promise<Read<T>> {
    checkVersionGiven(object);
    const written = await this.change(nameOf(object), object.metadata, signal, (current) =>
      this.admittedChange(current, object),
    );
    return written as Read<T>;
  }

  async updateStatus<T extends ApiObject>(object: T, signal?: AbortSignal): Promise<Read<T>> {
    const written = await this.change(nameOf(object), object.metadata, signal, (current) =>
      this.admittedStatus(current, object),
    );
    return written as Read<T>;
  }

  async patchWith<K extends string>(
    kind: K,
    namespace: string | undefined,
    name: string,
    change: (current: ObjectOf<K>) => ApiObject | undefined,
    options: PatchOptions = {},
  ): Promise<ObjectOf<K>> {
    const step = (current: ApiObject): Step => {
      const wanted = change(current as ObjectOf<K>);
      if (wanted === undefined || wanted === current) return 'keep';
      if (options.subresource === 'status') return this.admittedStatus(current, wanted);
      return this.admittedChange(current, wanted, options);
    };
    return (await this.change({ kind, namespace, name }, {}, options.signal, step)) as ObjectOf<K>;
  }

  async bind(binding: PodBinding, signal?: AbortSignal): Promise<ObjectOf<'Pod'>> {
    const { namespace, name, uid, nodeName } = binding;
    const step = (current: ApiObject): Step => ({
      write: withoutRevision(boundPod(current as ObjectOf<'Pod'>, nodeName, this.options.clock.now())),
    });
    return (await this.change({ kind: 'Pod', namespace, name }, { uid }, signal, step)) as ObjectOf<'Pod'>;
  }

  async delete<K extends string>(
    kind: K,
    namespace: string | undefined,
    name: string,
    options: DeleteOptions = {},
  ): Promise<ObjectOf<K>> {
    checkDeleteOptions(options);
    const step = (current: ApiObject): Step => {
      refuseToDelete(current);
      const deletion = decideDeletion(current, options, this.options.clock.now());
      if (deletion.kind === 'remove') return 'remove';
      if (deletion.kind === 'pending') return 'keep';
      const marked = { ...current, metadata: { ...current.metadata, ...deletion.metadata } };
      return { write: withTerminatingPhase(withoutRevision(marked)) };
    };
    return (await this.change({ kind, namespace, name }, options, options.signal, step)) as ObjectOf<K>;
  }

  private filledIn<T extends ApiObject>(
    object: T,
    { uid }: CreateOptions,
  ): T & { readonly metadata: StoredMeta } {
    const { clock, random } = this.options;
    return newObject(object, { nowMs: clock.now(), random, uid });
  }

  private admitted(object: ApiObject, old?: ApiObject, options?: AdmittedHow): ApiObject {
    const { admit } = this.options;
    const admitted = admit === undefined ? object : admit(object, old, options);
    checkOwnership(admitted, old);
    return admitted;
  }

  private admittedChange(current: ApiObject, given: ApiObject, options: AdmittedHow = {}): Step {
    checkIdentity(current, given);
    const wanted = options.subresource === undefined ? given : withEphemeral(current, given);
    const admitted = this.admitted(changedObject(current, wanted), current, options);
    const write = withGeneration(current, admitted);
    return isDeletionComplete(write) ? 'remove' : { write };
  }

  private admittedStatus(current: ApiObject, wanted: ApiObject): Step {
    checkIdentity(current, wanted);
    const write = changedStatus(current, wanted);
    this.options.admitStatus?.(write, current);
    return { write };
  }

  /** Reads, decides, writes at the revision that was read; from the start when another writer was faster. */
  private async change(
    name: ObjectName,
    expected: Expectation,
    signal: AbortSignal | undefined,
    decide: (current: ApiObject) => Step,
  ): Promise<ApiObject> {
    const { store } = this.options;
    const key = objectKey(name);
    for (let attempt = 1; attempt <= attemptsMax; attempt += 1) {
      const entry = await store.get(key, signal);
      const current = entry === undefined ? undefined : passingView(entry.value, entry.revision);
      if (entry === undefined || current === undefined)
        throw new MooringError('NOT_FOUND', `${describeObject(name)} not found`);
      checkExpectation(name, current, expected);
      const step = decide(current);
      try {
        return await this.apply(entry, current, step, signal);
      } catch (error) {
        // Gone or changed since it was read: the next round sees what is true now.
        if (!hasCode(error, 'CONFLICT') && !hasCode(error, 'NOT_FOUND')) throw error;
      }
    }
    throw conflict(name, changedMeanwhile);
  }

  private async apply(
    entry: StoreEntry,
    current: ApiObject,
    step: Step,
    signal: AbortSignal | undefined,
  ): Promise<ApiObject> {
    const { store } = this.options;
    if (step === 'keep') return current;
    if (step === 'remove') {
      await store.delete(entry.key, entry.revision, signal);
      return current;
    }
    if (jsonEqual(step.write, entry.value)) return current;
    const put = (wanted: ApiObject) => store.update(entry.key, wanted, entry.revision, signal);
    return read(await this.write(step.write, current, put, signal));
  }

  private async write(
    object: ApiObject,
    old: ApiObject | undefined,
    put: (object: ApiObject) => Promise<Revision>,
    signal: AbortSignal | undefined,
  ): Promise<Written> {
    const { hook } = this.options;
    return hook?.kind === object.kind
      ? await hook.write(object, old, put, signal)
      : { object, revision: await put(object) };
  }
}

function nameTaken(name: ObjectName, isNameGiven: boolean, cause: unknown): MooringError {
  const words = isNameGiven ? '' : ', the server was not able to generate a unique name for the object';
  return new MooringError('ALREADY_EXISTS', `${describeObject(name)} already exists${words}`, { cause });
}

function read<T extends ApiObject>({ object, revision }: Written): Read<T> {
  return viewOf(deepFreeze(object), revision) as Read<T>;
}
