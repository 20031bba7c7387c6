/** `kubectl get pods`. */

import { type Pod, podStanding } from '@mooring/core';
import { columns, none, type RowCondition, type TablePrinter } from './columns.ts';

export const podTable: TablePrinter<Pod> = {
  columns: columns(
    'Name',
    'Ready',
    'Status',
    'Restarts',
    'Age',
    'IP:wide',
    'Node:wide',
    'Nominated Node:wide',
    'Readiness Gates:wide',
  ),
  cells(pod, moment) {
    const { metadata, spec, status } = pod;
    const { status: word, readyContainers, totalContainers, restarts, lastRestartMs } = podStanding(pod);
    const ago = restarts > 0 && lastRestartMs !== undefined ? ` (${moment.since(lastRestartMs)} ago)` : '';
    return [
      metadata.name ?? '',
      `${readyContainers}/${totalContainers}`,
      word,
      `${restarts}${ago}`,
      moment.ageOf(metadata.creationTimestamp),
      (status?.podIPs?.[0]?.ip ?? status?.podIP) || none,
      spec.nodeName || none,
      none,
      readinessGates(pod),
    ];
  },
  conditions(pod) {
    const finished = finishes[pod.status?.phase ?? ''];
    return finished === undefined ? [] : [finished];
  },
};

const finishes: Readonly<Record<string, RowCondition>> = {
  Succeeded: {
    type: 'Completed',
    status: 'True',
    reason: 'Succeeded',
    message: 'The pod has completed successfully.',
  },
  Failed: { type: 'Completed', status: 'True', reason: 'Failed', message: 'The pod failed.' },
};

function readinessGates({ spec, status }: Pod): string {
  const gates = spec.readinessGates ?? [];
  if (gates.length === 0) return none;
  const open = gates.filter(({ conditionType }) =>
    status?.conditions?.some(({ type, status: is }) => type === conditionType && is === 'True'),
  );
  return `${open.length}/${gates.length}`;
}
