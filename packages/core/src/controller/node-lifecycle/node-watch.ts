/** How long each node has been silent, from pass to pass. */

import type { ObjectOf } from '../../api/known-kinds.ts';
import type { Lease } from '../../api/objects.ts';
import { type Moment, type NodeHealth, observe } from './node-health.ts';

type Node = ObjectOf<'Node'>;

interface Watched {
  readonly node: Node;
  readonly health: NodeHealth;
}

export interface Changes {
  readonly came: readonly Node[];
  readonly went: readonly Node[];
}

export class NodeWatch {
  private watched = new Map<string, Watched>();
  private lookedAtMs: number | undefined;

  /** Looks at all nodes there are; those that are not among them are forgotten. `periodMs`: as often as that it should be. */
  look(
    nodes: readonly Node[],
    leaseOf: (node: Node) => Lease | undefined,
    now: Moment,
    periodMs: number,
  ): Changes {
    this.forgiveUnwatched(now, periodMs);
    const before = this.watched;
    this.watched = new Map(
      nodes.map((node) => {
        const known = before.get(node.metadata.name);
        const health = known?.node.metadata.uid === node.metadata.uid ? known.health : undefined;
        return [node.metadata.name, { node, health: observe(health, { node, lease: leaseOf(node) }, now) }];
      }),
    );
    const came = nodes.filter(({ metadata }) => !before.has(metadata.name));
    const went = [...before.values()].flatMap(({ node }) =>
      this.watched.has(node.metadata.name) ? [] : [node],
    );
    return { came, went };
  }

  /** Of a node that the last look has seen. */
  healthOf(name: string): NodeHealth | undefined {
    return this.watched.get(name)?.health;
  }

  /** A sign of life was seen past the caches. */
  heard(name: string, health: NodeHealth): void {
    const known = this.watched.get(name);
    if (known !== undefined) this.watched.set(name, { ...known, health });
  }

  /** Every node gets all of its grace period anew. */
  forgiveAll({ monotonicMs }: Moment): void {
    this.shift(() => monotonicMs);
  }

  /** Nobody has looked for so long. */
  unwatchedMs({ monotonicMs }: Moment): number {
    return monotonicMs - (this.lookedAtMs ?? monotonicMs);
  }

  /** Time in which nobody looked, because this process slept or its store did, is no silence of the nodes. */
  private forgiveUnwatched(now: Moment, periodMs: number): void {
    const lateMs = this.unwatchedMs(now) - periodMs;
    this.lookedAtMs = now.monotonicMs;
    if (lateMs > periodMs) this.shift((seenAtMs) => seenAtMs + lateMs);
  }

  private shift(moved: (seenAtMs: number) => number): void {
    for (const [name, { node, health }] of this.watched)
      this.watched.set(name, { node, health: { ...health, seenAtMs: moved(health.seenAtMs) } });
  }
}
