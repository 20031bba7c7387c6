/** A world that is a cluster of this project: what happens in it is recorded, what is asked of it goes through its API. */

import type { ApiObject, Cluster } from '@mooring/core';
import { History } from './history.ts';
import type { DeleteOptions, World } from './world.ts';

export interface WorldTime {
  nowMs(): number;
  /** As `World.waitUntil`. */
  waitUntil(condition: () => boolean | Promise<boolean>, limitMs: number): Promise<boolean>;
}

export interface ClusterWorldOptions {
  readonly cluster: Cluster;
  readonly time: WorldTime;
  /** Kinds of objects that are watched. */
  readonly kinds: readonly string[];
  fetchBody(podIP: string, port: number): Promise<string | undefined>;
  /** Stands in for a quota: pods beyond this number are refused. */
  limitPods?(podsMax: string): void;
}

interface Quota extends ApiObject {
  readonly spec: { readonly hard: { readonly pods: string } };
}

const namespace = 'default';

/** Objects of these kinds are in no namespace. */
const clusterKinds: ReadonlySet<string> = new Set(['Node', 'Namespace']);

function referenceTo(kind: string, name: string): string {
  return clusterKinds.has(kind) ? `${kind}/${name}` : `${kind}/${namespace}/${name}`;
}

/** Whatever is asked of the cluster is there to be seen by then. */
const visibleWithinMs = 10_000;

/** Longer than the grace period of any pod. */
const closedWithinMs = 1_000_000;

export class ClusterWorld implements World {
  readonly history = new History();
  private readonly options: ClusterWorldOptions;
  private readonly watching = new AbortController();
  private readonly watches: readonly Promise<void>[];

  constructor(options: ClusterWorldOptions) {
    this.options = options;
    this.watches = options.kinds.map((kind) => this.record(kind));
  }

  nowMs(): number {
    return this.options.time.nowMs();
  }

  waitUntil(condition: () => boolean | Promise<boolean>, limitMs: number): Promise<boolean> {
    return this.options.time.waitUntil(condition, limitMs);
  }

  async create(manifest: ApiObject): Promise<void> {
    if (manifest.kind === 'ResourceQuota') {
      if (this.options.limitPods === undefined) throw new Error('there are no quotas in this world');
      this.options.limitPods((manifest as Quota).spec.hard.pods);
      return;
    }
    await this.options.cluster.apply([manifest]);
    const { kind, metadata } = manifest;
    const isVisible = () => this.history.current(kind, metadata.name ?? '') !== undefined;
    if (!(await this.waitUntil(isVisible, visibleWithinMs)))
      throw new Error(`${kind} ${metadata.name} is not there`);
  }

  async delete(kind: string, name: string, options: DeleteOptions): Promise<void> {
    const { gracePeriodSeconds, propagationPolicy = 'Background' } = options;
    const where = clusterKinds.has(kind) ? undefined : namespace;
    await this.options.cluster.delete(kind, where, name, { gracePeriodSeconds, propagationPolicy });
  }

  async patch(kind: string, name: string, patch: object): Promise<void> {
    await this.options.cluster.patch(referenceTo(kind, name), patch);
  }

  async scale(kind: string, name: string, replicas: number): Promise<void> {
    await this.options.cluster.patch(referenceTo(kind, name), { spec: { replicas } });
  }

  fetchBody(podIP: string, port: number): Promise<string | undefined> {
    return this.options.fetchBody(podIP, port);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.watching.abort();
    await Promise.all(this.watches);
    let isClosed = false;
    const closing = this.options.cluster.close().then(() => {
      isClosed = true;
    });
    // Stopping what still runs takes its time, which has to go by.
    await this.waitUntil(() => isClosed, closedWithinMs);
    await closing;
  }

  private async record(kind: string): Promise<void> {
    const { signal } = this.watching;
    const options = clusterKinds.has(kind) ? { signal } : { namespace, signal };
    for await (const event of this.options.cluster.watch(kind, options)) {
      if (event.type === 'put') this.history.put(event.object);
      if (event.type === 'delete') this.history.remove(event.object);
    }
  }
}
