/** Leads the connections that come in at one address of a Service to its endpoints. */

import type { Socket } from 'node:net';
import type { Clock, Random } from '../../contract/clock.ts';
import type { Logger } from '../../contract/logger.ts';
import { BackendChooser } from './choose-backend.ts';
import type { Connections } from './connections.ts';
import { dial } from './dial.ts';
import type { EndpointTable } from './endpoint-table.ts';
import { type RelayPorts, relay } from './relay.ts';
import type { ServiceTarget } from './service-ports.ts';
import type { Backend } from './usable-endpoints.ts';

export interface RouteParts {
  readonly endpoints: EndpointTable;
  readonly connections: Connections;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  readonly connectMsMax: number;
  /** Ends the attempts to connect. */
  readonly signal: AbortSignal;
}

/** So long the EndpointSlices may take to follow when a port gets another name. */
const renamingMsMax = 5000;

export class ServiceRoute {
  private target: ServiceTarget;
  /** While slices still know the port by the name that it had. */
  private former: { readonly portName: string; readonly untilMs: number } | undefined;
  private readonly parts: RouteParts;
  private readonly chooser: BackendChooser;

  constructor(parts: RouteParts, target: ServiceTarget) {
    this.parts = parts;
    this.target = target;
    this.chooser = new BackendChooser(parts.random);
  }

  /** Counts for connections that come from now on. */
  retarget(target: ServiceTarget): void {
    const { portName } = this.target;
    const untilMs = this.parts.clock.monotonicMs() + renamingMsMax;
    if (portName !== target.portName) this.former = { portName, untilMs };
    this.target = target;
  }

  /** The client must be paused. */
  accept(client: Socket): void {
    this.parts.connections.add(client);
    void relay(client, this.portsFor(client.remoteAddress ?? ''));
  }

  private portsFor(client: string): RelayPorts {
    const { connections, clock, logger, connectMsMax, signal } = this.parts;
    const { target, chooser } = this;
    const { affinityMs } = target;
    return {
      next: (tried) => {
        const backends = this.backends(clock.monotonicMs());
        const isLeaving = ({ podUID }: Backend) => connections.isLeaving(podUID);
        return chooser.choose({ backends, tried, isLeaving, client, affinityMs, nowMs: clock.monotonicMs() });
      },
      dial: (backend) => dial(backend, clock, connectMsMax, signal),
      open: ({ podUID }) => connections.open(podUID),
      connected: (backend) => chooser.connected(backend, { client, affinityMs, nowMs: clock.monotonicMs() }),
      failed: (backend, err) => {
        chooser.failed(backend, clock.monotonicMs());
        const { host, port } = backend;
        const { namespace, service } = target;
        logger.debug(
          { namespace, key: service, endpoint: `${host}:${port}`, err },
          'endpoint does not answer',
        );
      },
    };
  }

  private backends(nowMs: number): readonly Backend[] {
    const { endpoints } = this.parts;
    const { target, former } = this;
    const backends = endpoints.backendsOf(target);
    if (backends.length > 0 || former === undefined || nowMs >= former.untilMs) return backends;
    return endpoints.backendsOf({ ...target, portName: former.portName });
  }
}
