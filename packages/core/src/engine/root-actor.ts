/** Root actors by the thousand. */

import { type ActorOptions, type AnyActor, type AnyActorLogic, createActor } from 'xstate';

/**
 * As `createActor`, for the root of a system of its own.
 *
 * XState numbers all actors of the process through and uses the numbers as property names of its table of timers. Beyond
 * about 1,500 different names V8 gives up sharing the layout of objects that began as `{}`, which includes all that are
 * made by spread: each then carries a description of its own, measured as 9 KiB a pod. Numbered within their own system,
 * the actors of all pods have the same names.
 */
export function createRootActor<Logic extends AnyActorLogic>(
  logic: Logic,
  options: ActorOptions<Logic>,
): AnyActor {
  const actor = createActor(logic, options as never) as AnyActor;
  let count = 0;
  // No part of XState's types. Should it go by another name one day, nothing but the memory is lost.
  const system = actor.system as { _bookId?: () => string };
  system._bookId = () => `x:${++count}`;
  return actor;
}
