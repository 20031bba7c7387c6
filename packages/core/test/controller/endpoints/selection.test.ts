import { describe, expect, it } from 'vitest';
import { fc } from '../../../../../test/support/fast-check.ts';
import type { ApiObject, Labels } from '../../../src/api/meta.ts';
import type { Service } from '../../../src/api/network.ts';
import type { ControllerCaches } from '../../../src/contract/controller.ts';
import {
  candidatesFor,
  followsPods,
  selectionIndices,
  selects,
  servicesOf,
} from '../../../src/controller/endpoints/selection.ts';
import { commonIndices } from '../../../src/store/common-indices.ts';
import { InformerCache } from '../../../src/store/informer-cache.ts';
import { pod, service } from './scene.ts';

/** Caches with the indices that the controllers declare. */
function cachesOf(objects: readonly ApiObject[]): ControllerCaches {
  const caches = new Map<string, InformerCache<ApiObject>>();
  for (const kind of ['Pod', 'Service']) {
    const cache = new InformerCache<ApiObject>({ ...commonIndices, ...selectionIndices[kind] });
    caches.set(kind, cache);
    for (const object of objects)
      if (object.kind === kind) cache.set(`${object.metadata.namespace}/${object.metadata.name}`, object);
  }
  return { cache: (kind) => caches.get(kind) as never };
}

const withSelector = (name: string, namespace: string, selector: Labels | undefined): Service => {
  const { selector: _, ...spec } = service().spec;
  const { apiVersion, kind, metadata } = service({}, { name, namespace });
  return { apiVersion, kind, metadata, spec: selector === undefined ? spec : { ...spec, selector } };
};

const labels = fc.dictionary(fc.constantFrom('a', 'b', 'c/d'), fc.constantFrom('1', '2'), { maxKeys: 3 });
const namespace = fc.constantFrom('default', 'other');

describe('selection', () => {
  it('by index finds what a scan of everything finds, both ways', () => {
    const podSpecs = fc.array(fc.record({ namespace, labels }), { maxLength: 8 });
    const serviceSpecs = fc.array(
      fc.record({ namespace, selector: fc.option(labels, { nil: undefined, freq: 4 }) }),
      { maxLength: 5 },
    );
    fc.assert(
      fc.property(podSpecs, serviceSpecs, (podList, serviceList) => {
        const pods = podList.map((given, i) => pod(i, { metadata: { name: `pod-${i}`, ...given } }));
        const services = serviceList.map((given, i) =>
          withSelector(`service-${i}`, given.namespace, given.selector),
        );
        const caches = cachesOf([...pods, ...services]);
        for (const one of services) {
          const found = candidatesFor(one, caches).filter((candidate) => selects(one, candidate));
          expect(new Set(found)).toEqual(new Set(pods.filter((candidate) => selects(one, candidate))));
        }
        for (const one of pods) {
          const selecting = services.filter((candidate) => selects(candidate, one));
          expect([...servicesOf(one, caches)].sort()).toEqual(
            selecting.map(({ metadata }) => metadata.name ?? '').sort(),
          );
        }
      }),
    );
  });

  const cases: readonly { name: string; selector: Labels | undefined; want: boolean }[] = [
    { name: 'all pairs of the selector', selector: { app: 'web' }, want: true },
    { name: 'an empty selector', selector: {}, want: true },
    { name: 'no selector', selector: undefined, want: false },
    { name: 'another value', selector: { app: 'db' }, want: false },
    { name: 'a pair too many', selector: { app: 'web', tier: 'x' }, want: false },
  ];
  it.each(cases)('$name: $want', ({ selector, want }) => {
    expect(selects(withSelector('web', 'default', selector), pod(0))).toBe(want);
    expect(selects(withSelector('web', 'other', selector), pod(0))).toBe(false);
  });

  it('looks at the pods with the rarest of the labels only', () => {
    const many = Array.from({ length: 20 }, (_, i) =>
      pod(i, {
        metadata: { name: `pod-${i}`, namespace: 'default', labels: { env: 'prod', app: `app-${i % 10}` } },
      }),
    );
    const rare = withSelector('web', 'default', { env: 'prod', app: 'app-3' });
    expect(candidatesFor(rare, cachesOf(many))).toHaveLength(2);
  });

  it('is not for Services with an external name, and harmless for one that nobody validated', () => {
    expect(followsPods(service())).toBe(true);
    expect(followsPods(service({ type: 'ExternalName' }))).toBe(false);
    const broken = { apiVersion: 'v1', kind: 'Service', metadata: { name: 'broken', namespace: 'default' } };
    const isNull = { ...broken, spec: { selector: null } };
    expect(servicesOf(pod(0), cachesOf([broken, isNull]))).toEqual([]);
  });
});
