/** What happens in one simulation, as plain data: it can be printed, shrunk and played again. */

import type { Pod } from '@mooring/core';
import type { FakeEnd, FakeFault, FakeVerb } from '@mooring/runtime-fake';

export interface Plan {
  /** Decides all that the steps leave open: when containers crash, which calls a fault hits. */
  readonly seed: string;
  readonly nodes: readonly string[];
  /** When everything that was broken is mended. */
  readonly healAtMs: number;
  /** In order of time. A step about something that is not there does nothing. */
  readonly steps: readonly Step[];
}

export type Step = { readonly atMs: number } & Act;

export type Act = WorkloadAct | ContainerAct | EngineAct | AgentAct;

/** What users do. */
export type WorkloadAct =
  | { readonly act: 'create'; readonly pod: Pod }
  | { readonly act: 'delete'; readonly pod: string; readonly graceSeconds?: number }
  | { readonly act: 'relabel'; readonly pod: string }
  | { readonly act: 'set-image'; readonly pod: string; readonly container: string; readonly image: string };

export type ProbeName = 'liveness' | 'readiness' | 'startup';

/** What becomes of containers. */
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

/** `conflict` and `lost-request` have no effect, `lost-reply` has; `slow` has it late; `stall` holds back what is watched. */
export type StoreFault = 'conflict' | 'lost-request' | 'lost-reply' | 'slow' | 'stall';

/** What becomes of agents, and between them and the store. */
export type AgentAct =
  | {
      readonly act: 'store-fault';
      readonly node: string;
      readonly fault: StoreFault;
      readonly forMs: number;
      /** Of the calls that are hit. */
      readonly share: number;
    }
  | { readonly act: 'break-watches'; readonly node: string }
  | { readonly act: 'end-agent'; readonly node: string; readonly how: AgentEnd; readonly downMs: number };

/** `crash`: between any two instructions, without a last word. `close`: what runs is stopped first. */
export type AgentEnd = 'crash' | 'detach' | 'close';

export function formatStep({ atMs, act, ...rest }: Step): string {
  return `${formatMs(atMs)} ${act} ${JSON.stringify(rest)}`;
}

export function formatMs(ms: number): string {
  return `+${(ms / 1000).toFixed(3)}s`;
}
