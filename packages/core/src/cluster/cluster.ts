/** What a user holds in hand: objects in, objects out, and every actor by its address. */

import type { ReferredObject } from '../api/known-kinds.ts';
import type { ApiObject, Manifest } from '../api/meta.ts';
import type { KubeEvent } from '../api/objects.ts';
import type { Scale } from '../api/scale.ts';
import type { ActorRequestOptions } from '../bus/actor-client.ts';
import type { Fact } from '../bus/fact-pattern.ts';
import type { StreamClient } from '../bus/stream-client.ts';
import type { ExecOptions, ExecResult, LogLine, LogOptions } from '../contract/container-runtime.ts';
import type { RuntimeHealth } from '../kubelet/kubelet.ts';
import type { ObjectOf } from '../store/keys.ts';
import type { DeleteOptions, ObjectEvent, ObjectStore } from '../store/object-store.ts';
import type { PatchRequestOptions } from './patch.ts';
import type { RolloutClient } from './rollout.ts';
import type { ScaleOptions } from './scale.ts';
import type { WaitCondition, WaitOptions } from './wait-for.ts';

/** What `apply` did with one object. */
export interface Applied {
  readonly object: ApiObject;
  readonly action: 'created' | 'configured' | 'unchanged';
  /** What was taken and may not be what was meant: unknown fields with a guess, fields without effect. */
  readonly warnings: readonly string[];
}

/**
 * An actor of any host, by its address. Both calls reject with `NO_SUCH_ACTOR` when nobody lives there, with
 * `INVALID` for what it does not take, with `DEADLINE_EXCEEDED` when it does not answer.
 */
export interface ActorHandle {
  readonly address: string;
  /** A command: `{ type: 'container.restart' }`, `{ type: 'container.retry' }`, `{ type: 'probe.run-now' }`, `{ type: 'controller.reconcile' }`. */
  send(event: { readonly type: string }, options?: ActorRequestOptions): Promise<void>;
  /** What the actor is now, as plain JSON. */
  snapshot(options?: ActorRequestOptions): Promise<unknown>;
}

/** How busy a controller of this process is. */
export interface ControllerActivity {
  /** `replicaset` */
  readonly name: string;
  /** Objects that have an actor now. */
  readonly actors: number;
  /** How many times it has looked at an object so far. */
  readonly looks: number;
  /** How long those that have ended took, together. */
  readonly lookMs: number;
}

/** Which container is meant. The namespace is `default` when not given. */
export interface ContainerReference {
  readonly namespace?: string;
  readonly pod: string;
  /** The first one of the pod when not given. */
  readonly container?: string;
  /** The instance before the one that runs. */
  readonly previous?: boolean;
}

/**
 * A cluster, or a part of one, in the hands of who composed it. Calls reject with `INVALID` for a kind that does not
 * exist, with `STORE_CLOSED` once it is closed.
 */
export interface Cluster extends AsyncDisposable {
  readonly name: string;
  /** The nodes whose agents run in this process. */
  readonly nodes: readonly string[];
  /**
   * All objects, as controllers read and write them: one operation at a time, conditional where it says so. What is
   * written passes the same admission as what is applied.
   */
  readonly objects: ObjectStore;
  /**
   * The same objects behind the same checks for one rehearsal: what is written to it is seen by nobody else and never
   * stored. What may be known of a write before it is made, such as the address of a new Service, is in the answer.
   */
  rehearsal(): ObjectStore;
  /** The controllers that run in this process, and how busy they were. */
  controllers(): readonly ControllerActivity[];
  /**
   * Creates what is not there and changes what is. One bad object does not keep the others out: all good ones are
   * applied, then it rejects with `INVALID`, naming every mistake of every other.
   */
  apply(objects: Manifest | readonly Manifest[]): Promise<readonly Applied[]>;
  get<K extends string>(
    kind: K,
    namespace: string | undefined,
    name: string,
  ): Promise<ObjectOf<K> | undefined>;
  list<K extends string>(kind: K, namespace?: string): Promise<readonly ObjectOf<K>[]>;
  /** Changes parts of an object: `patch('Deployment/default/web', { spec: { paused: true } })`. See `patchObject`. */
  patch<R extends string>(
    reference: R,
    patch: object,
    options?: PatchRequestOptions,
  ): Promise<ReferredObject<R>>;
  /** Rollouts of Deployments: history, undo, restart, pause, resume, status. */
  readonly rollout: RolloutClient;
  /** Changes how many pods a workload keeps: `scale('ReplicaSet/default/web', 5)`. See `scaleObject`. */
  scale(reference: string, replicas: number, options?: ScaleOptions): Promise<Scale>;
  /**
   * Resolves when the request is stored; a pod is gone once its containers have ended (`waitFor(..., 'deleted')`). What
   * the object owns is deleted after it, as by kubectl, unless `propagationPolicy` says otherwise.
   */
  delete(
    kind: string,
    namespace: string | undefined,
    name: string,
    options?: Pick<DeleteOptions, 'gracePeriodSeconds' | 'propagationPolicy'>,
  ): Promise<void>;
  /** Everything there is, then every change, until the signal aborts. */
  watch<K extends string>(
    kind: K,
    options: { readonly namespace?: string; readonly signal: AbortSignal },
  ): AsyncIterable<ObjectEvent<ObjectOf<K>>>;
  /**
   * Resolves with the object when it is what was waited for, at once when it is so already; with `undefined` after `deleted`.
   * `reference`: `Pod/default/web` (or `Pod/web`, of the namespace `default`), `Node/node-a`. Rejects with `DEADLINE_EXCEEDED`.
   */
  waitFor<R extends string>(
    reference: R,
    condition: WaitCondition<ReferredObject<R>>,
    options?: WaitOptions,
  ): Promise<ReferredObject<R> | undefined>;
  /** Events about an object, oldest first. */
  events(reference: string): Promise<readonly KubeEvent[]>;
  /** Facts from now on, of every actor that the pattern names: `pod.*.container.*.exited`. */
  facts(
    pattern: string,
    options?: { readonly signal?: AbortSignal; readonly pendingMax?: number },
  ): AsyncIterable<Fact>;
  actor(address: string): ActorHandle;
  /** Opens streams to the pods of any node of the cluster: what `logs` and `exec` are made of where a pod runs elsewhere. */
  readonly streams: StreamClient;
  logs(
    container: ContainerReference,
    options?: LogOptions & { readonly signal?: AbortSignal },
  ): AsyncIterable<LogLine>;
  exec(
    container: ContainerReference,
    command: readonly string[],
    options?: Partial<ExecOptions> & { readonly signal?: AbortSignal },
  ): Promise<ExecResult>;
  /** Does the runtime of a node answer? */
  runtimeHealth(nodeName: string): RuntimeHealth | undefined;
  /**
   * For rehearsals: the node ends as when its host loses power. Its agent says nothing any more, its containers are
   * killed, and the rest of the cluster has to find out. Rejects with `NOT_FOUND` for a node of another process.
   */
  crashNode(name: string): Promise<void>;
  /**
   * Brings a node back that has crashed: a new agent looks at what the store wants of it, and at what is there. Rejects with
   * `INVALID` for one that has not.
   */
  restartNode(name: string): Promise<void>;
  /** Ends the agents and touches no container: agents started over the same `dataDir` adopt them. */
  detach(): Promise<void>;
  /** A clean stop: containers are stopped with their grace period and hooks, then everything is closed. */
  close(): Promise<void>;
}
