import { resolve } from 'node:path';
import type { NodeOptions } from '@mooring/core';
import type { Settings } from '../settings/table.ts';
import { nodeNameOf } from './node-name.ts';

/** The node that settings describe. `credentialsNode`: whom credentials were made for, whose name is then the only right one. */
export function nodeOptions(settings: Settings, cwd: string, credentialsNode?: string): NodeOptions {
  const { node, labels, hostIP, fencing, manifests } = settings;
  return {
    name: nodeNameOf(node ?? credentialsNode),
    labels,
    ...(hostIP !== undefined && { hostIP }),
    ...(fencing !== undefined && { fencing }),
    ...(manifests !== undefined && { manifests: resolve(cwd, manifests) }),
  };
}
