/** Functions that should answer at once, and whose authors may have made them `async`: a rejection must not end the process. */

/** Hears of the failure of what may be a promise. True when it is one. */
export function onLaterFailure(given: unknown, onFailure: (error: unknown) => void): boolean {
  if (typeof given !== 'object' || given === null) return false;
  if (!('then' in given) || typeof given.then !== 'function') return false;
  Promise.resolve(given).catch(onFailure);
  return true;
}

/** Throws when a promise was given where an answer is needed; what becomes of the promise counts no more. */
export function refusePromise(given: unknown, what: string): void {
  if (onLaterFailure(given, () => {}))
    throw new TypeError(`${what} must not be async, and it returned a promise`);
}
