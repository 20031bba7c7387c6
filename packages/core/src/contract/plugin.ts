/** Plugins bring probers, a runtime, controllers, admission checks. They see this narrow registry, never the container of the DI. */

import type { FieldError } from '../api/field-error.ts';
import type { ApiObject } from '../api/meta.ts';
import type { Clock } from './clock.ts';
import type { ContainerRuntime } from './container-runtime.ts';
import type { Controller } from './controller.ts';
import type { Logger } from './logger.ts';
import type { Prober } from './prober.ts';

/** What a runtime may know about the agent that it works for. */
export interface RuntimeContext {
  readonly nodeName: string;
  /** A directory of the agent's own, kept over restarts; the runtime may use the folder `runtime` in it. */
  readonly dataDir: string;
  /** The directory goes with this agent: nothing in it can be adopted, so nothing may outlive the agent. */
  readonly isEphemeral?: boolean;
  /** Ranges (`127.96.0.0/12`) that pods must get no address from: Services have theirs there. */
  readonly reservedRanges?: readonly string[];
  readonly clock: Clock;
  readonly logger: Logger;
}

/** Opens the runtime of one agent. Rejects when it cannot work at all; one that is only down is `status`. */
export type RuntimeFactory = (context: RuntimeContext) => ContainerRuntime | Promise<ContainerRuntime>;

/** Looks at an object before it is stored; what it returns refuses the object. */
export type AdmissionCheck = (object: ApiObject) => readonly FieldError[];

/** What a plugin may add. Everything is checked when it is added, and a mistake ends the start by its code. */
export interface PluginRegistry {
  /** Throws `HANDLER_TAKEN`. */
  addProber(prober: Prober): void;
  /** One for each agent. Throws `RUNTIME_TAKEN`. */
  addRuntime(name: string, factory: RuntimeFactory): void;
  /** Runs where controllers run. Throws `CONTROLLER_TAKEN`. */
  addController(controller: Controller): void;
  addAdmission(check: AdmissionCheck): void;
}

/** What is given as `plugins`: a name, the versions of core that it works with, and what it brings. */
export interface Plugin {
  readonly name: string;
  /** Semver range of `@mooring/core` that it works with: `^0.1.0`. */
  readonly core: string;
  /** Names of plugins that must be loaded too. */
  readonly requires?: readonly string[];
  register(registry: PluginRegistry): void;
}
