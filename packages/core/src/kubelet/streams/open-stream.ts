/** Begins what a stream is opened for: the log of a container, a command in it, its own input and output, a port of its pod. */

import type { StoredPod } from '../../api/pod.ts';
import type { StreamEnd } from '../../bus/stream-end.ts';
import type { StreamOutcome } from '../../bus/stream-frame.ts';
import type {
  AttachRequest,
  ContainerTarget,
  ExecRequest,
  LogRequest,
  PodTarget,
  PortRequest,
  StreamRequest,
  WantedStreams,
} from '../../bus/stream-request.ts';
import type { Clock } from '../../contract/clock.ts';
import type { ContainerID, ContainerRuntime } from '../../contract/container-runtime.ts';
import { MooringError } from '../../contract/error.ts';
import type { ObjectCache } from '../../contract/informer.ts';
import type { ProcessStreams } from '../../contract/process-streams.ts';
import { findInstance } from './find-instance.ts';
import { LogText } from './log-text.ts';
import { pumpLog } from './pump-log.ts';
import { connectPort, pumpPort } from './pump-port.ts';
import { pumpProcess } from './pump-process.ts';
import type { UsageMeter } from './usage-meter.ts';

export interface StreamPorts {
  readonly nodeName: string;
  readonly hostIP: string;
  readonly clock: Clock;
  readonly runtime: ContainerRuntime;
  readonly pods: Pick<ObjectCache<StoredPod>, 'get'>;
  readonly meter: Pick<UsageMeter, 'measure'>;
}

/** Goes on until what was begun has ended. */
export type Running = () => Promise<StreamOutcome>;

/** Bytes of output of a command that the runtime gives only when it has ended. */
const bufferedBytesMax = 1024 * 1024;

/**
 * Resolves when it has begun. Rejects with `NOT_FOUND` for what is not there or does not run, with `RUNTIME_UNSUPPORTED`
 * for what the runtime cannot do, and as the runtime does.
 */
export async function openStream(
  ports: StreamPorts,
  request: StreamRequest,
  end: StreamEnd,
): Promise<Running> {
  if (request.type === 'stats') return openStats(ports, end);
  const pod = podOf(ports, request);
  switch (request.type) {
    case 'log':
      return await openLog(ports, pod, request, end);
    case 'exec':
      return await openExec(ports, pod, request, end);
    case 'attach':
      return await openAttach(ports, pod, request, end);
    case 'port':
      return await openPort(ports, pod, request, end);
  }
}

async function openLog(
  { runtime, clock }: StreamPorts,
  pod: StoredPod,
  request: LogRequest,
  end: StreamEnd,
): Promise<Running> {
  const { id } = await findInstance(runtime, pod, request, end.signal);
  const { follow, tailLines, sinceMs, lineBytesMax } = request;
  const options = {
    follow,
    ...(tailLines !== undefined && { tailLines }),
    ...(sinceMs !== undefined && { sinceMs }),
    ...(lineBytesMax !== undefined && { lineBytesMax }),
  };
  const lines = runtime.logs(id, options, end.signal);
  return async () => {
    await pumpLog({
      lines,
      text: new LogText(request),
      clock,
      send: (stream, bytes) => end.send(stream, bytes),
    });
    return {};
  };
}

async function openExec(
  { runtime }: StreamPorts,
  pod: StoredPod,
  request: ExecRequest,
  end: StreamEnd,
): Promise<Running> {
  const id = await runningInstance(runtime, pod, request, end.signal);
  const process = await startCommand(runtime, id, request, end.signal);
  return () => pumpProcess(process, request, end);
}

async function startCommand(
  runtime: ContainerRuntime,
  id: ContainerID,
  { command, stdin, tty, env = [] }: ExecRequest,
  signal: AbortSignal,
): Promise<ProcessStreams> {
  if (runtime.execStream !== undefined)
    return await runtime.execStream(id, command, { stdin, tty, env }, signal);
  refuse(runtime, { stdin, tty }, 'a command');
  const { output, exitCode } = await runtime.exec(
    id,
    command,
    { outputBytesMax: bufferedBytesMax, env },
    signal,
  );
  const written = async function* () {
    if (output !== '') yield { stream: 'stdout' as const, bytes: Buffer.from(output) };
  };
  return {
    output: written(),
    write: async () => undefined,
    closeInput() {},
    resize() {},
    exitCode: async () => exitCode,
  };
}

async function openAttach(
  { runtime }: StreamPorts,
  pod: StoredPod,
  request: AttachRequest,
  end: StreamEnd,
): Promise<Running> {
  const id = await runningInstance(runtime, pod, request, end.signal);
  if (runtime.attach === undefined)
    throw new MooringError('RUNTIME_UNSUPPORTED', `runtime "${runtime.name}" cannot attach to containers`);
  const { stdin, tty } = request;
  const process = await runtime.attach(id, { stdin, tty }, end.signal);
  return async () => {
    await pumpProcess(process, request, end);
    // How the container ended is in the status of its pod.
    return {};
  };
}

async function openPort(
  { clock, hostIP }: StreamPorts,
  pod: StoredPod,
  { port }: PortRequest,
  end: StreamEnd,
): Promise<Running> {
  const host = pod.status?.podIP || hostIP;
  const socket = await connectPort(clock, { host, port }, end.signal);
  return async () => {
    await pumpPort(socket, end);
    return {};
  };
}

function openStats({ runtime, meter }: StreamPorts, end: StreamEnd): Running {
  if (runtime.stats === undefined)
    throw new MooringError('RUNTIME_UNSUPPORTED', `runtime "${runtime.name}" measures nothing`);
  return async () => {
    await end.send('stdout', Buffer.from(JSON.stringify(await meter.measure(end.signal))));
    return {};
  };
}

/** The client has read the pod in the store; what runs here is for this cache to say. */
function podOf({ pods, nodeName }: StreamPorts, { namespace, podName, podUID }: PodTarget): StoredPod {
  const pod = pods.get(namespace, podName);
  if (pod?.metadata.uid === podUID && pod.spec.nodeName === nodeName) return pod;
  throw new MooringError(
    'NOT_FOUND',
    `pod ${namespace}/${podName} with UID ${podUID} does not run on ${nodeName}`,
  );
}

async function runningInstance(
  runtime: ContainerRuntime,
  pod: StoredPod,
  target: ContainerTarget,
  signal: AbortSignal,
): Promise<ContainerID> {
  const info = await findInstance(runtime, pod, target, signal);
  if (info.state === 'running') return info.id;
  throw new MooringError(
    'NOT_FOUND',
    `container not found (${JSON.stringify(target.container)}): it does not run`,
  );
}

function refuse(
  { name }: ContainerRuntime,
  { stdin, tty }: Pick<WantedStreams, 'stdin' | 'tty'>,
  what: string,
): void {
  const lacking = [...(stdin ? ['standard input'] : []), ...(tty ? ['terminal'] : [])];
  if (lacking.length > 0)
    throw new MooringError(
      'RUNTIME_UNSUPPORTED',
      `runtime "${name}" gives ${what} no ${lacking.join(' and no ')}`,
    );
}
