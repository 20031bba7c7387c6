/** The plugin: `createAgent({ plugins: [processRuntime({ images: { nginx: ['node', 'web.js'] } })] })`. */

import { MooringError, type Plugin } from '@mooring/core';
import { openProcessRuntime } from './open-process-runtime.ts';
import { defaultOptions, type ProcessRuntimeOptions } from './options.ts';

/** Real local processes as containers. Throws `INVALID` for limits that make no sense. */
export function processRuntime(options: ProcessRuntimeOptions = {}): Plugin {
  const resolved = { ...defaultOptions, ...options };
  for (const name of ['logMaxBytes', 'logMaxFiles'] as const)
    if (!Number.isInteger(resolved[name]) || resolved[name] < 1)
      throw new MooringError('INVALID', `${name}: ${resolved[name]} is not a whole number greater than 0`);
  return {
    name: '@mooring/runtime-process',
    core: '^0.1.0',
    register(registry) {
      registry.addRuntime('process', (context) => openProcessRuntime(context, resolved));
    },
  };
}
