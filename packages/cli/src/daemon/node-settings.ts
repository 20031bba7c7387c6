import { resolve } from 'node:path';
import type { NodeOptions } from '@mooring/core';
import type { Settings } from '../settings/table.ts';
import { nodeNameOf } from './node-name.ts';

/** The node that settings describe. `credentialsNode`: whom credentials were made for, whose name is then the only right one. */
export function nodeOptions(settings: Settings, cwd: string, credentialsNode?: string): NodeOptions {
  const crashLoop = crashLoopOf(settings);
  const { node, labels, hostIP, fencing, manifests } = settings;
  return {
    name: nodeNameOf(node ?? credentialsNode),
    labels,
    ...(crashLoop !== undefined && { crashLoop }),
    ...(hostIP !== undefined && { hostIP }),
    ...(fencing !== undefined && { fencing }),
    ...(manifests !== undefined && { manifests: resolve(cwd, manifests) }),
  };
}

/** `undefined` when nothing is set: what is not given keeps its default. */
export function crashLoopOf(settings: Settings): NodeOptions['crashLoop'] {
  const given = {
    initialMs: settings['crashLoop.initialMs'],
    maxMs: settings['crashLoop.maxMs'],
    resetAfterMs: settings['crashLoop.resetAfterMs'],
  };
  const set = Object.entries(given).filter(([, value]) => value !== undefined);
  return set.length === 0 ? undefined : Object.fromEntries(set);
}
