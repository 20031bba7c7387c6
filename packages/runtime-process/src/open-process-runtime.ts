/** Puts a process runtime together: lock, what the host can do, what there is already, and the supervisor. */

import { createHash } from 'node:crypto';
import { mkdirSync, realpathSync } from 'node:fs';
import { join, resolve } from 'node:path';
import {
  type Clock,
  EventHub,
  MooringError,
  parseIPv4Range,
  type RuntimeContext,
  readState,
  takeDirectoryLock,
  thisProcess,
  writeState,
} from '@mooring/core';
import { ContainerLifecycle } from './container-lifecycle.ts';
import { ContainerTable } from './container-table.ts';
import { findHostFeatures, unshareMounts } from './host-features.ts';
import { ImageMap } from './image-map.ts';
import { keepMountPoint, MountPoints } from './mount-points.ts';
import type { ResolvedOptions } from './options.ts';
import { blockCandidates, parseRange } from './pod-addresses.ts';
import { ProcessRuntime } from './process-runtime.ts';
import { defaultTerminationLog } from './review-pod.ts';
import { Sandboxes } from './sandboxes.ts';
import { SupervisorClient } from './supervisor-client.ts';
import { SupervisorLink } from './supervisor-link.ts';

/** Rejects with `NODE_NAME_TAKEN`, `RUNTIME_UNAVAILABLE`, or with what is wrong with the options. */
export async function openProcessRuntime(
  context: RuntimeContext,
  options: ResolvedOptions,
): Promise<ProcessRuntime> {
  if (process.platform !== 'linux')
    throw new MooringError(
      'RUNTIME_UNAVAILABLE',
      `the process runtime needs Linux, this is ${process.platform}: use another runtime, such as Docker`,
    );
  const dir = join(context.dataDir, 'runtime');
  mkdirSync(dir, { recursive: true, mode: 0o700 });
  if (thisProcess().startTicks === undefined)
    throw new MooringError('RUNTIME_UNAVAILABLE', '/proc is not mounted');
  const releaseLock = takeDirectoryLock(join(dir, 'lock'), context.dataDir, context.nodeName);
  try {
    return await openLocked(realpathSync(dir), context, options, releaseLock);
  } catch (error) {
    releaseLock();
    throw error;
  }
}

async function openLocked(
  dir: string,
  { nodeName, dataDir, isEphemeral = false, reservedRanges = [], clock, logger }: RuntimeContext,
  options: ResolvedOptions,
  releaseLock: () => void,
): Promise<ProcessRuntime> {
  const range = parseRange(options.ipRange);
  const reserved = reservedRanges.flatMap((text) => parseIPv4Range(text) ?? []);
  const images = new ImageMap(options.images, process.cwd(), options.unmappedHint);
  const agentKey = agentKeyOf(dir, nodeName, clock);
  const features = await findHostFeatures(options, agentKey);
  const events = new EventHub(clock);
  const sandboxes = new Sandboxes(join(dir, 'sandboxes'), range);
  const table = new ContainerTable(join(dir, 'containers'), { clock, logger, events });
  const mountPoints = new MountPoints(join(dir, 'mount-points.json'));
  mountPoints.sweep((owner) => table.get(owner) !== undefined);
  const settings = {
    logBytesMax: options.logMaxBytes,
    logFilesMax: options.logMaxFiles,
    standby: options.standby,
    ...(isEphemeral && { ephemeralDir: resolve(dataDir) }),
    usualKind: features.mounts
      ? { prefix: unshareMounts, terminationLogPath: defaultTerminationLog }
      : { prefix: [] },
  };
  if (features.mounts) keepMountPoint(defaultTerminationLog);
  const client = new SupervisorClient({
    ...{ dir, settings, clock, logger },
    onExit: ({ id, exit }) => table.noteExit(id, exit),
    onLost: () => link.lost(),
  });
  const blockFile = join(dir, 'addresses.json');
  const link: SupervisorLink = new SupervisorLink({
    ...{ client, table, clock, logger },
    async onConnected() {
      const former = readState<{ block: string }>(blockFile)?.block;
      const addresses = blockCandidates(range, agentKey, former, reserved);
      const { address: block } = await client.request({ type: 'claim', addresses });
      if (block !== former) writeState(blockFile, { block });
      sandboxes.useBlock(block);
    },
  });
  await link.get();
  const inherited = Object.fromEntries(
    options.inheritEnv.flatMap((name) => {
      const value = process.env[name];
      return value === undefined ? [] : [[name, value]];
    }),
  );
  const parts = { clock, features, images, sandboxes, table, mountPoints, events, link };
  const lifecycle = new ContainerLifecycle({ ...parts, agentKey, inherited });
  return new ProcessRuntime({
    ...parts,
    lifecycle,
    isEphemeral,
    logFilesMax: options.logMaxFiles,
    releaseLock,
  });
}

/**
 * What tells this agent from all others of the host, kept in its data directory. Without it two agents that run the same
 * pods would give the same IDs, and each would take the processes of the other for its own remains.
 */
function agentKeyOf(dir: string, nodeName: string, clock: Clock): string {
  const path = join(dir, 'agent.json');
  const known = readState<{ key: string }>(path)?.key;
  if (known !== undefined) return known;
  const text = `${nodeName} ${dir} ${clock.now()} ${clock.monotonicMs()} ${process.pid}`;
  const key = createHash('sha256').update(text).digest('hex').slice(0, 12);
  writeState(path, { key });
  return key;
}
