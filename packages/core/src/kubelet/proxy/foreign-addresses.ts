/** Addresses of Services that another process of this host has opened: whom they lead to a pod is not seen here. */
export class ForeignAddresses {
  /** The actors of the addresses, by Service: `default/web`. */
  private readonly byService = new Map<string, Set<string>>();

  add(service: string, address: string): void {
    const known = this.byService.get(service) ?? new Set();
    this.byService.set(service, known.add(address));
  }

  /** It is open here, or not wanted any more. */
  delete(service: string, address: string): void {
    const known = this.byService.get(service);
    known?.delete(address);
    if (known?.size === 0) this.byService.delete(service);
  }

  has(service: string): boolean {
    return this.byService.has(service);
  }
}
