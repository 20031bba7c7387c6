/** The network between fake pods: unique addresses, and who listens where. Shared by the nodes of one plugin. */

/** What a listener answers. A listener without answers takes connections, which is all a TCP probe looks at. */
export interface FakeService {
  http?(request: FakeRequest): FakeResponse | Promise<FakeResponse>;
  /** The status of `grpc.health.v1.Health/Check` for a service name; `undefined`: NOT_FOUND. */
  grpcHealth?(service: string): string | undefined | Promise<string | undefined>;
}

/** An HTTP request, as a scripted program gets it. */
export interface FakeRequest {
  readonly method: string;
  readonly url: URL;
  /** By lower-case name; the values of a repeated header are joined by `, `. */
  readonly headers: Readonly<Record<string, string>>;
}

/** What a scripted program answers with. */
export interface FakeResponse {
  readonly status: number;
  readonly body?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** Addresses 10.0.0.1 to 10.255.255.254 without those that end in 0 or 255. */
const addressesMax = 256 * 256 * 254;

/** The network between scripted containers and probers: calls, not bytes. */
export class FakeNetwork {
  private readonly listeners = new Map<string, FakeService>();
  private readonly taken = new Set<string>();
  private nextAddress = 0;

  /** An address nobody has. They are handed out in order, and again only after all others. */
  allocate(): string {
    for (let tries = 0; tries < addressesMax; tries += 1) {
      const n = this.nextAddress++ % addressesMax;
      const block = Math.floor(n / 254);
      const ip = `10.${block >> 8}.${block & 255}.${(n % 254) + 1}`;
      if (this.taken.has(ip)) continue;
      this.taken.add(ip);
      return ip;
    }
    throw new Error('the fake network has no address left');
  }

  release(ip: string): void {
    this.taken.delete(ip);
  }

  /** Throws in the system's words when the port is taken. The function given back closes it. */
  listen(ip: string, port: number, service: FakeService): () => void {
    const address = `${ip}:${port}`;
    if (this.listeners.has(address)) throw new Error(`listen tcp ${address}: bind: address already in use`);
    this.listeners.set(address, service);
    return () => this.listeners.delete(address);
  }

  /** Who answers there; `undefined`: the connection is refused. */
  connect(ip: string, port: number): FakeService | undefined {
    return this.listeners.get(`${ip}:${port}`);
  }
}
