/** What a run has shown: how many faults of which kind, and how long it took until all was as wanted again. */

export interface Outcome {
  readonly kind: string;
  /** While the fault lasted, where the cluster is to get over it by itself. */
  readonly survivedMs?: number;
  /** After it was undone. */
  readonly healedMs: number;
}

export interface ChaosReport {
  readonly startedAt: string;
  readonly seed: number;
  readonly outcomes: readonly Outcome[];
  readonly skipped: readonly { readonly kind: string; readonly reason: string }[];
  readonly violations: readonly string[];
  readonly writes: { readonly acknowledged: number; readonly failed: number };
}

/** A table of Markdown, and what goes with it. */
export function formatReport({ outcomes, skipped, violations, writes }: ChaosReport): string {
  const kinds = [...new Set(outcomes.map(({ kind }) => kind))];
  const rows = kinds.map((kind) => {
    const own = outcomes.filter((outcome) => outcome.kind === kind);
    const survived = own.flatMap(({ survivedMs }) => survivedMs ?? []);
    return `| ${kind} | ${own.length} | ${seconds(survived)} | ${seconds(own.map(({ healedMs }) => healedMs))} |`;
  });
  return [
    '| fault | times | whole again while it lasts | whole again once it is undone |',
    '|---|---|---|---|',
    ...rows,
    '',
    `${outcomes.length} faults. Writes of the load: ${writes.acknowledged} acknowledged, ${writes.failed} not acknowledged.`,
    ...skipped.map(({ kind, reason }) => `Left out: ${kind}: ${reason}.`),
    ...(violations.length === 0 ? ['No law was broken.'] : violations.map((words) => `BROKEN: ${words}`)),
  ].join('\n');
}

/** Median and greatest. */
function seconds(times: readonly number[]): string {
  if (times.length === 0) return '';
  const sorted = times.toSorted((a, b) => a - b);
  const [median = 0, most = 0] = [sorted[Math.floor((sorted.length - 1) / 2)], sorted.at(-1)];
  const text = (ms: number) => `${(ms / 1000).toFixed(1)} s`;
  return sorted.length === 1 ? text(most) : `${text(median)}, at most ${text(most)}`;
}
