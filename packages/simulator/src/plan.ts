/** What happens in one simulation, as plain data: it can be printed, shrunk and played again. */

import type { ApiObject, ClusterOptions, Pod } from '@mooring/core';
import type { FakeEnd, FakeFault, FakeVerb } from '@mooring/runtime-fake';

/** Everything that decides a simulation: who is there, what is done when, and the seed of all the rest. */
export interface Plan {
  /** Decides all that the steps leave open: when containers crash, which calls a fault hits. */
  readonly seed: string;
  readonly nodes: readonly string[];
  /** Processes with controllers and a scheduler, of which one works at a time. Without any, pods name their node. */
  readonly controllers?: readonly string[];
  readonly preset?: NonNullable<ClusterOptions['preset']>;
  /** There is something that must not get out: it is watched for everywhere. */
  readonly hasSecret?: boolean;
  /** When everything that was broken is mended. */
  readonly healAtMs: number;
  /** For how long it is watched in the end that nothing happens any more; five minutes when not given. */
  readonly quietMs?: number;
  /** In order of time. A step about something that is not there does nothing. */
  readonly steps: readonly Step[];
}

/** An act and its moment, in milliseconds from the start. */
export type Step = { readonly atMs: number } & Act;

/** What is done to a simulated cluster in one step. */
export type Act = WorkloadAct | ContainerAct | EngineAct | ProcessAct;

/** What users do. */
export type WorkloadAct =
  | { readonly act: 'create'; readonly pod: Pod }
  | { readonly act: 'delete'; readonly pod: string; readonly graceSeconds?: number }
  | { readonly act: 'relabel'; readonly pod: string }
  /** An ephemeral container, to look into a pod. */
  | { readonly act: 'debug'; readonly pod: string; readonly container: string; readonly image: string }
  | { readonly act: 'set-image'; readonly pod: string; readonly container: string; readonly image: string }
  | { readonly act: 'apply'; readonly object: ApiObject }
  | { readonly act: 'remove'; readonly kind: string; readonly name: string; readonly orphans?: boolean }
  | { readonly act: 'scale'; readonly kind: string; readonly name: string; readonly replicas: number }
  | { readonly act: 'roll-out'; readonly name: string; readonly image: string }
  /** A command to a container, over the bus. */
  | {
      readonly act: 'command';
      readonly pod: string;
      readonly container: string;
      readonly command: 'container.restart' | 'container.retry';
    }
  /** A user wants more kept than a store takes. */
  | { readonly act: 'oversize'; readonly name: string }
  /** Something lies in the store, under a key of this kind, that is nothing of ours. */
  | { readonly act: 'poison'; readonly kind: string; readonly name: string };

export type ProbeName = 'liveness' | 'readiness' | 'startup';

/** What becomes of containers. A pod is also meant by the name of the set that made it. */
export type ContainerAct =
  | { readonly act: 'crash'; readonly pod: string; readonly container: string; readonly end: FakeEnd }
  | { readonly act: 'vanish'; readonly pod: string; readonly container: string }
  | { readonly act: 'lose-sandbox'; readonly pod: string }
  | {
      readonly act: 'sicken';
      readonly pod: string;
      readonly container: string;
      readonly probe: ProbeName;
      readonly how: Sickness;
      readonly forMs: number;
    };

/** How a probe is answered: with a failure, or not at all. */
export type Sickness = 'fails' | 'hangs';

/** What becomes of container engines. */
export type EngineAct =
  | { readonly act: 'reboot'; readonly node: string }
  | { readonly act: 'break-engine'; readonly node: string; readonly forMs: number }
  | { readonly act: 'lose-events'; readonly node: string; readonly forMs: number }
  | {
      readonly act: 'fault';
      readonly node: string;
      readonly verb: FakeVerb;
      readonly forMs: number;
      readonly fault: Pick<FakeFault, 'delayMs' | 'error' | 'hangs' | 'afterEffect' | 'times'>;
    };

/**
 * `conflict` and `lost-request` have no effect, `lost-reply` has; `slow` has it late; `late-effect` has it up to a minute
 * after it was reported lost; `stale` reads what was there before; `full` takes no new objects, `disk-full` takes nothing at
 * all; `stall` holds back what is watched.
 * `lag` is no trouble: what is watched comes up to half a second late, as from any server.
 */
export type StoreFault =
  | 'conflict'
  | 'lost-request'
  | 'lost-reply'
  | 'slow'
  | 'late-effect'
  | 'stale'
  | 'full'
  | 'disk-full'
  | 'stall'
  | 'lag';

/** Messages of other processes are lost, come twice, or come late and so in another order. */
export type BusFault = 'drop' | 'duplicate' | 'delay';

/** What becomes of agents and controllers, and between them and the rest of the world. */
export type ProcessAct =
  | {
      readonly act: 'store-fault';
      readonly node: string;
      readonly fault: StoreFault;
      readonly forMs: number;
      /** Of the calls that are hit. */
      readonly share: number;
    }
  | { readonly act: 'break-watches'; readonly node: string }
  | {
      readonly act: 'bus-fault';
      readonly node: string;
      readonly fault: BusFault;
      readonly forMs: number;
      readonly share: number;
    }
  /** `out`: what it says is not heard. `in`: it hears nothing, not even answers. */
  | {
      readonly act: 'cut-off';
      readonly node: string;
      readonly way: 'out' | 'in' | 'both';
      readonly forMs: number;
    }
  | { readonly act: 'pause'; readonly node: string; readonly forMs: number }
  /** A second agent with the name of that node, on the same host. */
  | { readonly act: 'rival'; readonly node: string; readonly forMs: number }
  | { readonly act: 'set-clock'; readonly node: string; readonly byMs: number }
  | { readonly act: 'drift'; readonly node: string; readonly rate: number }
  | { readonly act: 'end-agent'; readonly node: string; readonly how: AgentEnd; readonly downMs: number };

/** `crash`: between any two instructions, without a last word. `close`: what runs is stopped first. */
export type AgentEnd = 'crash' | 'detach' | 'close';

/** A step in one line. */
export function formatStep({ atMs, act, ...rest }: Step): string {
  return `${formatMs(atMs)} ${act} ${JSON.stringify(rest)}`;
}

export function formatMs(ms: number): string {
  return `+${(ms / 1000).toFixed(3)}s`;
}
