/** What a container uses, as the agent of its node tells it. */

import { MooringError } from '../contract/error.ts';
import { isRecord } from './envelope.ts';

/** What a container uses: what `kubectl top` shows of it. */
export interface ContainerUsage {
  readonly podUID: string;
  readonly namespace: string;
  readonly pod: string;
  readonly container: string;
  /** When it was measured, and over which time before that. */
  readonly atMs: number;
  readonly windowMs: number;
  /** A billion are one processor. */
  readonly cpuNanocores: number;
  readonly memoryBytes: number;
}

const texts = ['podUID', 'namespace', 'pod', 'container'] as const;
const figures = ['atMs', 'windowMs', 'cpuNanocores', 'memoryBytes'] as const;

/** Throws `INVALID` for what is no list of them. */
export function decodeUsage(text: string): readonly ContainerUsage[] {
  const list: unknown = JSON.parse(text);
  if (Array.isArray(list) && list.every(isUsage)) return list;
  throw new MooringError('INVALID', 'what the node says of its containers cannot be read');
}

function isUsage(raw: unknown): raw is ContainerUsage {
  return (
    isRecord(raw) &&
    texts.every((name) => typeof raw[name] === 'string') &&
    figures.every((name) => Number.isFinite(raw[name]))
  );
}
