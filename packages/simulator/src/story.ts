/** A simulation as somebody would tell it: what users and misfortune did, and what came of it for those concerned. */

import type { ApiObject, Pod } from '@mooring/core';
import type { Violation } from './history.ts';
import { formatMs, type ProcessAct, type Step } from './plan.ts';

/** One sentence. */
export function tellStep(step: Step): string {
  return `${formatMs(step.atMs)} ${wordsOf(step)}`;
}

function wordsOf(step: Step): string {
  switch (step.act) {
    case 'create':
      return `a user creates the pod ${podWords(step.pod)}`;
    case 'delete': {
      const grace = step.graceSeconds === undefined ? '' : `, with ${step.graceSeconds} s of grace`;
      return `a user deletes the pod ${step.pod}${grace}`;
    }
    case 'relabel':
      return `a user changes a label of the pod ${step.pod}`;
    case 'debug':
      return `a user looks into ${step.pod} with ${step.container}, of the image ${step.image}`;
    case 'set-image':
      return `a user gives ${step.pod}/${step.container} the image ${step.image}`;
    case 'apply':
      return `a user applies the ${objectWords(step.object)}`;
    case 'remove':
      return `a user deletes the ${step.kind} ${step.name}${step.orphans === true ? ' and keeps what it owns' : ''}`;
    case 'scale':
      return `a user scales the ${step.kind} ${step.name} to ${step.replicas}`;
    case 'roll-out':
      return `a user rolls out ${step.image} in the Deployment ${step.name}`;
    case 'command':
      return `a user sends ${step.command} to ${step.pod}/${step.container}`;
    case 'oversize':
      return `a user wants a pod ${step.name} kept that is too large`;
    case 'poison':
      return `somebody puts nonsense into the store, as ${step.kind}/${step.name}`;
    case 'crash':
      return `${step.pod}/${step.container} ends by itself (${JSON.stringify(step.end)})`;
    case 'vanish':
      return `${step.pod}/${step.container} vanishes from its engine`;
    case 'lose-sandbox':
      return `the sandbox of ${step.pod} is lost`;
    case 'sicken':
      return `the ${step.probe} probe of ${step.pod}/${step.container} ${step.how} for ${seconds(step.forMs)}`;
    case 'reboot':
      return `the host of ${step.node} loses its power and comes back`;
    case 'break-engine':
      return `the engine of ${step.node} is down for ${seconds(step.forMs)}`;
    case 'lose-events':
      return `the engine of ${step.node} announces nothing for ${seconds(step.forMs)}`;
    case 'fault':
      return `${step.verb} on ${step.node} goes wrong for ${seconds(step.forMs)} (${JSON.stringify(step.fault)})`;
    default:
      return processWords(step);
  }
}

function processWords(step: ProcessAct): string {
  switch (step.act) {
    case 'store-fault':
      return `${percent(step.share)} of what ${step.node} asks of the store suffers "${step.fault}" for ${seconds(step.forMs)}`;
    case 'bus-fault':
      return `${percent(step.share)} of the messages of ${step.node} suffer "${step.fault}" for ${seconds(step.forMs)}`;
    case 'break-watches':
      return `all watches of ${step.node} break`;
    case 'cut-off':
      return `${step.node} is cut off (${step.way}) for ${seconds(step.forMs)}`;
    case 'pause':
      return `the process ${step.node} is paused for ${seconds(step.forMs)}`;
    case 'rival':
      return `somebody starts a second agent of the name ${step.node}, for ${seconds(step.forMs)}`;
    case 'set-clock':
      return `the clock of ${step.node} is set by ${seconds(step.byMs)}`;
    case 'drift':
      return `the clock of ${step.node} runs at ${step.rate} times the rate from now on`;
    case 'end-agent':
      return `the process ${step.node} ends (${step.how}) and is there again ${seconds(step.downMs)} later`;
  }
}

function podWords({ metadata, spec }: Pick<Pod, 'metadata' | 'spec'>): string {
  const containers = [...(spec.initContainers ?? []), ...spec.containers].map(
    ({ name, image }) => `${name} of ${image}`,
  );
  const where = spec.nodeName === undefined ? '' : ` on ${spec.nodeName}`;
  return `${metadata?.name ?? ''}${where}, ${spec.restartPolicy ?? 'Always'}: ${containers.join(', ')}`;
}

function objectWords(object: ApiObject): string {
  const { spec = {} } = object as { readonly spec?: { readonly replicas?: number; readonly template?: Pod } };
  const { replicas, template } = spec;
  const pods =
    template === undefined
      ? ''
      : `, ${replicas ?? 1} x pod${podWords({ metadata: {}, spec: template.spec })}`;
  return `${object.kind} ${object.metadata.name ?? ''}${pods}`;
}

function seconds(ms: number): string {
  return `${ms / 1000} s`;
}

function percent(share: number): string {
  return `${Math.round(share * 100)} %`;
}

/** The last of the lines that are about what broke the law: the same pod, what befell processes, and the steps. */
export function linesOf(
  lines: readonly string[],
  { words, atLine }: Violation,
  count: number,
): readonly string[] {
  const names = new Set(words.match(/[a-z][a-z0-9]*(?:-[a-z0-9]+)*(?=[/ ,)]|$)/g) ?? []);
  const isNamed = (line: string) =>
    line.split(/[^a-z0-9-]+/).some((word) => word.length > 1 && names.has(word));
  const isTurn = (line: string) =>
    / (?:step:|healed|VIOLATION)|(?:begins|dies|has ended|is paused|goes on)$/.test(line);
  return lines
    .slice(0, atLine)
    .filter((line) => isTurn(line) || isNamed(line))
    .map((line) => (line.includes(' step: ') ? line.slice(0, 110) : line))
    .slice(-count);
}
