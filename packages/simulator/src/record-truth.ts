/** The facts of the truth as lines of the history. */

import type { ContainerStatus, PodStatus, Taint } from '@mooring/core';
import type { History } from './history.ts';
import { describe } from './start-laws.ts';
import { type Fact, statusesOf, type Truth, type Write } from './truth.ts';

export function recordTruth(truth: Truth, history: History): void {
  truth.subscribe((fact) => {
    if (fact.type === 'answer') history.trace(`${fact.instance.id} ${fact.question} ${fact.ok}`);
    else if (fact.type !== 'write') history.note(lineOf(fact));
    else if (isTold(fact.write)) history.note(writeLine(fact.write));
    else history.trace(`${fact.write.by} ${fact.write.key} ${fact.write.revision}`);
  });
}

/** Pods have lines of their own, and of signs of life there would be too many. */
function isTold({ key, value, before }: Write): boolean {
  const [resource = ''] = key.split('/');
  if (['pods', 'leases', 'events'].includes(resource)) return false;
  return (
    resource !== 'nodes' ||
    value === undefined ||
    before === undefined ||
    taintsOf(value) !== taintsOf(before.value)
  );
}

function writeLine({ by, key, value, before }: Write): string {
  const { metadata, spec } = (value ?? {}) as {
    readonly metadata?: { readonly deletionTimestamp?: string };
    readonly spec?: { readonly replicas?: number };
  };
  const verb = value === undefined ? 'removes' : before === undefined ? 'creates' : 'changes';
  const replicas = spec?.replicas === undefined ? '' : `, ${spec.replicas} wanted`;
  const deleted = metadata?.deletionTimestamp === undefined ? '' : ', deleted';
  const taints =
    key.startsWith('nodes/') && value !== undefined ? `, taints ${taintsOf(value) || 'none'}` : '';
  return `${by} ${verb} ${key}${replicas}${deleted}${taints}`;
}

function taintsOf(value: object): string {
  const { spec } = value as { readonly spec?: { readonly taints?: readonly Taint[] } };
  return (spec?.taints ?? []).map(({ key, effect }) => `${key}:${effect}`).join(' ');
}

function lineOf(fact: Exclude<Fact, { type: 'write' | 'answer' }>): string {
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
  const { phase, reason } = status;
  const containers = statusesOf({ status }).map(containerWords);
  return [phase, reason, ...containers].filter((word) => word !== undefined).join(' ');
}

function containerWords({ name, ready, restartCount, state }: ContainerStatus): string {
  const { waiting, running, terminated } = state ?? {};
  const words =
    waiting?.reason ?? (running ? 'running' : terminated ? `ended ${terminated.exitCode}` : 'nothing');
  return `[${name} ${words} #${restartCount}${ready ? ' ready' : ''}]`;
}
