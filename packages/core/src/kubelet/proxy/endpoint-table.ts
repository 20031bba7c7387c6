/** The usable endpoints of each port of each Service, as the cache has them now. */

import type { EndpointSlice } from '../../api/network.ts';
import type { Informer } from '../../contract/informer.ts';
import { endpointSliceIndices, serviceIndex } from '../../store/common-indices.ts';
import type { ObjectOf } from '../../store/keys.ts';
import type { ServiceTarget } from './service-ports.ts';
import { type Backend, usableBackends } from './usable-endpoints.ts';

export class EndpointTable implements Disposable {
  private readonly slices: Informer<ObjectOf<'EndpointSlice'>>;
  private readonly nodes: ReadonlySet<string>;
  /** What was made of the slices of a Service; gone with the next change of one of them. */
  private readonly known = new Map<string, Map<string, readonly Backend[]>>();
  private readonly unsubscribe: () => void;

  /** `nodes`: those whose endpoints count as local. */
  constructor(slices: Informer<ObjectOf<'EndpointSlice'>>, nodes: ReadonlySet<string>) {
    this.slices = slices;
    this.nodes = nodes;
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
    const backends = usableBackends(slices, { portName, ...(isLocal && { nodes: this.nodes }) });
    ofService.set(choice, backends);
    return backends;
  }

  /** The Service is gone. */
  drop(namespace: string, service: string): void {
    this.known.delete(`${namespace}/${service}`);
  }

  [Symbol.dispose](): void {
    this.unsubscribe();
    this.known.clear();
  }

  private forget(slice: EndpointSlice): void {
    const key = endpointSliceIndices[serviceIndex]?.(slice);
    if (typeof key === 'string') this.known.delete(key);
  }
}
