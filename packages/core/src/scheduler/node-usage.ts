/** What the pods of a node take of it: sums that each pod changes by its own share, never counted anew. */

import type { Amounts } from '../api/pod-requests.ts';
import { PortTable } from './filters/host-ports.ts';
import type { PodNeeds } from './pod-needs.ts';

export class NodeUsage {
  pods = 0;
  readonly ports = new PortTable();
  private readonly requestedBy = new Map<string, number>();
  private readonly scoredBy = new Map<string, number>();

  add({ requests, scored, ports }: PodNeeds): void {
    this.pods += 1;
    change(this.requestedBy, requests, 1);
    change(this.scoredBy, scored, 1);
    this.ports.add(ports);
  }

  /** Of a pod that was added. */
  remove({ requests, scored, ports }: PodNeeds): void {
    this.pods -= 1;
    change(this.requestedBy, requests, -1);
    change(this.scoredBy, scored, -1);
    this.ports.remove(ports);
  }

  requested(resource: string): number {
    return this.requestedBy.get(resource) ?? 0;
  }

  /** With the amounts that containers without requests count for. */
  scored(resource: string): number {
    return this.scoredBy.get(resource) ?? 0;
  }
}

/** Resources that nobody asks for any more are forgotten: their names come from users. */
function change(sums: Map<string, number>, amounts: Amounts, sign: 1 | -1): void {
  for (const [resource, amount] of amounts) {
    const sum = (sums.get(resource) ?? 0) + sign * amount;
    if (sum === 0) sums.delete(resource);
    else sums.set(resource, sum);
  }
}
