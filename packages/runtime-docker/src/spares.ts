/**
 * Containers that were made before they are wanted, so that a start after a crash waits for nothing else. One that nobody
 * has asked for yet is no container: no list has it. Once it runs it is one like any other, also for the next life of
 * the agent.
 */

import { createHash } from 'node:crypto';
import type { ContainerConfig } from '@mooring/core';
import type { ContainerCreateOptions } from 'dockerode';
import type { ContainerRecord } from './records.ts';

export interface Spare
  extends Pick<ContainerRecord, 'name' | 'podUID' | 'containerName' | 'sandboxID' | 'hasMessageFile'> {
  readonly id: string;
  /** What it was asked to be. */
  readonly mark: string;
}

/** What lists and inspections say of a container. */
export interface SpareView {
  readonly id: string;
  readonly record: ContainerRecord;
  /** In the words of the engine: `created`, `running`, `exited`... */
  readonly state: string;
}

export class Spares {
  /** By name. */
  private readonly ready = new Map<string, Spare>();
  private readonly taken = new Set<string>();

  /** It was made ahead, and nobody has asked for it yet. */
  isHidden({ id, record, state }: SpareView): boolean {
    return record.spareMark !== undefined && state === 'created' && !this.taken.has(id);
  }

  add(id: string, mark: string, record: Omit<Spare, 'id' | 'mark'>): void {
    const { name, podUID, containerName, sandboxID, hasMessageFile } = record;
    this.ready.set(name, { id, mark, name, podUID, containerName, sandboxID, hasMessageFile });
  }

  /** Whether it is there already. */
  has(name: string, mark: string): boolean {
    return this.ready.get(name)?.mark === mark;
  }

  /** Its ID, when there is one that is the same as what is wanted now. */
  take(name: string, mark: string): string | undefined {
    const spare = this.ready.get(name);
    if (spare?.mark !== mark) return undefined;
    this.reveal(spare.id);
    return spare.id;
  }

  /** From now on it is a container. */
  reveal(id: string): void {
    this.forget(id);
    this.taken.add(id);
  }

  /** It is gone. True when it was never taken. */
  forget(id: string): boolean {
    this.taken.delete(id);
    const spare = this.filter((one) => one.id === id)[0];
    return spare !== undefined && this.ready.delete(spare.name);
  }

  isReady(id: string): boolean {
    return this.filter((spare) => spare.id === id).length > 0;
  }

  /** Those that are of no use any more once this one is to come. */
  supersededBy({ name, podUID, containerName }: ContainerConfig): readonly Spare[] {
    return this.filter(
      (spare) => spare.podUID === podUID && spare.containerName === containerName && spare.name !== name,
    );
  }

  filter(isMeant: (spare: Spare) => boolean): readonly Spare[] {
    return [...this.ready.values()].filter(isMeant);
  }

  /** What has happened to them is not known; the next list tells. */
  forgetAll(): void {
    this.ready.clear();
  }
}

/** The same for two requests only if they are the same. */
export function markOf(request: ContainerCreateOptions): string {
  return createHash('sha256').update(JSON.stringify(request)).digest('hex').slice(0, 16);
}
