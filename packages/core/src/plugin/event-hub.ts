/** Runtime events for any number of readers. A reader that is too slow is told that it lost some. */

import type { Clock } from '../contract/clock.ts';
import type { RuntimeEvent } from '../contract/container-runtime.ts';
import { AsyncQueue } from '../engine/async-queue.ts';

const pendingMax = 1024;

/**
 * The events of a runtime for any number of readers: `events` of a runtime plugin returns `subscribe(signal)`. A
 * reader that is too slow is told `lost-events` and lists.
 */
export class EventHub {
  private readonly clock: Clock;
  private readonly queues = new Set<AsyncQueue<RuntimeEvent>>();

  constructor(clock: Clock) {
    this.clock = clock;
  }

  emit(type: RuntimeEvent['type'], podUID: string, containerID?: string): void {
    const event = { type, podUID, atMs: this.clock.now(), ...(containerID !== undefined && { containerID }) };
    for (const queue of this.queues) {
      // The last place says that the rest is missing; the reader lists and finds out.
      if (queue.size < pendingMax - 1) queue.push(event);
      else if (queue.size === pendingMax - 1)
        queue.push({ type: 'lost-events', podUID: '', atMs: event.atMs });
    }
  }

  subscribe(signal: AbortSignal): AsyncIterable<RuntimeEvent> {
    const queue = new AsyncQueue<RuntimeEvent>({
      pendingMax,
      signal,
      onEnd: () => this.queues.delete(queue),
    });
    if (!signal.aborted) this.queues.add(queue);
    return queue;
  }

  close(): void {
    for (const queue of this.queues) queue.close();
  }
}
