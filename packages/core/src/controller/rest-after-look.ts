/**
 * A look at an object costs as much as it has pods, and thousands of pods that become ready one by one would cost the
 * square of that. Objects with many pods therefore rest after each look, 100 ms where there are 5000: the first change is
 * seen at once, those that follow it together.
 */
export function restAfterLookMs(pods: number): number {
  return pods < 500 ? 0 : Math.ceil(pods / 50);
}
