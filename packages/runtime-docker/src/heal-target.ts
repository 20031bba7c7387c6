/** What a probe of a healer may know about a container that somebody else has made. */

import { MooringError, type ProbeTarget } from '@mooring/core';
import type { Engine } from './engine.ts';
import { type ExecPorts, execCommand } from './exec-command.ts';

/** Where it is reached from this host; `undefined` when it has no network. One that has joined another's is reached at that one's address. */
export async function addressOf(
  engine: Engine,
  id: string,
  signal: AbortSignal,
): Promise<string | undefined> {
  const { HostConfig, NetworkSettings } = await engine.call(
    'inspecting a container',
    signal,
    (docker, abortSignal) => docker.getContainer(id).inspect({ abortSignal }),
  );
  const mode = HostConfig.NetworkMode ?? '';
  if (mode === 'host') return '127.0.0.1';
  const joined = /^container:(.+)$/.exec(mode)?.[1];
  if (joined !== undefined) return await addressOf(engine, joined, signal);
  return Object.values(NetworkSettings.Networks)
    .map(({ IPAddress }) => IPAddress)
    .find((address) => address !== '');
}

export interface TargetOf {
  readonly id: string;
  readonly name: string;
  readonly address: string | undefined;
  readonly timeoutMs: number;
}

export function healTarget(ports: ExecPorts, { id, name, address, timeoutMs }: TargetOf): ProbeTarget {
  return {
    // A probe of a command does not ask for it.
    get podIP() {
      if (address !== undefined) return address;
      throw new MooringError('INVALID', `${name} has no address that this host reaches: use exec`);
    },
    ...{ podUID: id, podName: name, namespace: 'default', containerName: name },
    ...{ containerID: id, timeoutMs },
    resolvePort(port) {
      if (Number.isInteger(Number(port))) return Number(port);
      throw new MooringError(
        'INVALID',
        `port ${JSON.stringify(port)} must be a number: it has no named ports`,
      );
    },
    expand: (words) => words,
    exec: (command, options, signal) => execCommand(ports, id, command, options, signal),
  };
}
