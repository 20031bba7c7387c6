/** Exec probes: a container is healthy when a command that runs in it exits with 0. */

import type { Plugin } from '@mooring/core';
import { execProber } from './exec-prober.ts';

export { execProber };

/** The plugin that brings the handler `exec`. */
export function execProbe(): Plugin {
  return {
    name: 'probe-exec',
    core: '^0.1.0',
    register(registry) {
      registry.addProber(execProber());
    },
  };
}
