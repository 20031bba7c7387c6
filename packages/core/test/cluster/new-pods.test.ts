import { describe, expect, it } from 'vitest';
import { fc } from '../../../../test/support/fast-check.ts';
import type { ApiObject } from '../../src/api/meta.ts';
import type { Pod } from '../../src/api/pod.ts';
import { createAdmission } from '../../src/cluster/admission.ts';
import { silentLogger } from '../../src/contract/logger.ts';
import { loadPlugins } from '../../src/plugin/load-plugins.ts';

const plugins = loadPlugins([], silentLogger);
const newAdmission = () => createAdmission(plugins, { isTerminating: () => false, onlyNode: 'node-a' });

const pod = (spec: unknown, metadata: object = { name: 'web' }): ApiObject =>
  ({ apiVersion: 'v1', kind: 'Pod', metadata, spec }) as ApiObject;

const specOf = (object: ApiObject) => (object as Pod).spec;

/** Mostly right and mostly alike, so that pods meet others of nearly the same spec. */
const containers = fc.array(
  fc.record(
    {
      name: fc.constantFrom('a', 'a', 'a', 'B'),
      image: fc.constantFrom('x', 'x', 'x', ''),
      imagePullPolicy: fc.constantFrom('Always', 'Never', 'Sometimes'),
      livenessProbe: fc.constantFrom({ tcpSocket: { port: 80 } }, { tcpSocket: { port: 81 } }, { exec: 1 }),
      nonsense: fc.constant(true),
    },
    { requiredKeys: ['name', 'image'] },
  ),
  { minLength: 1, maxLength: 1 },
);
const specs = fc.record(
  {
    containers,
    restartPolicy: fc.constantFrom('Never', 'OnFailure', 7),
    nodeName: fc.constantFrom('', 'node-b'),
    tolerations: fc.constantFrom([], [{ operator: 'Exists' }], null),
  },
  { requiredKeys: ['containers'] },
);
const metadatas = fc.record({
  name: fc.constantFrom('web', 'web', 'Web'),
  annotations: fc.constantFrom({}, { 'controller.kubernetes.io/pod-deletion-cost': 'much' }),
});

describe('admission of new pods', () => {
  it('gives each what it gave it when it knew no other', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(specs, metadatas), { maxLength: 8 }), (pods) => {
        const admit = newAdmission();
        for (const [spec, metadata] of [...pods, ...pods]) {
          const outcome = attempt(() => admit(pod(structuredClone(spec), metadata)));
          expect(outcome).toEqual(attempt(() => newAdmission()(pod(spec, metadata))));
        }
      }),
      { numRuns: 60 },
    );
  });

  it('gives those of one spec the same one, which nobody can change', () => {
    const admit = newAdmission();
    const [first, second, other] = ['a:1', 'a:1', 'a:2'].map((image) =>
      specOf(admit(pod({ containers: [{ name: 'a', image }] }))),
    );
    expect(second).toBe(first);
    expect(other).not.toBe(first);
    expect(Object.isFrozen(first?.containers[0])).toBe(true);
    expect(second).toMatchObject({ nodeName: 'node-a', restartPolicy: 'Always' });
  });

  it('does not keep what was refused', () => {
    const admit = newAdmission();
    const wrong = { containers: [{ name: 'a', image: '' }] };
    for (let i = 0; i < 2; i += 1)
      expect(() => admit(pod(wrong))).toThrow('spec.containers[0].image: Required value');
  });

  it('looks at the rest of a pod whose spec is known', () => {
    const admit = newAdmission();
    const spec = { containers: [{ name: 'a', image: 'b' }] };
    admit(pod(spec));
    const annotations = { 'controller.kubernetes.io/pod-deletion-cost': 'much' };
    expect(() => admit(pod(spec, { name: 'Web', annotations }))).toThrow(
      /metadata\.name: Invalid value.*metadata\.annotations\[controller\.kubernetes\.io\/pod-deletion-cost\]: Invalid value/,
    );
  });
});

function attempt(admit: () => ApiObject): unknown {
  try {
    return { admitted: admit() };
  } catch (error) {
    return { refused: String(error) };
  }
}
