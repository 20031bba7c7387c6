/** A runtime that has to answer from the start: who waits in front of a terminal is told at once that no engine runs. */

import { MooringError, type Plugin } from '@mooring/core';

/** The same plugin. Its runtime rejects with `RUNTIME_UNAVAILABLE` where a daemon would wait for it. */
export function readyNow(plugin: Plugin): Plugin {
  return {
    ...plugin,
    register(registry) {
      plugin.register({
        addProber: (prober) => registry.addProber(prober),
        addController: (controller) => registry.addController(controller),
        addAdmission: (check) => registry.addAdmission(check),
        addRuntime: (name, factory) =>
          registry.addRuntime(name, async (context) => {
            const runtime = await factory(context);
            // Whoever calls the factory has a deadline for all of it.
            const status = await runtime.status(new AbortController().signal);
            if (status.ready) return runtime;
            await runtime[Symbol.asyncDispose]();
            throw new MooringError('RUNTIME_UNAVAILABLE', status.message ?? `runtime ${name} is not ready`);
          }),
      });
    },
  };
}
