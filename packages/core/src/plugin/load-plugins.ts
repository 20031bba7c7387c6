/** Takes plugins in, or says what is wrong with them: each refusal has a code of its own and names both sides. */

import semver from 'semver';
import type { FieldError } from '../api/field-error.ts';
import type { ApiObject } from '../api/meta.ts';
import { probeSettingKeys } from '../api/pod.ts';
import type { Controller } from '../contract/controller.ts';
import { errorMessage, MooringError } from '../contract/error.ts';
import type { Logger } from '../contract/logger.ts';
import type { AdmissionCheck, Plugin, RuntimeFactory } from '../contract/plugin.ts';
import type { Prober } from '../contract/prober.ts';
import { onLaterFailure, refusePromise } from '../engine/later-failure.ts';
import { checkedProber, isFieldError } from './checked-prober.ts';
import { checkController } from './controller-problems.ts';

/** The version that plugins name in `core`. A test keeps it equal to the one in `package.json`. */
export const coreVersion = '0.1.0';

export interface LoadedPlugins {
  readonly names: readonly string[];
  /** By handler. */
  readonly probers: ReadonlyMap<string, Prober>;
  readonly runtime: { readonly name: string; readonly create: RuntimeFactory } | undefined;
  readonly controllers: readonly Controller[];
  /** All admission checks as one; a check that throws refuses the object and says which plugin it was. */
  admit(object: ApiObject): readonly FieldError[];
}

interface Loading {
  readonly controllers: Map<string, { readonly controller: Controller; readonly plugin: string }>;
  readonly probers: Map<string, { readonly prober: Prober; readonly plugin: string }>;
  readonly checks: { readonly check: AdmissionCheck; readonly plugin: string }[];
  runtime: { readonly name: string; readonly create: RuntimeFactory; readonly plugin: string } | undefined;
}

/** Registers the plugins in the order given. Throws a `MooringError` with a `PLUGIN_*`, `HANDLER_TAKEN` or `RUNTIME_TAKEN` code. */
export function loadPlugins(plugins: readonly Plugin[], logger: Logger): LoadedPlugins {
  checkAll(plugins);
  const loading: Loading = {
    probers: new Map(),
    controllers: new Map(),
    checks: [],
    runtime: undefined,
  };
  for (const plugin of plugins) register(plugin, loading, logger);
  const { runtime } = loading;
  return {
    names: plugins.map(({ name }) => name),
    probers: new Map([...loading.probers].map(([handler, { prober }]) => [handler, prober])),
    runtime: runtime && { name: runtime.name, create: runtime.create },
    controllers: [...loading.controllers.values()].map(({ controller }) => controller),
    admit: (object) => loading.checks.flatMap(({ check, plugin }) => runCheck(check, plugin, object)),
  };
}

function checkAll(plugins: readonly Plugin[]): void {
  const names = new Set<string>();
  for (const [i, plugin] of plugins.entries()) {
    // Whoever writes without types may give anything.
    const { name, register } = (plugin ?? {}) as Partial<Plugin>;
    if (typeof name !== 'string' || name === '' || typeof register !== 'function') {
      const hint = typeof plugin === 'function' ? `: it is a function, call it: ${name || 'plugin'}()` : '';
      const words = `plugins[${i}] ${JSON.stringify(name)}: needs a name and a register function${hint}`;
      throw new MooringError('PLUGIN_INVALID', words);
    }
    if (names.has(name)) throw new MooringError('PLUGIN_DUPLICATE', `plugin "${name}" is given twice`);
    names.add(name);
    if (semver.validRange(plugin.core) === null) {
      const words = `plugin "${name}": core: ${JSON.stringify(plugin.core)} is no range of versions such as "^${coreVersion}"`;
      throw new MooringError('PLUGIN_CORE_VERSION', words);
    }
    if (!semver.satisfies(coreVersion, plugin.core)) {
      const words = `plugin "${name}" was written for @mooring/core ${plugin.core}, this is ${coreVersion}`;
      throw new MooringError('PLUGIN_CORE_VERSION', words);
    }
  }
  for (const { name, requires = [] } of plugins) {
    if (!Array.isArray(requires))
      throw new MooringError('PLUGIN_INVALID', `plugin "${name}": requires must be a list of names`);
    for (const other of requires) {
      if (names.has(other)) continue;
      throw new MooringError(
        'PLUGIN_MISSING_DEPENDENCY',
        `plugin "${name}" needs plugin "${other}", which is not given`,
      );
    }
  }
}

