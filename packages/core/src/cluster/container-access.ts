/** Logs of containers and commands in them, wherever they run: in this process by its runtime, elsewhere by a stream. */

import type { StoredPod } from '../api/pod.ts';
import type { StreamClient } from '../bus/stream-client.ts';
import type { ContainerTarget } from '../bus/stream-request.ts';
import type { ExecOptions, ExecResult, LogLine, LogOptions } from '../contract/container-runtime.ts';
import { MooringError } from '../contract/error.ts';
import type { ObjectStore } from '../contract/object-store.ts';
import { findInstance } from '../kubelet/streams/find-instance.ts';
import { stampedLines } from '../kubelet/streams/stamped-lines.ts';
import { checkCallOptions } from './call-options.ts';
import type { ContainerReference } from './cluster.ts';
import type { ComposedNode } from './compose-node.ts';

export interface ContainerAccessParts {
  readonly objects: Pick<ObjectStore, 'get'>;
  readonly nodes: readonly ComposedNode[];
  streams(): StreamClient;
}

export class ContainerAccess {
  private readonly parts: ContainerAccessParts;

  constructor(parts: ContainerAccessParts) {
    this.parts = parts;
  }

  async *logs(
    reference: ContainerReference,
    options: LogOptions,
    signal: AbortSignal,
  ): AsyncGenerator<LogLine, void> {
    const { pod, container, node } = await this.locate(reference, signal);
    const { previous = false } = reference;
    if (node !== undefined) {
      const { id } = await findInstance(node.runtime, pod, { container, previous }, signal);
      yield* node.runtime.logs(id, options, signal);
      return;
    }
    const { follow = false, ...limits } = options;
    const request = {
      type: 'log',
      ...targetOf(pod, container),
      follow,
      previous,
      timestamps: true,
      ...limits,
    } as const;
    const { output } = await this.parts.streams().open(pod.spec.nodeName ?? '', request, signal);
    yield* stampedLines(output);
  }

  async exec(
    reference: ContainerReference,
    command: readonly string[],
    options: ExecOptions,
    signal: AbortSignal,
  ): Promise<ExecResult> {
    checkCommand(command);
    const { pod, container, node } = await this.locate(reference, signal);
    if (node !== undefined) {
      const { id } = await findInstance(node.runtime, pod, { container }, signal);
      return await node.runtime.exec(id, command, options, signal);
    }
    const { outputBytesMax, env = [] } = options;
    const wanted = { stdin: false, stdout: true, stderr: true, tty: false };
    const request = { type: 'exec', ...targetOf(pod, container), ...wanted, command, env } as const;
    const process = await this.parts.streams().open(pod.spec.nodeName ?? '', request, signal);
    const kept = { stdout: [] as Uint8Array[], stderr: [] as Uint8Array[] };
    const bytes = { stdout: 0, stderr: 0 };
    for await (const chunk of process.output) {
      const part = chunk.bytes.subarray(0, outputBytesMax - bytes[chunk.stream]);
      bytes[chunk.stream] += part.byteLength;
      kept[chunk.stream].push(part);
    }
    const output = Buffer.concat([...kept.stdout, ...kept.stderr]).subarray(0, outputBytesMax);
    return { exitCode: await process.exitCode(), output: output.toString('utf8') };
  }

  /** Without a node of this process: it runs elsewhere. Rejects with `NOT_FOUND`. */
  private async locate(reference: ContainerReference, signal: AbortSignal) {
    const { objects, nodes } = this.parts;
    // Whoever writes without types may give the reference of an object.
    if (typeof reference?.pod !== 'string')
      throw new MooringError('INVALID', "a container is named as { pod: 'web', container: 'main' }");
    checkCallOptions('the container that is named', reference, referenceFields);
    const pod = await objects.get('Pod', reference.namespace, reference.pod, signal);
    if (pod === undefined)
      throw new MooringError('NOT_FOUND', `pods ${JSON.stringify(reference.pod)} not found`);
    if (pod.spec.nodeName === undefined)
      throw new MooringError('NOT_FOUND', `pod ${pod.metadata.name} does not have a host assigned`);
    const node = nodes.find(({ name }) => name === pod.spec.nodeName);
    return { pod, node, container: reference.container ?? pod.spec.containers[0]?.name ?? '' };
  }
}

/** A text would be taken apart into its letters. */
function checkCommand(command: unknown): void {
  const isList = Array.isArray(command) && command.every((word) => typeof word === 'string');
  if (isList && command.length > 0) return;
  const words = `command of exec: must be a list such as ['ls', '-l'], not ${JSON.stringify(command)}`;
  throw new MooringError('INVALID', words);
}

const referenceFields = { namespace: true, pod: true, container: true, previous: true } as const;

function targetOf(pod: StoredPod, container: string): ContainerTarget {
  const { namespace, name, uid } = pod.metadata;
  return { namespace, podName: name, podUID: uid, container };
}
