/** Names for event objects: `<object>.<hex nanoseconds>`, as Kubernetes' client library makes them. */

import type { Clock, Random } from '../../contract/clock.ts';

const nanosPerMs = 1_000_000n;
/** Leaves room for a dot and 16 digits within the 253 characters of a name. */
const objectNameLengthMax = 236;

/**
 * The clock gives milliseconds only. What stands for the nanoseconds within starts at random, so that two agents do not
 * make the same names, and then counts up, so that one agent never does.
 */
export function createEventNames(clock: Clock, random: Random): (objectName: string) => string {
  let last = 0n;
  const offset = BigInt(Math.floor(random.next() * Number(nanosPerMs)));
  return (objectName) => {
    const now = BigInt(Math.floor(clock.now())) * nanosPerMs + offset;
    last = now > last ? now : last + 1n;
    return `${objectName.slice(0, objectNameLengthMax)}.${last.toString(16)}`;
  };
}
