/**
 * What the cluster has to do while faults happen: pods that crash of themselves, a number of replicas that changes with each
 * fault, and notes that are written and removed. Whatever was acknowledged is remembered.
 */

import { setTimeout as sleep } from 'node:timers/promises';
import type { ApiObject, Cluster, ReplicaSet } from '@mooring/core';
import type { Stage } from './stage.ts';
import { untilNone } from './wait-until.ts';

const noteEveryMs = 150;
const notesKept = 40;
const writeMsMax = 30_000;
/** By turns. */
const sizes = [4, 6, 3, 5];

/** What is known of one note. */
type NoteState = 'kept' | 'gone' | 'unknown';

export class Load {
  readonly notes = new Map<string, NoteState>();
  readonly counts = { acknowledged: 0, failed: 0 };
  private readonly cluster: Cluster;
  private readonly stop = new AbortController();
  private readonly ends: Promise<void>[] = [];
  private changes = 0;

  private constructor(cluster: Cluster) {
    this.cluster = cluster;
  }

  static async start({ cluster, id, docker }: Stage): Promise<Load> {
    const load = new Load(cluster);
    const inDocker = docker === undefined ? {} : { hostNetwork: true };
    await cluster.apply([steady(id, inDocker), flaky(id, inDocker)] as readonly ApiObject[]);
    load.ends.push(load.writeNotes());
    return load;
  }

  /** Another number of replicas is wanted from now on; resolves once that is acknowledged. */
  async change(): Promise<void> {
    this.changes += 1;
    const replicas = sizes[this.changes % sizes.length];
    const patch = () => this.cluster.patch('ReplicaSet/default/steady', { spec: { replicas } });
    await untilNone(
      async () => {
        await within(writeMsMax, patch());
        return undefined;
      },
      { what: 'a change of the number of replicas', timeoutMs: 2 * writeMsMax },
    );
  }

  async end(): Promise<void> {
    this.stop.abort();
    await Promise.all(this.ends);
  }

  private async writeNotes(): Promise<void> {
    for (let i = 0; !this.stop.signal.aborted; i += 1) {
      await this.write(`note-${i}`, 'kept', () => this.cluster.apply(note(i)));
      const old = `note-${i - notesKept}`;
      if (this.notes.get(old) === 'kept')
        await this.write(old, 'gone', () => this.cluster.delete('ConfigMap', 'default', old));
      await sleep(noteEveryMs);
    }
  }

  private async write(name: string, done: NoteState, write: () => Promise<unknown>): Promise<void> {
    // Until it is acknowledged it may be either.
    this.notes.set(name, 'unknown');
    try {
      await within(writeMsMax, write());
      this.notes.set(name, done);
      this.counts.acknowledged += 1;
    } catch {
      this.counts.failed += 1;
    }
  }
}

/** A call of a client whose servers are gone may wait for them longer than is of use here. */
async function within<T>(ms: number, work: Promise<T>): Promise<T> {
  const timer = new AbortController();
  const limit = sleep(ms, undefined, { signal: timer.signal }).then(() => {
    throw new Error(`no answer within ${ms} ms`);
  });
  try {
    return await Promise.race([work, limit]);
  } finally {
    timer.abort();
    limit.catch(() => {});
  }
}

export function noteValue(name: string): string {
  return `value of ${name}`;
}

function note(i: number): ApiObject {
  const name = `note-${i}`;
  const object = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, labels: { chaos: 'note' } } };
  return { ...object, data: { value: noteValue(name) } } as ApiObject;
}

const steady = (stage: string, more: object) =>
  replicaSet('steady', { stage, more }, 4, 'trap "exit 0" TERM; while :; do sleep 0.2; done');
/** Ends after 3 to 12 s, with an exit code of its own. */
const flaky = (stage: string, more: object) =>
  replicaSet('flaky', { stage, more }, 3, 'sleep $((3 + $$ % 10)); exit 3');

function replicaSet(
  name: string,
  { stage, more }: { readonly stage: string; readonly more: object },
  replicas: number,
  script: string,
): ReplicaSet {
  const labels = { app: name };
  const env = [
    { name: 'CHAOS_STAGE', value: stage },
    { name: 'POD_UID', valueFrom: { fieldRef: { fieldPath: 'metadata.uid' } } },
    { name: 'NODE', valueFrom: { fieldRef: { fieldPath: 'spec.nodeName' } } },
  ];
  const command = ['/bin/sh', '-c', script.replaceAll('$', '$$$$')];
  const main = { name: 'main', image: 'app', command, env };
  const spec = { ...more, terminationGracePeriodSeconds: 2, containers: [main] };
  return {
    apiVersion: 'apps/v1',
    kind: 'ReplicaSet',
    metadata: { name, namespace: 'default' },
    spec: { replicas, selector: { matchLabels: labels }, template: { metadata: { labels }, spec } },
  } as unknown as ReplicaSet;
}
