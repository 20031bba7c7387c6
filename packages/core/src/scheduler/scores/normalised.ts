/**
 * Counts as scores from 0 to 100, where the largest count is the best, or the worst. Where all are zero nobody is better
 * than another.
 */
export function normalised(
  counts: readonly number[],
  { isLessBetter }: { readonly isLessBetter: boolean },
): readonly number[] {
  let most = 0;
  for (const count of counts) most = Math.max(most, count);
  if (most === 0) return counts.map(() => (isLessBetter ? 100 : 0));
  return counts.map((count) => {
    const share = Math.floor((100 * count) / most);
    return isLessBetter ? 100 - share : share;
  });
}
