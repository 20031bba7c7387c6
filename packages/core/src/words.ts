/**
 * What a program needs before it knows what to do: the clock, and words for mistakes. The subpath `@mooring/core/words` loads
 * nothing else, so that a help text does not wait for a cluster.
 */

export { didYouMean } from './api/nearest.ts';
export { errorMessage, MooringError } from './contract/error.ts';
export { systemClock } from './engine/system-clock.ts';
