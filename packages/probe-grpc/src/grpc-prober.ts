import {
  defineProber,
  FieldPath,
  formatDuration,
  formatFieldError,
  HandlerSettings,
  joinHostPort,
  MooringError,
  type Prober,
} from '@mooring/core';
import type { HealthCheck } from './check-health.ts';

/** Options of `grpcProbe` and `grpcProber`. */
export interface GrpcProberOptions {
  /** First word of the `user-agent` of the call; default `kube-probe/1.36`. */
  readonly userAgent?: string;
}

/**
 * The handler `grpc`: success when the server at the pod's IP and `port` says SERVING for `service`. Never
 * rejects but for a port that cannot be used: whatever else goes wrong is a failure of the container.
 */
export function grpcProber(options: GrpcProberOptions = {}): Prober {
  const { userAgent } = checked(options);
  return defineProber({
    handler: 'grpc',
    network: true,
    parse(raw, path) {
      const settings = new HandlerSettings(raw, path);
      return settings.done({ port: settings.portNumber('port'), service: settings.text('service', '') });
    },
    async probe({ port, service }, target, signal) {
      const address = joinHostPort(target.podIP, target.resolvePort(port));
      // The gRPC library takes long to load, hence not before there is something to probe.
      const { checkHealth } = await import('./check-health.ts');
      const check = await checkHealth({ address, service, userAgent }, signal);
      if (check.kind === 'answered' && check.status === 'SERVING')
        return { outcome: 'success', message: 'service healthy' };
      return { outcome: 'failure', message: failureWords(check, address, formatDuration(target.timeoutMs)) };
    },
  });
}

/** With the defaults. Throws `INVALID` for what is no option: whoever writes without types may give anything. */
function checked(options: GrpcProberOptions): Required<GrpcProberOptions> {
  const settings = new HandlerSettings(options, FieldPath.root);
  const parsed = settings.done({ userAgent: settings.text('userAgent', 'kube-probe/1.36') });
  if (parsed.ok) return parsed.value;
  const mistakes = parsed.errors.map(formatFieldError).join(', ');
  throw new MooringError('INVALID', `the options of the gRPC prober are invalid: ${mistakes}`, {
    fields: parsed.errors,
  });
}

/** The texts of the kubelet (upstream `pkg/probe/grpc/grpc.go`). */
function failureWords(check: HealthCheck, address: string, limit: string): string {
  switch (check.kind) {
    case 'answered':
      return `service unhealthy (responded with ${JSON.stringify(check.status)})`;
    case 'not-connected':
      return `timeout: failed to connect service ${JSON.stringify(address)} within ${limit}: context deadline exceeded`;
    case 'not-answered':
      return timeoutWords(limit);
    case 'rpc-error':
      return rpcErrorWords(check.code, check.details, limit);
  }
}

function rpcErrorWords(code: number, details: string, limit: string): string {
  const name = codeNames[code] ?? `Code(${code})`;
  if (name === 'DeadlineExceeded') return timeoutWords(limit);
  if (name === 'Unimplemented')
    return `error: this server does not implement the grpc health protocol (grpc.health.v1.Health): ${details}`;
  return `error: health rpc probe failed: rpc error: code = ${name} desc = ${details}`;
}

function timeoutWords(limit: string): string {
  return `timeout: health rpc did not complete within ${limit}`;
}

/** Go's names of the status codes, by number. */
const codeNames = [
  'OK',
  'Canceled',
  'Unknown',
  'InvalidArgument',
  'DeadlineExceeded',
  'NotFound',
  'AlreadyExists',
  'PermissionDenied',
  'ResourceExhausted',
  'FailedPrecondition',
  'Aborted',
  'OutOfRange',
  'Unimplemented',
  'Internal',
  'Unavailable',
  'DataLoss',
  'Unauthenticated',
];
