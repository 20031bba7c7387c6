/** Ports of the host that pods ask for: each is given once, for each address. */

import { isSidecar, type PodSpec, type Protocol } from '../../api/pod.ts';
import { type Filter, rejection } from './filter.ts';

export interface HostPort {
  readonly protocol: Protocol;
  readonly port: number;
  /** `0.0.0.0`: all addresses. */
  readonly ip: string;
}

const anyIP = '0.0.0.0';

/** Those of all containers that run side by side. */
export function hostPortsOf({ containers, initContainers = [], hostNetwork }: PodSpec): readonly HostPort[] {
  return [...initContainers.filter(isSidecar), ...containers].flatMap(({ ports = [] }) =>
    ports.flatMap(({ containerPort, hostPort, hostIP, protocol }) => {
      // On the host's network every port of the pod is one of the host.
      const port = hostPort || (hostNetwork === true ? containerPort : 0);
      return port === 0 ? [] : [{ protocol: protocol ?? 'TCP', port, ip: hostIP || anyIP }];
    }),
  );
}

/** The ports that are taken on a node. */
export class PortTable {
  /** By protocol and port: how many pods have it, by address. */
  private readonly taken = new Map<string, Map<string, number>>();

  add(ports: readonly HostPort[]): void {
    for (const port of ports) {
      const byIP = this.taken.get(keyOf(port)) ?? new Map<string, number>();
      this.taken.set(keyOf(port), byIP);
      byIP.set(port.ip, (byIP.get(port.ip) ?? 0) + 1);
    }
  }

  remove(ports: readonly HostPort[]): void {
    for (const port of ports) {
      const byIP = this.taken.get(keyOf(port));
      const left = (byIP?.get(port.ip) ?? 0) - 1;
      if (left > 0) byIP?.set(port.ip, left);
      else byIP?.delete(port.ip);
      if (byIP?.size === 0) this.taken.delete(keyOf(port));
    }
  }

  isTaken(port: HostPort): boolean {
    const byIP = this.taken.get(keyOf(port));
    if (byIP === undefined) return false;
    return port.ip === anyIP || byIP.has(anyIP) || byIP.has(port.ip);
  }
}

function keyOf({ protocol, port }: HostPort): string {
  return `${protocol}/${port}`;
}

const clash = rejection("node(s) didn't have free ports for the requested pod ports", true);

export const hasFreePorts: Filter = ({ ports }, { usage }) =>
  ports.length > 0 && ports.some((port) => usage.ports.isTaken(port)) ? clash : undefined;