function register(plugin: Plugin, loading: Loading, logger: Logger): void {
  const { name } = plugin;
  let isOver = false;
  // The cluster is built from what is there when `register` returns: the rest would be lost without a word.
  const inTime =
    <T extends unknown[]>(add: (...given: T) => void) =>
    (...given: T) => {
      if (isOver) throw invalid(name, 'it adds something after register has returned, which is too late');
      add(...given);
    };
  try {
    const returned: unknown = plugin.register({
      addProber: inTime((prober) => addProber(prober, name, loading)),
      addRuntime: inTime((runtimeName, create) => addRuntime(runtimeName, create, name, loading)),
      addController: inTime((controller) => addController(controller, name, loading)),
      addAdmission: inTime((check) => {
        if (typeof check !== 'function') throw invalid(name, 'an admission check must be a function');
        loading.checks.push({ check, plugin: name });
      }),
    });
    if (onLaterFailure(returned, () => {}))
      throw invalid(name, 'register must not be async, and it returned a promise');
  } catch (error) {
    if (error instanceof MooringError) throw error;
    throw new MooringError('PLUGIN_INVALID', `plugin "${name}" failed to register: ${errorMessage(error)}`, {
      cause: error,
    });
  } finally {
    isOver = true;
  }
  logger.debug({ component: 'plugins', key: name }, 'plugin registered');
}

function invalid(plugin: string, words: string): MooringError {
  return new MooringError('PLUGIN_INVALID', `plugin "${plugin}": ${words}`);
}

function addProber(prober: Prober, plugin: string, { probers }: Loading): void {
  const { apiVersion, handler, compile } = (prober ?? {}) as Partial<Prober>;
  if (apiVersion !== 'prober/v1' || typeof compile !== 'function')
    throw invalid(plugin, `prober ${JSON.stringify(handler)} is not a prober/v1: make it with defineProber`);
  const isKey = typeof handler === 'string' && /^[A-Za-z][A-Za-z0-9_.-]*$/.test(handler);
  if (!isKey || (probeSettingKeys as readonly string[]).includes(handler))
    throw invalid(plugin, `prober ${JSON.stringify(handler)}: no handler of a probe can have this name`);
  const taken = probers.get(handler);
  if (taken !== undefined) {
    const words = `plugin "${plugin}": handler "${handler}" belongs to plugin "${taken.plugin}"`;
    throw new MooringError('HANDLER_TAKEN', words);
  }
  probers.set(handler, { prober: checkedProber(prober), plugin });
}

function addRuntime(name: string, create: RuntimeFactory, plugin: string, loading: Loading): void {
  if (typeof name !== 'string' || name === '' || typeof create !== 'function')
    throw invalid(plugin, `runtime ${JSON.stringify(name)} needs a name and a factory`);
  const taken = loading.runtime;
  if (taken !== undefined) {
    const words = `plugin "${plugin}": the runtime is "${taken.name}" of plugin "${taken.plugin}" already`;
    throw new MooringError('RUNTIME_TAKEN', words);
  }
  loading.runtime = { name, create, plugin };
}

function addController(controller: Controller, plugin: string, { controllers }: Loading): void {
  checkController(controller, `plugin "${plugin}"`);
  const { name } = controller;
  const taken = controllers.get(name);
  if (taken !== undefined) {
    const words = `plugin "${plugin}": controller "${name}" is one of plugin "${taken.plugin}"`;
    throw new MooringError('CONTROLLER_TAKEN', words);
  }
  controllers.set(name, { controller, plugin });
}

function runCheck(check: AdmissionCheck, plugin: string, object: ApiObject): readonly FieldError[] {
  try {
    const errors: unknown = check(object);
    refusePromise(errors, 'it');
    if (Array.isArray(errors) && errors.every(isFieldError)) return errors;
    throw new Error(`it answered with nonsense: ${JSON.stringify(errors)}`);
  } catch (error) {
    const message = `admission check of plugin "${plugin}" failed: ${errorMessage(error)}`;
    return [{ field: '', type: 'InternalError', message }];
  }
}
