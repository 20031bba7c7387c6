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
