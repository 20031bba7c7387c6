/** A gRPC server with the Health service of a vector. */

import { type Metadata, Server, ServerCredentials, status } from '@grpc/grpc-js';

export interface HealthCheckSpec {
  readonly status?: string;
  readonly delaySeconds?: number;
  /** Name of a status code: `NOT_FOUND`. */
  readonly rpcError?: string;
  /** Service name -> status; others are NOT_FOUND. */
  readonly byService?: Readonly<Record<string, string>>;
}

export interface HealthServer extends AsyncDisposable {
  readonly port: number;
  readonly requests: readonly { readonly service: string; readonly metadata: Metadata }[];
}

/** Listens on a free port of 127.0.0.1; with `check: null` the server has no Health service. */
export async function startHealthServer(check: HealthCheckSpec | null): Promise<HealthServer> {
  const server = new Server();
  const requests: { service: string; metadata: Metadata }[] = [];
  const timers = new Set<NodeJS.Timeout>();
  if (check !== null) {
    server.addService(healthService, {
      Check(call: UnaryCall, reply: UnaryReply) {
        const { service } = call.request;
        requests.push({ service, metadata: call.metadata });
        timers.add(setTimeout(() => answer(check, service, reply), (check.delaySeconds ?? 0) * 1000));
      },
    });
  }
  const port = await new Promise<number>((resolve, reject) => {
    const credentials = ServerCredentials.createInsecure();
    server.bindAsync('127.0.0.1:0', credentials, (error, bound) => (error ? reject(error) : resolve(bound)));
  });
  return {
    port,
    requests,
    [Symbol.asyncDispose]() {
      for (const timer of timers) clearTimeout(timer);
      server.forceShutdown();
      return Promise.resolve();
    },
  };
}

interface UnaryCall {
  readonly request: { readonly service: string };
  readonly metadata: Metadata;
}
type UnaryReply = (error: { code: number; details: string } | null, status?: string) => void;

function answer(check: HealthCheckSpec, service: string, reply: UnaryReply): void {
  const health = check.byService === undefined ? check.status : check.byService[service];
  if (check.rpcError !== undefined) reply({ code: codeOf(check.rpcError), details: 'as the vector says' });
  else if (health === undefined) reply({ code: status.NOT_FOUND, details: 'unknown service' });
  else reply(null, health);
}

function codeOf(name: string): number {
  const code = Object.entries(status).find(([key]) => key === name)?.[1];
  return typeof code === 'number' ? code : status.UNKNOWN;
}

const servingStatuses = ['UNKNOWN', 'SERVING', 'NOT_SERVING', 'SERVICE_UNKNOWN'];

const healthService = {
  Check: {
    path: '/grpc.health.v1.Health/Check',
    requestStream: false,
    responseStream: false,
    requestSerialize: (service: string) => Buffer.from(service),
    // Tag and length of the only field; the length takes two bytes from 128 on.
    requestDeserialize: (message: Buffer) => ({
      service: message.subarray((message[1] ?? 0) < 128 ? 2 : 3).toString(),
    }),
    responseSerialize: (health: string) => Buffer.from([0x08, servingStatuses.indexOf(health)]),
    responseDeserialize: (message: Buffer) => String(message[1]),
  },
};
