/** Who waits for the end of which container. */

export class ExitListeners {
  private readonly byID = new Map<string, Set<() => void>>();

  /** Calls `fn` when the container is said to have ended; gives back how to stop listening. */
  add(id: string, fn: () => void): () => void {
    const listeners = this.byID.get(id) ?? new Set();
    this.byID.set(id, listeners);
    listeners.add(fn);
    return () => {
      listeners.delete(fn);
      if (listeners.size === 0) this.byID.delete(id);
    };
  }

  tell(id: string): void {
    for (const fn of [...(this.byID.get(id) ?? [])]) fn();
  }

  tellAll(): void {
    for (const id of [...this.byID.keys()]) this.tell(id);
  }
}
