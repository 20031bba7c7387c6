/** The usable endpoints of each port of each Service, as the cache has them now. */

import type { EndpointSlice } from '../../api/network.ts';
import type { Informer } from '../../contract/informer.ts';
import { serviceIndex, serviceKeyOf } from '../../store/common-indices.ts';
import type { ObjectOf } from '../../store/keys.ts';
import { Machines } from './machines.ts';
import type { ServiceTarget } from './service-ports.ts';
import { type Backend, usableBackends } from './usable-endpoints.ts';

export class EndpointTable implements Disposable {
  private readonly slices: Informer<ObjectOf<'EndpointSlice'>>;
  private readonly own: ReadonlySet<string>;
  private readonly machines: Machines;
  /** What was made of the slices of a Service; gone with the next change of one of them, or of where nodes are. */
  private readonly known = new Map<string, Map<string, readonly Backend[]>>();
  private readonly unsubscribe: () => void;

  /** `own`: the nodes whose endpoints count as local. */
  constructor(
    slices: Informer<ObjectOf<'EndpointSlice'>>,
    nodes: Informer<ObjectOf<'Node'>>,
    own: ReadonlySet<string>,
  ) {
    this.slices = slices;
    this.own = own;
    this.machines = new Machines(nodes, own, () => this.known.clear());
    this.unsubscribe = slices.subscribe({
      onUpsert: (slice, old) => {
        this.forget(slice);
        if (old !== undefined) this.forget(old);
      },
      onDelete: (slice) => this.forget(slice),
    });
  }

  backendsOf({ namespace, service, portName, isLocal }: ServiceTarget): readonly Backend[] {
    const key = `${namespace}/${service}`;
    const ofService = this.known.get(key) ?? new Map<string, readonly Backend[]>();
    this.known.set(key, ofService);
    const choice = `${isLocal} ${portName}`;
    const known = ofService.get(choice);
    if (known !== undefined) return known;
    const slices = this.slices.byIndex(serviceIndex, key);
    const isElsewhere = (node: string) => this.machines.isElsewhere(node);
    const backends = usableBackends(slices, { portName, isElsewhere, ...(isLocal && { nodes: this.own }) });
    ofService.set(choice, backends);
    return backends;
  }

  /** The Service is gone. */
  drop(namespace: string, service: string): void {
    this.known.delete(`${namespace}/${service}`);
  }

  [Symbol.dispose](): void {
    this.unsubscribe();
    this.machines[Symbol.dispose]();
    this.known.clear();
  }

  private forget(slice: EndpointSlice): void {
    const key = serviceKeyOf(slice);
    if (key !== undefined) this.known.delete(key);
  }
}
