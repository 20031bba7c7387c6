import type { ContainerRuntime, Plugin } from '@mooring/core';
import type { FakeRuntimePlugin } from '@mooring/runtime-fake';

/** The fake runtime with some of its verbs replaced; `real` is what they were. */
export function twistedRuntime(
  twist: (real: ContainerRuntime) => Partial<ContainerRuntime>,
): (fake: FakeRuntimePlugin) => Plugin {
  return (fake) => ({
    name: fake.name,
    core: fake.core,
    register(registry) {
      fake.register({
        ...registry,
        addProber: (prober) => registry.addProber(prober),
        addAdmission: (check) => registry.addAdmission(check),
        addRuntime: (name, factory) =>
          registry.addRuntime(name, async (context) => {
            const real = await factory(context);
            const twisted = twist(real);
            return new Proxy(real, {
              get: (target, key) => {
                if (key in twisted) return Reflect.get(twisted, key);
                const value: unknown = Reflect.get(target, key);
                return typeof value === 'function' ? value.bind(target) : value;
              },
            });
          }),
      });
    },
  });
}
