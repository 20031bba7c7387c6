/** A complete running system that scenarios are played in; its time is virtual or real. */

import type { PropagationPolicy } from '@mooring/core';
import type { History } from './history.ts';

export interface DeleteOptions {
  readonly gracePeriodSeconds?: number;
  /** Without one the dependents go too, of whatever kind the object is. */
  readonly propagationPolicy?: PropagationPolicy;
}

export interface World extends AsyncDisposable {
  /** Every version of every object in the namespace of the scenario. */
  readonly history: History;
  /** On the clock of the system. */
  nowMs(): number;
  /**
   * Lets time go by until the condition holds, which is looked at after each change. False when it does not within
   * `limitMs`; all of that time has then gone by.
   */
  waitUntil(condition: () => boolean | Promise<boolean>, limitMs: number): Promise<boolean>;
  create(manifest: object): Promise<void>;
  delete(kind: string, name: string, options: DeleteOptions): Promise<void>;
  /** Strategic merge: containers are merged by name. */
  patch(kind: string, name: string, patch: object): Promise<void>;
  scale(kind: string, name: string, replicas: number): Promise<void>;
  /** The body of GET / at a pod's port, `undefined` unless it answers 200. */
  fetchBody(podIP: string, port: number): Promise<string | undefined>;
}
