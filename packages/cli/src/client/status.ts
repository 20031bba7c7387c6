/** `moor status`: the nodes and pods of a cluster, and whether all is well. */

import { humanDuration, type NodeObject, pauseOf, podRow, type StoredPod } from '@mooring/core';
import type { CommandContext } from '../command.ts';
import { exitCodes } from '../exit-codes.ts';
import type { Paint } from '../output/paint.ts';
import { formatStructured, type OutputFormat } from '../output/structured.ts';
import { formatTable } from '../output/table.ts';
import { meaningOf } from '../run/status-meaning.ts';
import { explainPod, nextTryOf } from './explain-pod.ts';
import { openClient } from './open-client.ts';
import { podWords } from './pod-path.ts';

export interface PodLine {
  readonly namespace: string;
  readonly name: string;
  readonly ready: string;
  readonly status: string;
  readonly restarts: string;
  readonly age: string;
  readonly node: string;
  /** What comes next, or who holds it up. */
  readonly note: string;
  readonly isWell: boolean;
}

export interface NodeLine {
  readonly name: string;
  readonly status: string;
  readonly age: string;
  readonly version: string;
  readonly isWell: boolean;
}

export async function status(context: CommandContext): Promise<number> {
  const { shell, options, paintOut } = context;
  const client = await openClient(context);
  // All namespaces, unless one is named.
  const path =
    options['namespace'] === undefined ? '/api/v1/pods' : `/api/v1/namespaces/${client.namespace}/pods`;
  const [{ items: nodes }, { items: pods }] = (await Promise.all([
    client.get('/api/v1/nodes'),
    client.get(path),
  ])) as [{ readonly items: readonly NodeObject[] }, { readonly items: readonly StoredPod[] }];
  const nowMs = shell.clock.now();
  const whole = {
    nodes: nodes.map((one) => nodeLine(one, nowMs)),
    pods: pods.map((one) => podLine(one, nowMs)),
  };
  const isWell = [...whole.nodes, ...whole.pods].every((line) => line.isWell);
  const format = options['output'] as OutputFormat | undefined;
  if (format === undefined) shell.out.write(`${tables(whole, paintOut).join('\n')}\n`);
  else shell.out.write(formatStructured({ isWell, ...whole }, format));
  return isWell ? exitCodes.ok : exitCodes.failed;
}

export function podLine(pod: StoredPod, nowMs: number): PodLine {
  const { ready, status: word, restarts, age } = podRow(pod, nowMs);
  const { metadata, spec } = pod;
  const isReady =
    pod.status?.conditions?.some(({ type, status: is }) => type === 'Ready' && is === 'True') === true;
  const isWell = pauseOf(pod) === undefined && (isReady || pod.status?.phase === 'Succeeded');
  return {
    namespace: metadata.namespace,
    name: metadata.name,
    ready,
    status: word,
    restarts,
    age,
    node: spec.nodeName ?? '<none>',
    note: noteOf(pod, nowMs),
    isWell,
  };
}

function noteOf(pod: StoredPod, nowMs: number): string {
  const pause = pauseOf(pod);
  if (pause !== undefined) return `paused by ${pause}`;
  const { initContainerStatuses = [], containerStatuses = [] } = pod.status ?? {};
  const tries = [...initContainerStatuses, ...containerStatuses]
    .map(nextTryOf)
    .filter((ms) => ms !== undefined);
  const { namespace, name } = pod.metadata;
  if (tries.length === 0)
    return hasReason(pod, nowMs) ? `\`moor why ${podWords(namespace, name)}\` says why` : '';
  const leftMs = Math.min(...tries) - nowMs;
  return leftMs > 0 ? `next try in ${humanDuration(leftMs)}` : 'next try is due';
}

/** Something keeps it from running, and is told in more words than there is room for. */
function hasReason(pod: StoredPod, nowMs: number): boolean {
  const { message, containers } = explainPod(pod, nowMs);
  return (
    message !== undefined || containers.some((one) => one.state === 'waiting' && one.message !== undefined)
  );
}

function nodeLine(
  { metadata, status: { conditions = [], nodeInfo } = {}, spec }: NodeObject,
  nowMs: number,
): NodeLine {
  const ready = conditions.find(({ type }) => type === 'Ready')?.status;
  const words = [
    ready === 'True' ? 'Ready' : ready === 'False' ? 'NotReady' : 'Unknown',
    spec?.unschedulable === true ? 'SchedulingDisabled' : '',
  ];
  return {
    name: metadata.name ?? '',
    status: words.filter(Boolean).join(','),
    age: humanDuration(nowMs - Date.parse(metadata.creationTimestamp ?? '')),
    version: nodeInfo?.kubeletVersion ?? '',
    isWell: ready === 'True',
  };
}

function tables(
  { nodes, pods }: { readonly nodes: readonly NodeLine[]; readonly pods: readonly PodLine[] },
  paint: Paint,
): readonly string[] {
  const nodeRows = nodes.map(({ name, status: word, age, version }) => [name, word, age, version]);
  const podRows = pods.map((one) => [
    one.namespace,
    one.name,
    one.ready,
    one.status,
    one.restarts,
    one.age,
    one.node,
    one.note,
  ]);
  const [nodeHeading = '', ...nodeLines] = formatTable(['node', 'status', 'age', 'version'], nodeRows);
  const [podHeading = '', ...podLines] = formatTable(
    ['namespace', 'name', 'ready', 'status', 'restarts', 'age', 'node', 'note'],
    podRows,
  );
  const coloured = podLines.map((line, i) => {
    const word = pods[i]?.status ?? '';
    return line.replace(` ${word} `, ` ${paint(meaningOf(word), word)} `);
  });
  const nodesColoured = nodeLines.map((line, i) => {
    const { status: word = '', isWell = false } = nodes[i] ?? {};
    return line.replace(` ${word} `, ` ${paint(isWell ? 'good' : 'bad', word)} `);
  });
  const noPods = pods.length === 0 ? ['there are no pods'] : [paint('heading', podHeading), ...coloured];
  return [paint('heading', nodeHeading), ...nodesColoured, '', ...noPods];
}
