/**
 * The root actors of this process by address. There are many roots and no tree above them: in XState a parent copies
 * the map of its children at each change, so that thousands of children make every change slow.
 */

import type { AnyActorRef } from 'xstate';
import { MooringError } from '../contract/error.ts';
import { parseAddress, pathWithin } from './address.ts';

export interface RootActor {
  readonly ref: AnyActorRef;
  /** Finds a descendant by the words that follow the root's address. */
  readonly child?: (path: readonly string[]) => AnyActorRef | undefined;
}

/** Must not throw. */
export interface DirectoryObserver {
  onRegistered(address: string): void;
  onForgotten(address: string): void;
}

export interface ActorDirectory {
  /**
   * Makes the actor reachable until it ends; must be called before the actor is started, so that its first error has an
   * observer too. Throws `ALREADY_EXISTS` when a live actor has the address.
   */
  register(address: string, root: RootActor): void;
  /** The actor at the address, be it a root or a descendant of one. */
  lookup(address: string): AnyActorRef | undefined;
  /** Addresses of roots that lie at or below `prefix`, in the order of registration; all when not given. */
  list(prefix?: string): readonly string[];
  /** Tells of every root that lives, then of each that comes and goes. The function given back ends that. */
  observe(observer: DirectoryObserver): () => void;
  /** Stops the root at the address, if there is one. */
  stop(address: string): void;
  stopAll(): void;
}

/** `onError` hears of every root that ends with an error; without an observer XState would end the process. */
export function createActorDirectory(options: {
  readonly onError: (address: string, error: unknown) => void;
}): ActorDirectory {
  const roots = new Map<string, RootActor>();
  const observers = new Set<DirectoryObserver>();
  const forget = (address: string, root: RootActor | undefined) => {
    if (root === undefined || roots.get(address) !== root) return;
    roots.delete(address);
    for (const observer of observers) observer.onForgotten(address);
  };
  const stop = (address: string) => {
    const root = roots.get(address);
    forget(address, root);
    root?.ref.stop?.();
  };
  return {
    register(address, root) {
      parseAddress(address);
      if (roots.has(address))
        throw new MooringError('ALREADY_EXISTS', `an actor lives at ${address} already`);
      roots.set(address, root);
      for (const observer of observers) observer.onRegistered(address);
      root.ref.subscribe({
        error(error) {
          forget(address, root);
          options.onError(address, error);
        },
        complete: () => forget(address, root),
      });
    },
    lookup: (address) => lookup(roots, address),
    list: (prefix) =>
      [...roots.keys()].filter(
        (address) => prefix === undefined || pathWithin(prefix, address) !== undefined,
      ),
    observe(observer) {
      observers.add(observer);
      for (const address of roots.keys()) observer.onRegistered(address);
      return () => observers.delete(observer);
    },
    stop,
    stopAll() {
      for (const address of [...roots.keys()]) stop(address);
    },
  };
}

/** The nearest root at or above the address, and its descendant from there. */
function lookup(roots: ReadonlyMap<string, RootActor>, address: string): AnyActorRef | undefined {
  for (let end = address.length; end > 0; end = address.lastIndexOf('/', end - 1)) {
    const root = roots.get(address.slice(0, end));
    if (root === undefined) continue;
    return end === address.length ? root.ref : root.child?.(address.slice(end + 1).split('/'));
  }
  return undefined;
}
