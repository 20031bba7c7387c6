/** The plugin: `createAgent({ plugins: [processRuntime({ images: { nginx: ['node', 'web.js'] } })] })`. */

import type { Plugin } from '@mooring/core';
import { openProcessRuntime } from './open-process-runtime.ts';
import { defaultOptions, type ProcessRuntimeOptions } from './options.ts';
import { validateOptions } from './validate-options.ts';

/** Real local processes as containers. Throws `INVALID` with every mistake in the options. */
export function processRuntime(options: ProcessRuntimeOptions = {}): Plugin {
  validateOptions(options);
  const given = Object.entries(options).filter(([, value]) => value !== undefined);
  const resolved = { ...defaultOptions, ...Object.fromEntries(given) };
  return {
    name: '@mooring/runtime-process',
    core: '^0.1.0',
    register(registry) {
      registry.addRuntime('process', (context) => openProcessRuntime(context, resolved));
    },
  };
}
