import type { Client, ServiceError } from '@grpc/grpc-js';
import { abortable, errorMessage } from '@mooring/core';
import { decodeHealthResponse, encodeHealthRequest } from './health-message.ts';

/** How far one health check got. */
export type HealthCheck =
  | { readonly stage: 'answered'; readonly status: string }
  | { readonly stage: 'connecting'; readonly problem: 'timeout' | string }
  | { readonly stage: 'calling'; readonly problem: 'timeout' }
  | {
      readonly stage: 'calling';
      readonly problem: 'rpc-error';
      readonly code: number;
      readonly details: string;
    };

export interface HealthCheckRequest {
  /** `host:port`, an IPv6 address in brackets. */
  readonly address: string;
  readonly service: string;
  readonly userAgent: string;
}

/** A connection of its own, no proxy, no retries, nothing that outlives the check. */
const channelOptions = {
  'grpc.enable_channelz': 0,
  'grpc.enable_http_proxy': 0,
  'grpc.enable_retries': 0,
  'grpc.service_config_disable_resolution': 1,
  'grpc.use_local_subchannel_pool': 1,
};

/**
 * Connects in plain text, retrying until it works, and calls `grpc.health.v1.Health/Check`. The abort of `signal` is the
 * only deadline. The library takes long to load, hence only when the first check is made.
 */
export async function checkHealth(request: HealthCheckRequest, signal: AbortSignal): Promise<HealthCheck> {
  const { Client, credentials } = await import('@grpc/grpc-js');
  const options = { ...channelOptions, 'grpc.primary_user_agent': request.userAgent };
  const client = new Client(request.address, credentials.createInsecure(), options);
  try {
    await abortable(ready(client), signal);
    return await call(client, request.service, signal);
  } catch (error) {
    return { stage: 'connecting', problem: signal.aborted ? 'timeout' : errorMessage(error) };
  } finally {
    client.close();
  }
}

function ready(client: Client): Promise<void> {
  return new Promise((resolve, reject) => {
    const done = (error?: Error) => (error === undefined ? resolve() : reject(error));
    client.waitForReady(Number.POSITIVE_INFINITY, done);
  });
}

function call(client: Client, service: string, signal: AbortSignal): Promise<HealthCheck> {
  return new Promise((resolve) => {
    const onAbort = () => {
      pending.cancel();
      settle({ stage: 'calling', problem: 'timeout' });
    };
    const settle = (check: HealthCheck) => {
      signal.removeEventListener('abort', onAbort);
      resolve(check);
    };
    const onReply = (error: ServiceError | null, status = '') => {
      if (error === null) settle({ stage: 'answered', status });
      else settle({ stage: 'calling', problem: 'rpc-error', code: error.code, details: error.details });
    };
    const path = '/grpc.health.v1.Health/Check';
    const pending = client.makeUnaryRequest(
      path,
      encodeHealthRequest,
      decodeHealthResponse,
      service,
      onReply,
    );
    signal.addEventListener('abort', onAbort);
  });
}
