/** A plan that breaks the same law with less: what is left out had nothing to do with it. */

import type { Plan, Step } from './plan.ts';
import type { Simulation } from './simulate.ts';

type Play = (plan: Plan) => Promise<Simulation>;

/** `play` at most `runsMax` times. Gives back the smallest that was found, played. */
export async function shrink(found: Simulation, play: Play, runsMax = 200): Promise<Simulation> {
  const shrinker = new Shrinker(found, play, runsMax);
  await shrinker.leaveOutSteps();
  await shrinker.leaveOutProcesses();
  await shrinker.simplifySteps();
  return shrinker.smallest;
}

class Shrinker {
  smallest: Simulation;
  private readonly law: string | undefined;
  private readonly play: Play;
  private runsLeft: number;

  constructor(found: Simulation, play: Play, runsMax: number) {
    this.smallest = found;
    this.law = found.violations[0]?.law;
    this.play = play;
    this.runsLeft = runsMax;
  }

  /** Halves first, then quarters, then single ones. */
  async leaveOutSteps(): Promise<void> {
    for (let size = Math.ceil(this.steps.length / 2); size >= 1; size = Math.floor(size / 2)) {
      let from = 0;
      while (from < this.steps.length && this.runsLeft > 0) {
        if (!(await this.tries({ steps: without(this.steps, from, size) }))) from += size;
      }
    }
  }

  /** Nodes and controllers that no step is about. */
  async leaveOutProcesses(): Promise<void> {
    const { nodes, controllers = [] } = this.smallest.plan;
    for (const node of nodes.slice(1)) {
      const others = this.smallest.plan.nodes.filter((one) => one !== node);
      await this.tries({ nodes: others, steps: this.steps.filter((step) => !isAbout(step, node)) });
    }
    for (const name of controllers.slice(1)) {
      const others = controllers.filter((one) => one !== name);
      await this.tries({ controllers: others, steps: this.steps.filter((step) => !isAbout(step, name)) });
    }
  }

  /** Shorter faults, and fewer pods. */
  async simplifySteps(): Promise<void> {
    for (let at = 0; at < this.steps.length; at += 1) {
      for (let simpler = simplified(this.steps[at]); simpler !== undefined; simpler = simplified(simpler)) {
        const steps = this.steps.map((step, i) => (i === at && simpler !== undefined ? simpler : step));
        if (!(await this.tries({ steps }))) break;
      }
    }
  }

  private get steps(): readonly Step[] {
    return this.smallest.plan.steps;
  }

  private async tries(change: Partial<Plan>): Promise<boolean> {
    if (this.runsLeft <= 0) return false;
    this.runsLeft -= 1;
    const tried = await this.play({ ...this.smallest.plan, ...change });
    const isSame = tried.violations[0]?.law === this.law;
    if (isSame) this.smallest = tried;
    return isSame;
  }
}

function without(steps: readonly Step[], from: number, count: number): readonly Step[] {
  return [...steps.slice(0, from), ...steps.slice(from + count)];
}

function isAbout(step: Step, process: string): boolean {
  return 'node' in step && step.node === process;
}

/** Half as much of it. */
function simplified(step: Step | undefined): Step | undefined {
  if (step === undefined) return undefined;
  if ('forMs' in step && step.forMs >= 2000) return { ...step, forMs: Math.round(step.forMs / 2) };
  if (step.act === 'scale' && step.replicas > 1) return { ...step, replicas: step.replicas - 1 };
  return undefined;
}
