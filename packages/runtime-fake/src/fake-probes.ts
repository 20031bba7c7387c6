/**
 * Probes of fake pods in virtual time: `httpGet`, `tcpSocket` and `grpc` ask what the programs of the fake network listen
 * with instead of opening sockets, and judge as the real probers do. Exec probes need no stand-in: they go through the
 * runtime anyway.
 */

import {
  abortable,
  defineProber,
  formatDuration,
  HandlerSettings,
  joinHostPort,
  type Plugin,
  type ProbeResult,
  type Prober,
} from '@mooring/core';
import { fakeHttpProber } from './fake-http-probe.ts';
import type { FakeNetwork, FakeService } from './fake-network.ts';

/** The plugin that brings the three handlers; `fake` is the fake runtime, or whatever else has its network. */
export function fakeProbes(fake: { readonly network: FakeNetwork }): Plugin {
  return {
    name: 'fake-probes',
    core: '^0.1.0',
    register(registry) {
      for (const prober of fakeProbers(fake.network)) registry.addProber(prober);
    },
  };
}

/** The probers of `fakeProbes` without the plugin, for a network of your own. */
export function fakeProbers(network: FakeNetwork): readonly Prober[] {
  return [fakeHttpProber(network), fakeTcpProber(network), fakeGrpcProber(network)];
}

function fakeTcpProber(network: FakeNetwork): Prober {
  return defineProber({
    handler: 'tcpSocket',
    network: true,
    parse(raw, path) {
      const settings = new HandlerSettings(raw, path);
      return settings.done({ port: settings.port('port'), host: settings.text('host', '') });
    },
    async probe(config, target) {
      const host = config.host === '' ? target.podIP : config.host;
      const port = target.resolvePort(config.port);
      if (network.connect(host, port) !== undefined) return { outcome: 'success', message: '' };
      return failure(`dial tcp ${joinHostPort(host, port)}: connect: connection refused`);
    },
  });
}

function fakeGrpcProber(network: FakeNetwork): Prober {
  return defineProber({
    handler: 'grpc',
    network: true,
    parse(raw, path) {
      const settings = new HandlerSettings(raw, path);
      return settings.done({ port: settings.portNumber('port'), service: settings.text('service', '') });
    },
    async probe({ port, service }, target, signal) {
      const address = joinHostPort(target.podIP, port);
      const limit = formatDuration(target.timeoutMs);
      const server = network.connect(target.podIP, port);
      if (server?.grpcHealth !== undefined) return await checkHealth(server, service, limit, signal);
      if (server !== undefined)
        return failure(
          `error: health rpc probe failed: rpc error: code = Unavailable desc = no gRPC at ${address}`,
        );
      // A client of gRPC goes on trying until its time is over.
      await abortable(new Promise<never>(() => {}), signal).catch(() => undefined);
      return failure(
        `timeout: failed to connect service "${address}" within ${limit}: context deadline exceeded`,
      );
    },
  });
}

async function checkHealth(
  server: FakeService,
  service: string,
  limit: string,
  signal: AbortSignal,
): Promise<ProbeResult> {
  try {
    const status = await abortable(Promise.resolve(server.grpcHealth?.(service)), signal);
    if (status === 'SERVING') return { outcome: 'success', message: 'service healthy' };
    if (status !== undefined) return failure(`service unhealthy (responded with "${status}")`);
    return failure('error: health rpc probe failed: rpc error: code = NotFound desc = unknown service');
  } catch (error) {
    if (!signal.aborted) throw error;
    return failure(`timeout: health rpc did not complete within ${limit}`);
  }
}

function failure(message: string): ProbeResult {
  return { outcome: 'failure', message };
}
