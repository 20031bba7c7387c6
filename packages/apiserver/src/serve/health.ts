/** `/livez`, `/readyz` and `/healthz`, in the words of Kubernetes' API server, each with `/CHECK`, `?verbose` and `?exclude=CHECK`. */

import { type Clock, errorMessage, withDeadline } from '@mooring/core';
import { type Answer, text } from '../http/reply.ts';
import type { ApiRequest } from '../request/api-request.ts';
import { unknownPath } from '../status/status-error.ts';

export interface HealthCheck {
  /** One word: `store`. */
  readonly name: string;
  /** Rejects with what is wrong. */
  check(signal: AbortSignal): Promise<void>;
  /** A server that fails it can serve nothing, but a restart would not mend it: it counts for `/readyz` only. */
  readonly isReadiness?: boolean;
}

/** Long enough for a store that is busy, short enough for whoever asks every 10 s. */
const checkMsMax = 5000;

const kinds: ReadonlySet<string> = new Set(['livez', 'readyz', 'healthz']);

/** `undefined` for every other path. Each check has a deadline of its own; all are asked at once. */
export async function answerHealth(
  { query, signal }: Pick<ApiRequest, 'query' | 'signal'>,
  path: string,
  { checks, clock }: { readonly checks: readonly HealthCheck[]; readonly clock: Clock },
): Promise<Answer | undefined> {
  const [, kind = '', wanted, ...more] = path.split('/');
  if (!kinds.has(kind) || more.length > 0) return undefined;
  const counted = checks.filter(({ isReadiness = false }) => kind === 'readyz' || !isReadiness);
  const asked = wanted === undefined ? counted : counted.filter(({ name }) => name === wanted);
  if (asked.length === 0) throw unknownPath();
  const excluded = new Set(query.getAll('exclude'));
  const found = await Promise.all(
    asked.map(async ({ name, check }) =>
      excluded.has(name)
        ? { ok: true, line: `[+]${name} excluded: ok` }
        : await resultOf(name, withDeadline(clock, checkMsMax, signal, name, check)),
    ),
  );
  const ok = found.every((one) => one.ok);
  if (ok && !query.has('verbose')) return text('ok');
  const lines = [...found.map(({ line }) => line), `${kind} check ${ok ? 'passed' : 'failed'}`];
  return text(`${lines.join('\n')}\n`, ok ? 200 : 503);
}

async function resultOf(name: string, asked: Promise<void>) {
  try {
    await asked;
    return { ok: true, line: `[+]${name} ok` };
  } catch (error) {
    return { ok: false, line: `[-]${name} failed: ${errorMessage(error)}` };
  }
}
