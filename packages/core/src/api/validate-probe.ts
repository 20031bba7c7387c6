/** Probes: one handler, of Kubernetes or of a plugin, and the numbers around it. */

import type { Draft } from './draft.ts';
import {
  type FieldError,
  type FieldPath,
  type FieldWarning,
  internalError,
  invalid,
  notSupported,
  type Parsed,
} from './field-error.ts';
import { type FieldErrors, nonNegative } from './field-rules.ts';
import { didYouMean } from './nearest.ts';
import { type Probe, probeSettingKeys } from './pod.ts';
import { builtInHandlers, exactlyOneHandler, type PresentHandler } from './validate-handler.ts';

export type ProbeType = 'liveness' | 'readiness' | 'startup';

/** What validation needs of a registered prober: it reads its own settings. A `Prober` is one. */
export interface HandlerCompiler {
  /** An attempt needs nothing of the container but its address. */
  readonly network?: boolean;
  compile(raw: unknown, path: FieldPath): Parsed<unknown>;
}

/**
 * The handlers of plugins by their key. `unchecked` accepts every key whose value is an object: for whoever cannot know
 * the plugins of the agent that will run the pod.
 */
export type ProbeHandlers = ReadonlyMap<string, HandlerCompiler> | 'unchecked';

const builtInHandlerKeys = ['exec', 'grpc', 'httpGet', 'tcpSocket'] as const;

const settingKeys: ReadonlySet<string> = new Set(probeSettingKeys);
const builtInKeys: ReadonlySet<string> = new Set(builtInHandlerKeys);

export interface ProbeContext {
  readonly type: ProbeType;
  readonly gracePeriodSeconds: number;
  readonly handlers: ProbeHandlers;
}

export function* probeErrors(probe: Draft<Probe>, path: FieldPath, context: ProbeContext): FieldErrors {
  yield* exactlyOneHandler(presentHandlers(probe, path, context), path);
  for (const key of probeSettingKeys)
    if (key !== 'terminationGracePeriodSeconds' && probe[key] !== undefined)
      yield* nonNegative(path.child(key), probe[key]);
  yield* gracePeriodErrors(probe, path.child('terminationGracePeriodSeconds'), context.type);
  const { successThreshold } = probe;
  if (context.type !== 'readiness' && successThreshold !== 1)
    yield invalid(path.child('successThreshold'), successThreshold ?? 0, 'must be 1');
}

function* gracePeriodErrors(probe: Draft<Probe>, path: FieldPath, type: ProbeType): FieldErrors {
  const seconds = probe.terminationGracePeriodSeconds;
  if (seconds === undefined) return;
  if (seconds <= 0) yield invalid(path, seconds, 'must be greater than 0');
  // A failed readiness probe stops nothing.
  if (type === 'readiness') yield invalid(path, seconds, 'must not be set for readinessProbes');
}

function* presentHandlers(
  probe: Draft<Probe>,
  path: FieldPath,
  { gracePeriodSeconds, handlers }: ProbeContext,
): Iterable<PresentHandler> {
  for (const { key, errors } of builtInHandlers(probe, path, gracePeriodSeconds)) {
    const ownErrors = [...errors];
    // Its prober is asked about what the API accepts only: two complaints about one mistake help nobody.
    const compiler = ownErrors.length === 0 && handlers !== 'unchecked' ? handlers.get(key) : undefined;
    yield { key, errors: compiler ? compilerErrors(compiler, key, probe[key], path) : ownErrors };
  }
  for (const key of pluginHandlerKeys(probe))
    yield { key, errors: pluginHandlerErrors(handlers, key, probe[key], path) };
}

/** What is neither a setting nor a handler of Kubernetes. */
function pluginHandlerKeys(probe: Draft<Probe>): readonly string[] {
  return Object.keys(probe).filter(
    (key) => !settingKeys.has(key) && !builtInKeys.has(key) && probe[key] !== undefined,
  );
}

function pluginHandlerErrors(
  handlers: ProbeHandlers,
  key: string,
  raw: unknown,
  path: FieldPath,
): readonly FieldError[] {
  if (handlers === 'unchecked') return [];
  const compiler = handlers.get(key);
  if (compiler !== undefined) return compilerErrors(compiler, key, raw, path);
  const supported = [...new Set([...builtInHandlerKeys, ...handlers.keys()])].sort();
  const error = notSupported(path.child(key), key, supported);
  return [{ ...error, message: `${error.message}${didYouMean(key, [...supported, ...probeSettingKeys])}` }];
}

/** A plugin is not trusted to keep its contract: whatever it throws or returns becomes an error of the object. */
function compilerErrors(
  compiler: HandlerCompiler,
  key: string,
  raw: unknown,
  path: FieldPath,
): readonly FieldError[] {
  try {
    const parsed = compiler.compile(raw, path.child(key));
    if (parsed.ok) return [];
    if (parsed.errors.length > 0) return [...parsed.errors];
    return [internalError(path.child(key), `prober "${key}" refused its settings without a reason`)];
  } catch (error) {
    const words = error instanceof Error ? error.message : String(error);
    return [internalError(path.child(key), `prober "${key}" failed to read its settings: ${words}`)];
  }
}

/** What is accepted and yet will not work as written. */
export function* probeWarnings(
  probe: Draft<Probe>,
  path: FieldPath,
  handlers: ProbeHandlers | undefined,
): Iterable<FieldWarning> {
  // Nobody said which probers there are.
  if (handlers === undefined) return;
  if (handlers === 'unchecked') {
    for (const key of pluginHandlerKeys(probe)) {
      const hint = didYouMean(key, [...builtInHandlerKeys, ...probeSettingKeys]);
      if (hint !== '')
        yield { field: String(path.child(key)), message: `not a handler of Kubernetes${hint}` };
    }
    return;
  }
  for (const key of builtInHandlerKeys) {
    if (probe[key] === undefined || handlers.has(key)) continue;
    const registered = [...handlers.keys()].sort().map((name) => JSON.stringify(name));
    const list = registered.length > 0 ? registered.join(', ') : 'none';
    const message = `no prober for this handler is loaded (registered: ${list}): the probe will not be carried out`;
    yield { field: String(path.child(key)), message };
  }
}
