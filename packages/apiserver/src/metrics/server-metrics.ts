/** What the server counts, in the names of Kubernetes' own metrics where there are such. */

import { Counter, Gauge, Histogram, Registry } from 'prom-client';
import type { Reply } from '../http/reply.ts';
import type { ApiRequest } from '../request/api-request.ts';
import type { ResourceInfo } from '../resources/resource-table.ts';

const durations = [0.005, 0.025, 0.1, 0.25, 0.5, 1, 2.5, 5, 15, 60];

export class ServerMetrics {
  private readonly registry = new Registry();
  /** Names of the sub-resources, by group and resource. */
  private readonly known: ReadonlyMap<string, ReadonlySet<string>>;
  private readonly requests: Counter;
  private readonly seconds: Histogram;

  /** `watching`: open watches by kind. */
  constructor(resources: readonly ResourceInfo[], watching: () => ReadonlyMap<string, number>) {
    const registers = [this.registry];
    this.known = new Map(
      resources.map((info) => [keyOf(info), new Set(info.subresources.map(({ name }) => name))]),
    );
    this.requests = new Counter({
      name: 'apiserver_request_total',
      help: 'Requests by verb, resource and code of the answer.',
      labelNames: ['verb', 'group', 'resource', 'subresource', 'code'],
      registers,
    });
    this.seconds = new Histogram({
      name: 'apiserver_request_duration_seconds',
      help: 'Time until a request was answered; watches and streams are left out.',
      labelNames: ['verb', 'resource'],
      buckets: durations,
      registers,
    });
    new Gauge({
      name: 'apiserver_longrunning_requests',
      help: 'Watches that are open now, by kind.',
      labelNames: ['verb', 'kind'],
      registers,
      collect() {
        for (const [kind, count] of watching()) this.set({ verb: 'watch', kind }, count);
      },
    });
  }

  observe({ verb, target }: ApiRequest, code: number, durationMs: number): void {
    // What a client makes up must not become a series of its own.
    const parts = target.type === 'resource' ? this.known.get(keyOf(target)) : undefined;
    const isKnown = target.type === 'resource' && parts !== undefined;
    const { group, resource } = isKnown ? target : { group: '', resource: '' };
    const asked = isKnown ? (target.subresource ?? '') : '';
    const subresource = parts?.has(asked) === true ? asked : '';
    this.requests.inc({ verb: isKnown ? verb : 'other', group, resource, subresource, code });
    const isShort = isKnown && verb !== 'watch' && code !== 101;
    if (isShort) this.seconds.observe({ verb, resource }, durationMs / 1000);
  }

  async reply(): Promise<Reply> {
    return { code: 200, body: await this.registry.metrics(), contentType: this.registry.contentType };
  }
}

function keyOf({ group, resource }: Pick<ResourceInfo, 'group' | 'resource'>): string {
  return `${group}/${resource}`;
}
