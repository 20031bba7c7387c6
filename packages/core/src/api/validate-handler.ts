/** The actions of probes and hooks: exec, httpGet, tcpSocket, grpc, sleep. */

import type { Draft } from './draft.ts';
import { type FieldPath, forbidden, invalid, required } from './field-error.ts';
import { type FieldErrors, followsRule, isEmpty, oneOf, portNumber } from './field-rules.ts';
import { httpHeaderNameProblems, portNameProblems } from './names.ts';
import type {
  ExecAction,
  GrpcAction,
  HttpGetAction,
  IntOrString,
  SleepAction,
  TcpSocketAction,
} from './pod.ts';

export interface BuiltInHandlers {
  readonly exec?: Draft<ExecAction> | undefined;
  readonly httpGet?: Draft<HttpGetAction> | undefined;
  readonly tcpSocket?: Draft<TcpSocketAction> | undefined;
  readonly grpc?: Draft<GrpcAction> | undefined;
  readonly sleep?: Draft<SleepAction> | undefined;
}

/** One that is there, under its key, with all that is wrong with it. */
export interface PresentHandler {
  readonly key: string;
  readonly errors: FieldErrors;
}

/** Exactly one: of several, the later ones are refused unread. */
export function* exactlyOneHandler(handlers: Iterable<PresentHandler>, path: FieldPath): FieldErrors {
  let count = 0;
  for (const { key, errors } of handlers) {
    count += 1;
    if (count === 1) yield* errors;
    else yield forbidden(path.child(key), 'may not specify more than 1 handler type');
  }
  if (count === 0) yield required(path, 'must specify a handler type');
}

/** In the order in which the API looks at them. */
export function* builtInHandlers(
  { exec, httpGet, tcpSocket, grpc, sleep }: BuiltInHandlers,
  path: FieldPath,
  gracePeriodSeconds: number,
): Iterable<PresentHandler> {
  if (exec !== undefined) yield { key: 'exec', errors: execErrors(exec, path.child('exec')) };
  if (httpGet !== undefined) yield { key: 'httpGet', errors: httpGetErrors(httpGet, path.child('httpGet')) };
  if (tcpSocket !== undefined)
    yield { key: 'tcpSocket', errors: portErrors(tcpSocket.port, path.child('tcpSocket', 'port')) };
  if (grpc !== undefined) yield { key: 'grpc', errors: portErrors(grpc.port, path.child('grpc', 'port')) };
  if (sleep !== undefined)
    yield { key: 'sleep', errors: sleepErrors(sleep, path.child('sleep'), gracePeriodSeconds) };
}

function* execErrors(exec: Draft<ExecAction>, path: FieldPath): FieldErrors {
  if ((exec.command ?? []).length === 0) yield required(path.child('command'));
}

function* httpGetErrors(httpGet: Draft<HttpGetAction>, path: FieldPath): FieldErrors {
  if (isEmpty(httpGet.path)) yield required(path.child('path'));
  yield* portErrors(httpGet.port, path.child('port'));
  yield* oneOf(path.child('scheme'), httpGet.scheme, ['HTTP', 'HTTPS']);
  for (const header of httpGet.httpHeaders ?? [])
    yield* followsRule(path.child('httpHeaders'), header.name ?? '', httpHeaderNameProblems);
}

/** A missing port is the zero that the API would decode it to. */
function* portErrors(port: Draft<IntOrString> | undefined, path: FieldPath): FieldErrors {
  if (typeof port === 'string') yield* followsRule(path, port, portNameProblems);
  else yield* portNumber(path, port ?? 0);
}

/** A sleep that outlasts the grace period would be cut by KILL. The error is on `sleep` itself. */
function* sleepErrors(sleep: Draft<SleepAction>, path: FieldPath, gracePeriodSeconds: number): FieldErrors {
  const seconds = sleep.seconds ?? 0;
  if (seconds >= 0 && seconds <= gracePeriodSeconds) return;
  const detail = `must be non-negative and less than terminationGracePeriodSeconds (${gracePeriodSeconds})`;
  yield invalid(path, seconds, detail);
}
