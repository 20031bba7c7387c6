/** The plugin: `createAgent({ plugins: [dockerRuntime()] })`. */

import type { Plugin } from '@mooring/core';
import { openDockerRuntime } from './open-docker-runtime.ts';
import { type DockerRuntimeOptions, resolveOptions, validateOptions } from './options.ts';

/** Containers of a Docker engine. Throws `INVALID` with every mistake in the options. */
export function dockerRuntime(options: DockerRuntimeOptions = {}): Plugin {
  validateOptions(options);
  const resolved = resolveOptions(options, process.env);
  return {
    name: '@mooring/runtime-docker',
    core: '^0.1.0',
    register(registry) {
      registry.addRuntime('docker', (context) => openDockerRuntime(context, resolved));
    },
  };
}
