/** gRPC probes: a container is healthy when its `grpc.health.v1.Health` service says SERVING. */

import type { Plugin } from '@mooring/core';
import { type GrpcProberOptions, grpcProber } from './grpc-prober.ts';

export { type GrpcProberOptions, grpcProber };

/** The plugin that brings the handler `grpc`. */
export function grpcProbe(options: GrpcProberOptions = {}): Plugin {
  const prober = grpcProber(options);
  return {
    name: 'probe-grpc',
    core: '^0.1.0',
    register(registry) {
      registry.addProber(prober);
    },
  };
}
