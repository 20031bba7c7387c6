import type { Plugin, Prober } from '@mooring/core';

/** A plugin that brings these probers. */
export function proberPlugin(...probers: readonly Prober[]): Plugin {
  return {
    name: `probers-${probers.map(({ handler }) => handler).join('-')}`,
    core: '^0.1.0',
    register(registry) {
      for (const prober of probers) registry.addProber(prober);
    },
  };
}
