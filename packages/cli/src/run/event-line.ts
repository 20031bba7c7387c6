import type { KubeEvent } from '@mooring/core';
import type { Paint } from '../output/paint.ts';
import { printable } from '../output/printable.ts';

/** ` 3.2s  web  Unhealthy  Liveness probe failed: ... (x3)` */
export function eventLine(event: KubeEvent, sinceMs: number, paint: Paint): string {
  const { involvedObject, reason, message, count, type } = event;
  const at = `${(Math.max(0, sinceMs) / 1000).toFixed(1).padStart(5)}s`;
  const times = count > 1 ? ` (x${count})` : '';
  const word = paint(type === 'Warning' ? 'waiting' : 'gone', printable(reason).padEnd(16));
  return `${paint('gone', at)}  ${printable(involvedObject.name ?? '').padEnd(16)} ${word} ${printable(message)}${times}`;
}
