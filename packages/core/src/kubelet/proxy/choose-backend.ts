/** Which of the usable endpoints a connection is tried on: each in its turn, and a client where it was before. */

import type { Random } from '../../contract/clock.ts';
import { LruMap } from '../../engine/lru-map.ts';
import { type Backend, sameBackend } from './usable-endpoints.ts';

/** So long after a failed connect an endpoint is tried after all others. */
const penaltyMs = 5000;
/** Clients that are remembered, and endpoints that did not answer. */
const clientsMax = 10_000;
const failuresMax = 1000;

export interface Choice {
  readonly backends: readonly Backend[];
  /** Those that were tried for this connection already. */
  readonly tried: readonly Backend[];
  /** Those are tried last. */
  isLeaving(backend: Backend): boolean;
  readonly client: string;
  readonly affinityMs: number | undefined;
  readonly nowMs: number;
}

/** For one port of a Service. */
export class BackendChooser {
  private turn: number;
  private readonly clients = new LruMap<string, { readonly backend: Backend; readonly atMs: number }>(
    clientsMax,
  );
  private readonly failedAtMs = new LruMap<string, number>(failuresMax);

  /** The first turn is by chance, so that proxies that start together do not all begin with the same endpoint. */
  constructor(random: Random) {
    this.turn = Math.floor(random.next() * 1_000_000);
  }

  /** `undefined` when there is none that was not tried. */
  choose({ backends, tried, isLeaving, client, affinityMs, nowMs }: Choice): Backend | undefined {
    const untried = backends.filter((backend) => !tried.some((one) => sameBackend(one, backend)));
    const staying = untried.filter((backend) => !isLeaving(backend));
    const open = staying.length > 0 ? staying : untried;
    if (affinityMs !== undefined) {
      const known = this.clients.get(client);
      const former = known !== undefined && nowMs - known.atMs < affinityMs ? known.backend : undefined;
      const again = former && open.find((backend) => sameBackend(backend, former));
      if (again !== undefined) return again;
    }
    const healthy = open.filter((backend) => !this.hasFailed(backend, nowMs));
    const best = healthy.length > 0 ? healthy : open;
    this.turn += 1;
    return best[this.turn % best.length];
  }

  connected(
    backend: Backend,
    { client, affinityMs, nowMs }: Pick<Choice, 'client' | 'affinityMs' | 'nowMs'>,
  ) {
    if (affinityMs !== undefined) this.clients.set(client, { backend, atMs: nowMs });
  }

  failed(backend: Backend, nowMs: number): void {
    this.failedAtMs.set(keyOf(backend), nowMs);
  }

  private hasFailed(backend: Backend, nowMs: number): boolean {
    const atMs = this.failedAtMs.get(keyOf(backend));
    return atMs !== undefined && nowMs - atMs < penaltyMs;
  }
}

function keyOf({ host, port }: Backend): string {
  return `${host} ${port}`;
}
