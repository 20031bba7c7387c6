/** Answers what nodes and pods use, by asking the agents of the nodes. */

import { type ApiObject, type ContainerUsage, errorMessage, type StoredPod } from '@mooring/core';
import { json, type Reply } from '../http/reply.ts';
import type { ApiRequest } from '../request/api-request.ts';
import type { ResourceTarget } from '../request/parse-target.ts';
import { selectionOf } from '../select/selection.ts';
import type { ServerParts } from '../serve/server-parts.ts';
import { methodNotAllowed, notFound, unknownPath } from '../status/status-error.ts';
import { metricsList, nodeMetrics, podMetrics } from './usage-objects.ts';
import { usageResources, usageVersion } from './usage-resources.ts';

/** What a node says is asked for once by all who want it within this time. */
const freshMs = 2000;

interface Asked {
  readonly atMs: number;
  readonly usage: Promise<readonly ContainerUsage[]>;
}

export class UsageServer {
  private readonly parts: ServerParts;
  private readonly asked = new Map<string, Asked>();

  constructor(parts: ServerParts) {
    this.parts = parts;
  }

  async answer(request: ApiRequest, target: ResourceTarget): Promise<Reply> {
    const info = usageResources.find(({ resource }) => resource === target.resource);
    if (info === undefined || target.version !== usageVersion || target.subresource !== undefined)
      throw unknownPath();
    if (request.verb !== 'get' && request.verb !== 'list') throw methodNotAllowed();
    const items = info.isNamespaced ? await this.pods(request, target) : await this.nodes(request, target);
    if (request.verb === 'list') return json(metricsList(info.kind, items));
    const [item] = items;
    if (item === undefined) throw notFound(target);
    return json(item);
  }

  private async nodes({ query, signal }: ApiRequest, { name }: ResourceTarget): Promise<readonly object[]> {
    const { cluster, clock } = this.parts;
    const selection = selectionOf(query, { kind: 'Node', name });
    const { items } = await cluster.objects.list('Node', undefined, { signal });
    const nodes = items.filter((node) => selection.matches(node));
    const usage = await this.usageOf(nodes.map(({ metadata }) => metadata.name ?? ''));
    return nodes.flatMap((node) => {
      const own = usage.get(node.metadata.name ?? '');
      return own === undefined ? [] : [nodeMetrics(node, own, clock.now())];
    });
  }

  private async pods(
    { query, signal }: ApiRequest,
    { name, namespace }: ResourceTarget,
  ): Promise<readonly object[]> {
    const { cluster, clock } = this.parts;
    const selection = selectionOf(query, { kind: 'Pod', namespace, name });
    const { items } = await cluster.objects.list('Pod', namespace, { signal });
    const pods = items.filter((pod: ApiObject) => selection.matches(pod));
    const usage = await this.usageOf(pods.map(nodeOf));
    return pods.flatMap((pod) => {
      const own = usage.get(nodeOf(pod))?.filter(({ podUID }) => podUID === pod.metadata.uid) ?? [];
      return own.length === 0 ? [] : [podMetrics(pod, own, clock.now())];
    });
  }

  /** By node; those that do not answer, or measure nothing, are not there. */
  private async usageOf(names: readonly string[]): Promise<ReadonlyMap<string, readonly ContainerUsage[]>> {
    const found = new Map<string, readonly ContainerUsage[]>();
    this.forgetOld();
    const ask = async (node: string) => {
      try {
        found.set(node, await this.ask(node));
      } catch (error) {
        this.parts.logger.debug({ node, why: errorMessage(error) }, 'usage of a node is not known');
      }
    };
    await Promise.all([...new Set(names)].filter((node) => node !== '').map(ask));
    return found;
  }

  private ask(node: string): Promise<readonly ContainerUsage[]> {
    const { cluster, clock, signal } = this.parts;
    const known = this.asked.get(node);
    if (known !== undefined) return known.usage;
    const usage = cluster.streams.usage(node, signal);
    this.asked.set(node, { atMs: clock.monotonicMs(), usage });
    return usage;
  }

  /** Those of nodes that have gone, too. */
  private forgetOld(): void {
    const oldMs = this.parts.clock.monotonicMs() - freshMs;
    for (const [node, { atMs }] of this.asked) if (atMs <= oldMs) this.asked.delete(node);
  }
}

function nodeOf({ spec }: StoredPod): string {
  return spec.nodeName ?? '';
}
