/** Functions that were given as options: what they throw has to say which of them it was. */

import { errorMessage, MooringError } from '../contract/error.ts';

/** What `call` gives. Throws `INVALID` naming the option where it throws. */
export function callGiven<T>(option: string, call: () => T): T {
  try {
    return call();
  } catch (error) {
    throw new MooringError('INVALID', `${option}: it failed: ${errorMessage(error)}`, { cause: error });
  }
}

/** One of `logic`. What is no machine would fail with every pod only. */
export function checkedLogic<Args extends unknown[], Made>(
  option: string,
  make: (...args: Args) => Made,
): (...args: Args) => Made {
  return (...args) => {
    const made = callGiven(option, () => make(...args));
    const { getInitialSnapshot } = (made ?? {}) as { readonly getInitialSnapshot?: unknown };
    if (typeof getInitialSnapshot === 'function') return made;
    throw new MooringError('INVALID', `${option}: must give a machine: start from defaultLogic`);
  };
}
