/** HTTP probes: a container is healthy when it answers a GET with 200 to 399, as the kubelet asks and judges. */

import type { Plugin } from '@mooring/core';
import { type HttpProberOptions, httpProber } from './http-prober.ts';

export { type HttpProberOptions, httpProber };

/** The plugin that brings the handler `httpGet`. */
export function httpProbe(options: HttpProberOptions = {}): Plugin {
  const prober = httpProber(options);
  return {
    name: 'probe-http',
    core: '^0.1.0',
    register(registry) {
      registry.addProber(prober);
    },
  };
}
