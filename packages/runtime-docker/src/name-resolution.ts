/** How the containers of a pod resolve names, in the engine's words. Pure but for the settings of this host. */

import { readFileSync } from 'node:fs';
import type { DnsSettings } from '@mooring/core';
import type { HostConfig } from 'dockerode';

/** Where that of this host is a forwarder on a local address, which containers cannot reach, the other one has its servers. */
const files = ['/etc/resolv.conf', '/run/systemd/resolve/resolv.conf'];

type Dns = Pick<HostConfig, 'Dns' | 'DnsSearch' | 'DnsOptions'>;

/** `hostSettings`: the text of a `resolv.conf`, to which settings that are not complete are added. */
export function engineDns(dns: DnsSettings | undefined, hostSettings: () => string): Dns {
  if (dns === undefined) return {};
  const host = dns.isComplete
    ? { nameservers: [], searches: [], options: [] }
    : parseSettings(hostSettings());
  const names = new Set(dns.options.map(nameOf));
  const searches = [...new Set([...host.searches, ...dns.searches])];
  return {
    Dns: [...new Set([...host.nameservers, ...dns.nameservers])],
    // The engine takes an empty list for none of ours, and adds that of the host; the dot is none at all.
    DnsSearch: searches.length === 0 ? ['.'] : searches,
    DnsOptions: [...host.options.filter((option) => !names.has(nameOf(option))), ...dns.options],
  };
}

/** The first file whose servers containers can reach; empty where there is none. */
export function hostDnsSettings(): string {
  const texts = files.map(readText);
  const isReachable = (text: string) =>
    parseSettings(text).nameservers.some((address) => !/^(?:127\.|::1$)/.test(address));
  return texts.find(isReachable) ?? '';
}

function parseSettings(text: string): Omit<DnsSettings, 'isComplete'> {
  const rows = text.split('\n').map((line) => line.trim().split(/\s+/));
  const valuesOf = (key: string) => rows.filter(([first]) => first === key).map(([, ...rest]) => rest);
  return {
    nameservers: valuesOf('nameserver').flatMap(([address]) => address ?? []),
    // The last one counts.
    searches: [...valuesOf('search'), ...valuesOf('domain')].at(-1) ?? [],
    options: valuesOf('options').flat(),
  };
}

function nameOf(option: string): string {
  return option.split(':')[0] ?? '';
}

function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    // This host resolves names in another way.
    return '';
  }
}
