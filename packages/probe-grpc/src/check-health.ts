import {
  Client,
  type ClientOptions,
  connectivityState,
  credentials,
  Metadata,
  type ServiceError,
} from '@grpc/grpc-js';
import { onAbort } from '@mooring/core';
import { decodeHealthResponse, encodeHealthRequest } from './health-message.ts';
import { withOwnedSockets } from './owned-sockets.ts';

/** How far one health check got. */
export type HealthCheck =
  | { readonly kind: 'answered'; readonly status: string }
  | { readonly kind: 'not-connected' }
  | { readonly kind: 'not-answered' }
  | { readonly kind: 'rpc-error'; readonly code: number; readonly details: string };

export interface HealthCheckRequest {
  /** `host:port`, an IPv6 address in brackets. */
  readonly address: string;
  readonly service: string;
  readonly userAgent: string;
}

/**
 * Connects in plain text, trying again until it works, and calls `grpc.health.v1.Health/Check`. The abort of `signal` is
 * the only deadline. Never rejects; the connection is gone when it settles.
 */
export async function checkHealth(request: HealthCheckRequest, signal: AbortSignal): Promise<HealthCheck> {
  if (signal.aborted) return { kind: 'not-connected' };
  const options = { ...channelOptions, 'grpc.primary_user_agent': request.userAgent };
  const client = new Client(request.address, credentials.createInsecure(), options);
  return await withOwnedSockets(
    () => call(client, request.service, signal),
    () => client.close(),
  );
}

/** A connection for this check alone, no way round by a proxy, one try, and nothing kept for later. */
const channelOptions: ClientOptions = {
  'grpc.enable_channelz': 0,
  'grpc.enable_http_proxy': 0,
  'grpc.enable_retries': 0,
  // More than a health message needs, little enough to hold for thousands of probes.
  'grpc.max_receive_message_length': 64 * 1024,
  'grpc.service_config_disable_resolution': 1,
  'grpc.use_local_subchannel_pool': 1,
};

/**
 * Ends in an answer or in a status, whatever happens to the call. It waits for a connection, as the kubelet does; the
 * client's own `waitForReady` is of no use for that, since closing the client while it waits connects once more.
 */
function call(client: Client, service: string, signal: AbortSignal): Promise<HealthCheck> {
  return new Promise((resolve) => {
    const pending = client.makeUnaryRequest(
      '/grpc.health.v1.Health/Check',
      encodeHealthRequest,
      decodeHealthResponse,
      service,
      new Metadata({ waitForReady: true }),
      (error, status = '') => {
        stopListening();
        resolve(error === null ? { kind: 'answered', status } : { kind: 'rpc-error', ...statusOf(error) });
      },
    );
    const stopListening = onAbort(signal, () => {
      const state = client.getChannel().getConnectivityState(false);
      resolve({ kind: state === connectivityState.READY ? 'not-answered' : 'not-connected' });
      pending.cancel();
    });
  });
}

const unknown = 2;

/** Replies that break the protocol reach us from the library with fields that are missing, or no numbers. */
function statusOf({ code, details }: Partial<ServiceError>): {
  readonly code: number;
  readonly details: string;
} {
  return { code: code !== undefined && Number.isInteger(code) ? code : unknown, details: details ?? '' };
}
