/** TCP probes: a container is healthy when a connection to it can be opened. */

import type { Plugin } from '@mooring/core';
import { tcpProber } from './tcp-prober.ts';

export { tcpProber };

/** The plugin that brings the handler `tcpSocket`. */
export function tcpProbe(): Plugin {
  return {
    name: 'probe-tcp',
    core: '^0.1.0',
    register(registry) {
      registry.addProber(tcpProber());
    },
  };
}
