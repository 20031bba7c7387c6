/** Whole clusters on a virtual clock: a seed decides what goes wrong, and laws judge what becomes of it. */

export { drawPlan } from './draw-plan.ts';
export type { Violation } from './history.ts';
export { Life } from './life.ts';
export { type Act, formatStep, type Plan, type Step } from './plan.ts';
export { report } from './report.ts';
export { shrink } from './shrink.ts';
export { type Simulation, type SimulationOptions, simulate } from './simulate.ts';
