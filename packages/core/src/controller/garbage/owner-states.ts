/**
 * What has become of owners. A cache that shows an owner alive is believed, for its end will be heard of; that an owner is
 * gone or being deleted is believed only when the store says so too, because a dependent is deleted for it.
 */

import type { ApiObject, OwnerReference } from '../../api/meta.ts';
import type { ReconcileContext } from '../../contract/controller.ts';
import type { LruMap } from '../../engine/lru-map.ts';
import type { OwnerState } from './decide-dependent.ts';
import { collectedKinds, mayOwn, type OwnerGraph, waitsForDependents } from './owner-graph.ts';

/** References to what does not exist, seen from a namespace; `true` where it exists in another one. */
export type AbsentOwners = LruMap<string, boolean>;

export interface OwnerStatesOptions {
  readonly context: ReconcileContext;
  readonly graph: OwnerGraph;
  readonly absent: AbsentOwners;
  readonly signal: AbortSignal;
}

/** For one look: each owner is asked for once. */
export class OwnerStates {
  /** An owner exists that its cache does not show yet: nobody would hear of its end if it never did. */
  isAheadOfCache = false;
  private readonly options: OwnerStatesOptions;
  private readonly asked = new Map<string, Promise<OwnerState>>();

  constructor(options: OwnerStatesOptions) {
    this.options = options;
  }

  async of(owner: OwnerReference, dependent: ApiObject): Promise<OwnerState> {
    const { graph, absent } = this.options;
    const { namespace } = dependent.metadata;
    if (!collectedKinds.includes(owner.kind)) return 'unknown';
    if (!mayOwn(owner, namespace)) {
      if (graph.isElsewhere(owner, namespace)) this.tellWrongNamespace(owner, dependent);
      return 'unknown';
    }
    const cached = graph.owner(owner, namespace);
    if (cached !== undefined && !waitsForDependents(cached)) return 'solid';
    const key = [namespace, owner.apiVersion, owner.kind, owner.name, owner.uid].join('/');
    const isAbsent = cached === undefined && absent.get(key) !== undefined;
    const state = isAbsent ? 'dangling' : await this.askOnce(key, owner, namespace);
    if (state !== 'dangling') this.isAheadOfCache ||= cached === undefined;
    else if (absent.get(key) === true) this.tellWrongNamespace(owner, dependent);
    return state;
  }

  private askOnce(key: string, owner: OwnerReference, namespace: string | undefined): Promise<OwnerState> {
    const asked = this.asked.get(key) ?? this.ask(key, owner, namespace);
    this.asked.set(key, asked);
    return asked;
  }

  private async ask(
    key: string,
    reference: OwnerReference,
    namespace: string | undefined,
  ): Promise<OwnerState> {
    const { context, graph, absent, signal } = this.options;
    const owner = await context.objects.get(reference.kind, namespace, reference.name, signal);
    if (owner?.metadata.uid === reference.uid) return waitsForDependents(owner) ? 'waiting' : 'solid';
    absent.set(key, graph.isElsewhere(reference, namespace));
    return 'dangling';
  }

  /** Whoever wrote the reference should hear why it counts for nothing. */
  private tellWrongNamespace({ apiVersion, kind, name, uid }: OwnerReference, dependent: ApiObject): void {
    const { namespace = '' } = dependent.metadata;
    const words = `[${apiVersion}/${kind}, namespace: ${namespace}, name: ${name}, uid: ${uid}]`;
    this.options.context.recordEvent(dependent, {
      type: 'Warning',
      reason: 'OwnerRefInvalidNamespace',
      message: `ownerRef ${words} does not exist in namespace ${JSON.stringify(namespace)}`,
    });
  }
}
