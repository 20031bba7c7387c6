import type { ClientHttp2Session } from 'node:http2';
import { type Clock, errorMessage, sleep } from '@mooring/core';
import { unaryCall } from './grpc-call.ts';
import { decodeHealthResponse, encodeHealthRequest } from './health-message.ts';
import { openSession } from './open-session.ts';

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
export async function checkHealth(
  request: HealthCheckRequest,
  clock: Clock,
  signal: AbortSignal,
): Promise<HealthCheck> {
  const session = await connected(request.address, clock, signal);
  if (session === undefined) return { kind: 'not-connected' };
  try {
    const message = encodeHealthRequest(request.service);
    const call = { path: '/grpc.health.v1.Health/Check', userAgent: request.userAgent, message };
    const reply = await unaryCall(session, call, signal);
    if (reply.code !== 0) return { kind: 'rpc-error', code: reply.code, details: reply.details };
    return { kind: 'answered', status: decodeHealthResponse(reply.message) };
  } catch (error) {
    if (signal.aborted) return { kind: 'not-answered' };
    return { kind: 'rpc-error', code: internal, details: errorMessage(error) };
  } finally {
    session.destroy();
  }
}

const internal = 13;
/** Pauses between tries, as gRPC's own connection back-off begins. */
const firstPauseMs = 1000;
const pauseFactor = 1.6;

/** `undefined` once the signal aborts. The kubelet, too, waits for a server that is not there yet. */
async function connected(
  address: string,
  clock: Clock,
  signal: AbortSignal,
): Promise<ClientHttp2Session | undefined> {
  for (let pauseMs = firstPauseMs; !signal.aborted; pauseMs *= pauseFactor) {
    try {
      return await openSession(address, signal);
    } catch {
      // What went wrong is not told by the kubelet either: the last try is as good as none.
      await sleep(clock, pauseMs, signal).catch(() => {});
    }
  }
  return undefined;
}
