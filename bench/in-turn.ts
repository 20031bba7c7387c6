import { median } from './bench-result.ts';

/** Medians of rounds in turn, and the median of the ratios of each two of them: neighbours in time have the same neighbours. */
export interface Pair {
  readonly ours: number;
  readonly floor: number;
  readonly ratio: number;
}

/** The first two rounds do not count: code that has run little is slow. */
const warmUpRounds = 2;

export async function inTurn(
  rounds: number,
  measure: { readonly ours: () => Promise<number>; readonly floor: () => Promise<number> },
): Promise<Pair> {
  const all: { readonly ours: number; readonly floor: number }[] = [];
  for (let round = 0; round < rounds + warmUpRounds; round += 1) {
    const pair = { ours: await measure.ours(), floor: await measure.floor() };
    if (round >= warmUpRounds) all.push(pair);
  }
  return {
    ours: median(all.map(({ ours }) => ours)),
    floor: median(all.map(({ floor }) => floor)),
    ratio: median(all.map(({ ours, floor }) => ours / floor)),
  };
}
