/** Pods that are made, crash, are changed and deleted, at a steady rate. */

import { type ApiObject, type Cluster, hasCode, type Pod } from '@mooring/core';

/** Pods that are there at a time; the oldest goes when there are more. */
const podsMax = 30;

export interface Counts {
  created: number;
  changed: number;
  deleted: number;
  scaled: number;
}

export class Workload {
  readonly counts: Counts = { created: 0, changed: 0, deleted: 0, scaled: 0 };
  private readonly cluster: Cluster;
  private readonly names: string[] = [];
  private turn = 0;

  constructor(cluster: Cluster) {
    this.cluster = cluster;
  }

  async begin(): Promise<void> {
    await this.cluster.apply([service, deployment]);
  }

  /** One deed. */
  async step(): Promise<void> {
    this.turn += 1;
    const name = `pod-${this.turn}`;
    if (this.turn % 10 === 0) {
      await this.cluster.scale('Deployment/default/web', 2 + ((this.turn / 10) % 3));
      this.counts.scaled += 1;
    } else if (this.turn % 3 === 0) await this.change(this.names[this.turn % this.names.length]);
    else {
      await this.cluster.apply(podOf(name, this.turn % 4 === 0 ? 'crashing' : 'web'));
      this.names.push(name);
      this.counts.created += 1;
    }
    if (this.names.length > podsMax) await this.remove(this.names.shift());
  }

  private async change(name: string | undefined): Promise<void> {
    if (name === undefined) return;
    await this.cluster.patch(`Pod/default/${name}`, { metadata: { labels: { turn: String(this.turn) } } });
    this.counts.changed += 1;
  }

  private async remove(name: string | undefined): Promise<void> {
    if (name === undefined) return;
    await this.cluster.delete('Pod', 'default', name, { gracePeriodSeconds: 1 }).catch((error: unknown) => {
      if (!hasCode(error, 'NOT_FOUND')) throw error;
    });
    this.counts.deleted += 1;
  }
}

function podOf(name: string, image: string): Pod {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, namespace: 'default', labels: { app: 'web' } },
    spec: { terminationGracePeriodSeconds: 1, containers: [{ name: 'main', image }] },
  };
}

const service: ApiObject = {
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { name: 'web', namespace: 'default' },
  spec: { selector: { app: 'web' }, ports: [{ port: 80 }] },
} as ApiObject;

const deployment: ApiObject = {
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name: 'web', namespace: 'default' },
  spec: {
    replicas: 2,
    selector: { matchLabels: { app: 'set' } },
    template: {
      metadata: { labels: { app: 'set' } },
      spec: { terminationGracePeriodSeconds: 1, containers: [{ name: 'main', image: 'web' }] },
    },
  },
} as ApiObject;
