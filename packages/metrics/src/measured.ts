/** An object whose calls are timed. Everything else about it stays as it is. */

export type CallOutcome = { readonly ok: true } | { readonly ok: false; readonly error: unknown };

export type ObserveCall = (verb: string, seconds: number, outcome: CallOutcome) => void;

/**
 * The same object to whoever uses it. Of the methods that are named, each of which gives back a promise, the time until it
 * settles is told.
 */
export function measured<T extends object>(
  target: T,
  verbs: readonly (keyof T & string)[],
  { nowMs, observe }: { readonly nowMs: () => number; readonly observe: ObserveCall },
): T {
  const timed: ReadonlySet<PropertyKey> = new Set(verbs);
  const wrapped = new Map<PropertyKey, unknown>();
  return new Proxy(target, {
    get(_, key) {
      const value: unknown = Reflect.get(target, key, target);
      if (typeof value !== 'function') return value;
      // Methods are the same each time, and private fields want the object itself.
      let method = wrapped.get(key);
      if (method === undefined) {
        const call = (...args: unknown[]): unknown => Reflect.apply(value, target, args);
        method = timed.has(key) ? timing(String(key), call, nowMs, observe) : call;
        wrapped.set(key, method);
      }
      return method;
    },
  });
}

function timing(
  verb: string,
  call: (...args: unknown[]) => unknown,
  nowMs: () => number,
  observe: ObserveCall,
): (...args: unknown[]) => Promise<unknown> {
  return async (...args) => {
    const beganMs = nowMs();
    const tell = (outcome: CallOutcome) => observe(verb, (nowMs() - beganMs) / 1000, outcome);
    try {
      const answer = await call(...args);
      tell({ ok: true });
      return answer;
    } catch (error) {
      tell({ ok: false, error });
      throw error;
    }
  };
}

/** `CONFLICT`; `error` for what has no code. */
export function codeOf(error: unknown): string {
  const code = typeof error === 'object' && error !== null && 'code' in error ? error.code : undefined;
  return typeof code === 'string' ? code : 'error';
}
