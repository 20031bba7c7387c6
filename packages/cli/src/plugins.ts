/** The plugins that moor runs pods with. */

import type { Plugin } from '@mooring/core';
import { execProbe } from '@mooring/probe-exec';
import { grpcProbe } from '@mooring/probe-grpc';
import { httpProbe } from '@mooring/probe-http';
import { tcpProbe } from '@mooring/probe-tcp';
import type { Settings } from './settings/table.ts';

export function probers(): readonly Plugin[] {
  return [httpProbe(), tcpProbe(), execProbe(), grpcProbe()];
}

/**
 * Only the runtime that is used is loaded. Rejects with `INVALID` for settings that the runtime does not take. `command`: the
 * one of moor that runs the pods, for what is said to users.
 */
export async function runtimePlugin(settings: Settings, command: string): Promise<Plugin> {
  if (settings.runtime === 'docker') {
    const { dockerRuntime } = await import('@mooring/runtime-docker');
    const host = settings['docker.host'];
    return dockerRuntime({ pull: settings['docker.pull'], ...(host !== undefined && { host }) });
  }
  const { processRuntime } = await import('@mooring/runtime-process');
  const { images, 'process.ipRange': ipRange } = settings;
  const { 'process.logMaxBytes': logMaxBytes, 'process.logMaxFiles': logMaxFiles } = settings;
  return processRuntime({
    images,
    unmappedHint:
      `start \`moor ${command} --image IMAGE\`, which runs the command that the pod gives, ` +
      `or \`moor ${command} --image 'IMAGE=PROGRAM ARGUMENTS'\``,
    ...(ipRange !== undefined && { ipRange }),
    ...(logMaxBytes !== undefined && { logMaxBytes }),
    ...(logMaxFiles !== undefined && { logMaxFiles }),
  });
}
