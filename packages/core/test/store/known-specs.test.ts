import { describe, expect, it } from 'vitest';
import type { PodSpec } from '../../src/api/pod.ts';
import { KnownSpecs } from '../../src/store/known-specs.ts';

const spec = (image: string, rest: Partial<PodSpec> = {}): PodSpec => ({
  containers: [{ name: 'web', image }],
  ...rest,
});

describe('known specs', () => {
  it('are found by what they say', () => {
    const known = new KnownSpecs<{ readonly made: number }>();
    known.set(spec('a'), { made: 1 });
    expect(known.get(spec('a'))).toEqual({ made: 1 });
    expect(known.get(spec('b'))).toBeUndefined();
    expect(known.get(spec('a', { hostNetwork: true }))).toBeUndefined();
    known.set(spec('a', { hostNetwork: true }), { made: 2 });
    expect(known.get(spec('a', { hostNetwork: true }))).toEqual({ made: 2 });
  });

  it('cannot be changed by those who were given them', () => {
    const known = new KnownSpecs<PodSpec>();
    const given = spec('a');
    known.set(given, given);
    expect(() => Object.assign(known.get(spec('a'))?.containers[0] ?? {}, { image: 'b' })).toThrow(TypeError);
    expect(() => Object.assign(given, { hostNetwork: true })).toThrow(TypeError);
  });

  it('are bounded, in number and size', () => {
    const known = new KnownSpecs<PodSpec>();
    const large = spec('large', { nodeSelector: { a: 'x'.repeat(1_000_000) } });
    known.set(large, large);
    expect(known.get(large)).toBeUndefined();
    const first = spec('image-0');
    for (let i = 0; i < 65; i += 1) known.set(spec(`image-${i}`), spec(`image-${i}`));
    expect(known.get(first)).toBeUndefined();
    expect(known.get(spec('image-64'))).toBeDefined();
  });

  it('may lack everything', () => {
    const known = new KnownSpecs<PodSpec>();
    known.set({} as PodSpec, spec('a'));
    expect(known.get({} as PodSpec)).toEqual(spec('a'));
    expect(known.get({ containers: [{}] } as unknown as PodSpec)).toBeUndefined();
  });
});
