import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { FieldPath } from '../../src/api/field-error.ts';
import type { ApiObject } from '../../src/api/meta.ts';
import { silentLogger } from '../../src/contract/logger.ts';
import type { Plugin, PluginRegistry } from '../../src/contract/plugin.ts';
import { defineProber } from '../../src/contract/prober.ts';
import { coreVersion, loadPlugins } from '../../src/plugin/load-plugins.ts';

const plugin = (name: string, register: (registry: PluginRegistry) => void = () => {}): Plugin => ({
  name,
  core: '^0.1.0',
  register,
});
const prober = (handler: string) =>
  defineProber({
    handler,
    parse: () => ({ ok: true, value: undefined }),
    probe: async () => ({ outcome: 'success', message: '' }),
  });
const withProber = (name: string, handler: string) =>
  plugin(name, (registry) => registry.addProber(prober(handler)));
const withRuntime = (name: string, runtime: string) =>
  plugin(name, (registry) =>
    registry.addRuntime(runtime, () => {
      throw new Error('not made here');
    }),
  );
const load = (...plugins: readonly unknown[]) => loadPlugins(plugins as readonly Plugin[], silentLogger);
const pod: ApiObject = { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'web' } };

describe('plugins that fit', () => {
  test('bring their probers by handler, their runtime, and their checks', () => {
    const loaded = load(
      withProber('a', 'httpGet'),
      withRuntime('b', 'docker'),
      plugin('c', (registry) =>
        registry.addAdmission(({ metadata }) => [
          { field: metadata.name ?? '', type: 'FieldValueInvalid', message: 'one' },
        ]),
      ),
      plugin('d', (registry) =>
        registry.addAdmission(() => [{ field: 'y', type: 'FieldValueInvalid', message: 'two' }]),
      ),
    );
    expect(loaded.names).toEqual(['a', 'b', 'c', 'd']);
    expect([...loaded.probers.keys()]).toEqual(['httpGet']);
    expect(loaded.runtime?.name).toBe('docker');
    expect(loaded.admit(pod).map(({ field, message }) => [field, message])).toEqual([
      ['web', 'one'],
      ['y', 'two'],
    ]);
  });

  test('may need each other in any order', () => {
    expect(load({ ...plugin('a'), requires: ['b'] }, plugin('b')).names).toEqual(['a', 'b']);
  });

  test('a cluster without any has no runtime and no probers', () => {
    expect(load()).toMatchObject({ names: [], runtime: undefined });
  });

  test('are judged by the version that the package bears', () => {
    const text = readFileSync(new URL('../../package.json', import.meta.url), 'utf8');
    expect(coreVersion).toBe((JSON.parse(text) as { version: string }).version);
  });
});

