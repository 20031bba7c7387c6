/** Which life of an agent has the name of its node, by the lease that is stored. */

import type { ApiObject } from '@mooring/core';
import type { Truth, Write } from './truth.ts';

const prefix = 'leases/kube-node-lease/';
const holderAnnotation = 'mooring.dev/held-by';

export class NodeNames {
  private readonly truth: Truth;
  private readonly holders = new Map<string, string>();
  /** By the instance that a lease names: the life that wrote it there. */
  private readonly lives = new Map<string, string>();
  private readonly lostAtMs = new Map<string, number>();
  private readonly takenAtMs = new Map<string, number>();

  constructor(truth: Truth) {
    this.truth = truth;
    truth.subscribe((fact) => {
      if (fact.type === 'write' && fact.write.key.startsWith(prefix)) this.note(fact.write);
    });
  }

  /** Empty while nobody has it. */
  holderOf(node: string): string {
    return this.holders.get(node) ?? '';
  }

  /** When that life last had to give up the name of its node. */
  lostMs(life: string): number {
    return this.lostAtMs.get(life) ?? Number.NEGATIVE_INFINITY;
  }

  /** When another life last took the name of its node from that one. */
  takenMs(life: string): number {
    return this.takenAtMs.get(life) ?? Number.NEGATIVE_INFINITY;
  }

  private note({ by, key, value }: Write): void {
    const node = key.slice(prefix.length);
    const before = this.holderOf(node);
    const text = (value as ApiObject | undefined)?.metadata.annotations?.[holderAnnotation];
    const instance = text === undefined ? '' : (JSON.parse(text) as { readonly instance: string }).instance;
    if (instance !== '' && !this.lives.has(instance)) this.lives.set(instance, by);
    const holder = this.lives.get(instance) ?? '';
    if (holder !== before) this.lostAtMs.set(before, this.truth.nowMs());
    if (holder !== before && holder !== '') this.takenAtMs.set(before, this.truth.nowMs());
    this.holders.set(node, holder);
  }
}
