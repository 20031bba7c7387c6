/**
 * What to do about init containers and sidecars. Plain init containers run one after the other, each to
 * its end; a sidecar lets the next one start as soon as it has started, and is kept running for the pod's whole life.
 */

import { type Container, isSidecar, type Pod } from '../../api/pod.ts';
import type { ContainerInfo, SandboxID } from '../../contract/container-runtime.ts';
import { isInitFailure } from '../container/exit-reason.ts';
import { retriesInit } from '../container/should-restart.ts';
import { type ContainerToKill, killCause, killSidecar, killUnknown } from './container-kill.ts';
import type { ProbeResults } from './observation.ts';

export interface InitView {
  readonly pod: Pod;
  readonly newest: ReadonlyMap<string, ContainerInfo>;
  readonly probes: ProbeResults;
  /** As in `PodView`. */
  readonly starting: ReadonlySet<string>;
  /** Instances of an earlier sandbox say nothing: every sandbox is initialized anew. */
  readonly sandboxID: SandboxID;
}

export interface InitActions {
  /** App containers may run. */
  readonly initialized: boolean;
  /** In the order of the spec. */
  readonly toStart: readonly string[];
  readonly toKill: readonly ContainerToKill[];
}

const nothingToDo: InitActions = { initialized: true, toStart: [], toKill: [] };

/** `failed`: an init container failed for good, and the pod with it. */
export function initActions(view: InitView): InitActions | 'failed' {
  const inits = view.pod.spec.initContainers ?? [];
  if (inits.length === 0) return nothingToDo;
  const toStart = new Set<string>();
  const toKill: ContainerToKill[] = [];
  let initialized = hasBeenInitialized(view);
  // Passed: something after this container has run, so it was complete once. The walk goes from the last to the first,
  // because the records of early ones may have been removed; the last one with a record tells how far things came.
  let isPassed = initialized;
  let following: Container | undefined;
  for (const container of inits.toReversed()) {
    const step = nextStep(view, container, isPassed);
    if (step === 'failed') return step;
    if (step.start) toStart.add(container.name);
    if (step.kill !== undefined) toKill.push(step.kill);
    if (step.isComplete && !isPassed) {
      if (following === undefined) initialized = true;
      else toStart.add(following.name);
    }
    isPassed ||= step.hasRecord;
    following = container;
  }
  // Nothing has run yet, and the walk ended at the first.
  if (!isPassed && following !== undefined) toStart.add(following.name);
  return { initialized, toStart: inOrder(inits, toStart), toKill };
}

interface Step {
  readonly hasRecord: boolean;
  /** The one after it may start. */
  readonly isComplete: boolean;
  readonly start?: boolean;
  readonly kill?: ContainerToKill;
}

const unseen: Step = { hasRecord: false, isComplete: false };
const wait: Step = { hasRecord: true, isComplete: false };
const complete: Step = { hasRecord: true, isComplete: true };
const startIt: Step = { hasRecord: true, isComplete: false, start: true };

function nextStep(view: InitView, container: Container, isPassed: boolean): Step | 'failed' {
  const info = instanceOf(view, container);
  if (isSidecar(container)) {
    // A sidecar that was there before and has no record any more is missing now.
    return info === undefined ? { ...unseen, start: isPassed } : sidecarStep(view, container, info);
  }
  if (info === undefined) return unseen;
  if (view.starting.has(container.name)) return startIt;
  return isPassed ? complete : plainStep(view, container, info);
}

function plainStep(view: InitView, container: Container, info: ContainerInfo): Step | 'failed' {
  if (info.state === 'running') return wait;
  if (info.state === 'created') return startIt;
  if (!isInitFailure(info)) return complete;
  if (!retriesInit(view.pod.spec, container, info)) return 'failed';
  return info.state === 'unknown' ? { ...startIt, kill: killUnknown(info, 'Init container') } : startIt;
}

function sidecarStep({ probes }: InitView, container: Container, info: ContainerInfo): Step {
  if (info.state === 'unknown') return { ...startIt, kill: killUnknown(info, 'Init container') };
  if (info.state !== 'running') return startIt;
  const startup = container.startupProbe === undefined ? 'success' : probes.startup.get(info.id);
  if (startup === 'failure') return { ...startIt, kill: killSidecar(info, 'startup') };
  // Until it has started it is left alone, also when it is of another definition by now.
  if (startup !== 'success') return wait;
  const cause = killCause(container, info, probes);
  // It did start, so what comes after it need not wait for its successor.
  return cause === undefined ? complete : { ...startIt, isComplete: true, kill: killSidecar(info, cause) };
}

/**
 * Some app container was made in this sandbox. The kubelet asks whether one is running now, and so holds back all app
 * containers when they have died and a sidecar is starting up again (kubernetes/kubernetes#132826).
 */
function hasBeenInitialized(view: InitView): boolean {
  return view.pod.spec.containers.some((container) => instanceOf(view, container) !== undefined);
}

function instanceOf({ newest, sandboxID }: InitView, container: Container): ContainerInfo | undefined {
  const info = newest.get(container.name);
  return info?.sandboxID === sandboxID ? info : undefined;
}

function inOrder(inits: readonly Container[], names: ReadonlySet<string>): readonly string[] {
  return inits.filter(({ name }) => names.has(name)).map(({ name }) => name);
}