describe('each mistake has a code of its own and names both sides', () => {
  test.each<[string, readonly unknown[], string, RegExp]>([
    ['two of one name', [plugin('a'), plugin('a')], 'PLUGIN_DUPLICATE', /"a" is given twice/],
    [
      'one for another version',
      [{ ...plugin('old'), core: '^9.0.0' }],
      'PLUGIN_CORE_VERSION',
      /"old" was written for @mooring\/core \^9\.0\.0, this is 0\.1\.0/,
    ],
    ['a version that is none', [{ ...plugin('a'), core: 'latest!' }], 'PLUGIN_CORE_VERSION', /"a"/],
    [
      'no version at all',
      [{ name: 'a', register() {} }],
      'PLUGIN_CORE_VERSION',
      /"a": core: undefined is no range of versions such as "\^0\.1\.0"/,
    ],
    [
      'one that needs another',
      [{ ...plugin('a'), requires: ['b'] }],
      'PLUGIN_MISSING_DEPENDENCY',
      /"a" needs plugin "b", which is not given/,
    ],
    ['one without a name', [{ ...plugin('a'), name: '' }], 'PLUGIN_INVALID', /needs a name/],
    ['one that registers nothing', [{ name: 'a', core: '^0.1.0' }], 'PLUGIN_INVALID', /register function/],
    ['nothing at all', [undefined], 'PLUGIN_INVALID', /needs a name/],
    [
      'what is no plugin',
      [plugin('a'), 'httpProbe'],
      'PLUGIN_INVALID',
      /plugins\[1\] undefined: needs a name/,
    ],
    [
      'one that was not called',
      [function httpProbe() {}],
      'PLUGIN_INVALID',
      /plugins\[0\] "httpProbe": .*: it is a function, call it: httpProbe\(\)/,
    ],
    [
      'a prober that reads no settings',
      [plugin('a', (registry) => registry.addProber(defineProber({ handler: 'x', probe() {} } as never)))],
      'PLUGIN_INVALID',
      /defineProber of "x": parse must be a function/,
    ],
    [
      'a prober without attempts',
      [plugin('a', (registry) => registry.addProber(defineProber({ handler: 'x', parse() {} } as never)))],
      'PLUGIN_INVALID',
      /defineProber of "x": probe must be a function/,
    ],
    [
      'two for one handler',
      [withProber('a', 'httpGet'), withProber('b', 'httpGet')],
      'HANDLER_TAKEN',
      /"b": handler "httpGet" belongs to plugin "a"/,
    ],
    [
      'two runtimes',
      [withRuntime('a', 'docker'), withRuntime('b', 'fake')],
      'RUNTIME_TAKEN',
      /"b": the runtime is "docker" of plugin "a" already/,
    ],
    [
      'a prober of another make',
      [plugin('a', (registry) => registry.addProber({ ...prober('x'), apiVersion: 'prober/v2' } as never))],
      'PLUGIN_INVALID',
      /"a": prober "x" is not a prober\/v1/,
    ],
    [
      'no prober at all',
      [plugin('a', (registry) => registry.addProber(undefined as never))],
      'PLUGIN_INVALID',
      /"a"/,
    ],
    [
      'one that fails to register',
      [
        plugin('a', () => {
          throw new TypeError('no such thing');
        }),
      ],
      'PLUGIN_INVALID',
      /"a" failed to register: no such thing/,
    ],
    [
      'one that registers later, and fails then',
      [
        plugin('a', async () => {
          throw new TypeError('no such thing');
        }),
      ],
      'PLUGIN_INVALID',
      /"a": register must not be async, and it returned a promise/,
    ],
    [
      'needs that are no list',
      [{ ...plugin('a'), requires: 'b' }],
      'PLUGIN_INVALID',
      /"a": requires must be a list of names/,
    ],
    ['a handler that is a setting', [withProber('a', 'periodSeconds')], 'PLUGIN_INVALID', /"periodSeconds"/],
    ['a handler without a name', [withProber('a', '')], 'PLUGIN_INVALID', /"a": prober ""/],
    ['a handler that no object can have', [withProber('a', '__proto__')], 'PLUGIN_INVALID', /"__proto__"/],
    [
      'a check that is no function',
      [plugin('a', (registry) => registry.addAdmission({} as never))],
      'PLUGIN_INVALID',
      /"a": an admission check must be a function/,
    ],
    [
      'a runtime without a factory',
      [plugin('a', (registry) => registry.addRuntime('mine', {} as never))],
      'PLUGIN_INVALID',
      /"a": runtime "mine" needs a name and a factory/,
    ],
  ])('%s', (_, plugins, code, words) => {
    expect(() => load(...plugins)).toThrow(
      expect.objectContaining({ code, message: expect.stringMatching(words) }),
    );
  });

  test('a check that throws refuses the object and says whose it is', () => {
    const loaded = load(
      plugin('a', (registry) =>
        registry.addAdmission(() => {
          throw new Error('oops');
        }),
      ),
    );
    expect(loaded.admit(pod)).toEqual([
      { field: '', type: 'InternalError', message: 'admission check of plugin "a" failed: oops' },
    ]);
  });

  test('a check that answers nonsense refuses it too', () => {
    const loaded = load(plugin('a', (registry) => registry.addAdmission(() => undefined as never)));
    expect(loaded.admit(pod)).toMatchObject([
      { type: 'InternalError', message: expect.stringContaining('"a"') },
    ]);
  });

  test('a check that answers later refuses it too, and what becomes of the answer ends nothing', async () => {
    const check = async () => {
      throw new Error('oops');
    };
    const loaded = load(plugin('a', (registry) => registry.addAdmission(check as never)));
    const words = 'admission check of plugin "a" failed: it must not be async, and it returned a promise';
    expect(loaded.admit(pod)).toMatchObject([{ type: 'InternalError', message: words }]);
    await new Promise((resolve) => setImmediate(resolve));
  });
});

test('what is added after register has returned is refused, not lost', () => {
  let kept: PluginRegistry | undefined;
  const loaded = load(
    plugin('a', (registry) => {
      kept = registry;
    }),
  );
  const tooLate = expect.objectContaining({
    code: 'PLUGIN_INVALID',
    message: 'plugin "a": it adds something after register has returned, which is too late',
  });
  expect(() => kept?.addProber(prober('late'))).toThrow(tooLate);
  expect(() => kept?.addAdmission(() => [])).toThrow(tooLate);
  expect(loaded.probers.size).toBe(0);
});

test.each<[string, () => unknown, string]>([
  [
    'a promise',
    () => Promise.reject(new Error('oops')),
    'compile must not be async, and it returned a promise',
  ],
  ['nothing', () => undefined, 'gave neither an attempt nor mistakes'],
  ['no attempt', () => ({ ok: true, value: 7 }), 'gave neither an attempt nor mistakes'],
  ['mistakes without words', () => ({ ok: false, errors: ['odd'] }), 'gave neither an attempt nor mistakes'],
  ['no mistakes', () => ({ ok: false }), 'gave neither an attempt nor mistakes'],
])('a prober that compiles to %s says so', (_, answer, words) => {
  const { probers } = load(
    plugin('a', (registry) => registry.addProber({ ...prober('x'), compile: answer as never })),
  );
  expect(() => probers.get('x')?.compile({}, new FieldPath('x'))).toThrow(words);
});
