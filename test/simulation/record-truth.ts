/** The facts of the truth as lines of the history. */

import type { ContainerStatus, PodStatus } from '@mooring/core';
import type { History } from './history.ts';
import { describe } from './start-laws.ts';
import type { Fact, Truth } from './truth.ts';

export function recordTruth(truth: Truth, history: History): void {
  truth.subscribe((fact) => history.note(lineOf(fact)));
}

function lineOf(fact: Fact): string {
  switch (fact.type) {
    case 'instance': {
      const { instance, change } = fact;
      const code = change === 'exited' ? ` ${instance.exitCode}` : '';
      return `engine ${instance.node}: ${describe(instance)} ${change}${code}`;
    }
    case 'order': {
      const { life, verb, instance, graceMs } = fact.order;
      const grace = graceMs === undefined ? '' : ` within ${graceMs} ms`;
      return `${life}: ${verb}${instance ? ` ${describe(instance)}` : ''}${grace}`;
    }
    case 'removed':
      return `${fact.by}: pod ${fact.pod.name} (${fact.pod.uid}) removed`;
    case 'stored': {
      const { metadata, status } = fact.pod.latest;
      const what = fact.before === undefined ? 'created' : 'stored';
      const deleted = metadata.deletionTimestamp === undefined ? '' : ' deleted';
      const words = `pod ${fact.pod.name} (${fact.pod.uid}) ${what}${deleted}`;
      return `${fact.by}: ${words}, ${statusWords(status)}`;
    }
  }
}

function statusWords(status: PodStatus | undefined): string {
  if (status === undefined) return 'no status';
  const { phase, reason, initContainerStatuses = [], containerStatuses = [] } = status;
  const containers = [...initContainerStatuses, ...containerStatuses].map(containerWords);
  return [phase, reason, ...containers].filter((word) => word !== undefined).join(' ');
}

function containerWords({ name, ready, restartCount, state }: ContainerStatus): string {
  const { waiting, running, terminated } = state ?? {};
  const words =
    waiting?.reason ?? (running ? 'running' : terminated ? `ended ${terminated.exitCode}` : 'nothing');
  return `[${name} ${words} #${restartCount}${ready ? ' ready' : ''}]`;
}
