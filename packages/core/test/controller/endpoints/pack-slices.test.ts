import { describe, expect, it } from 'vitest';
import type { Endpoint, EndpointSlice } from '../../../src/api/network.ts';
import { packEndpoints } from '../../../src/controller/endpoints/pack-slices.ts';

/** `abc` is three endpoints; a capital letter is the same endpoint, but ready. */
function endpoints(letters: string): readonly Endpoint[] {
  return [...letters].map((letter) => ({
    addresses: [letter.toLowerCase()],
    conditions: { ready: letter !== letter.toLowerCase() },
    targetRef: { kind: 'Pod', name: letter.toLowerCase(), uid: letter.toLowerCase() },
  }));
}

function lettersOf(list: readonly Endpoint[]): string {
  return list
    .map(({ addresses: [letter = ''], conditions }) => (conditions?.ready ? letter.toUpperCase() : letter))
    .join('');
}

function slice(name: string, letters: string): EndpointSlice {
  return {
    apiVersion: 'discovery.k8s.io/v1',
    kind: 'EndpointSlice',
    metadata: { name },
    addressType: 'IPv4',
    endpoints: endpoints(letters),
  };
}

/** `name:letters`, with `!` where the slice has to be written, `new:` for a new one and nothing behind an empty one. */
function pack(slices: Readonly<Record<string, string>>, wanted: string, outdated = ''): readonly string[] {
  const existing = Object.entries(slices).map(([name, letters]) => slice(name, letters));
  const options = {
    endpointsMax: 4,
    isOutdated: ({ metadata }: EndpointSlice) => outdated === metadata.name,
  };
  return packEndpoints(existing, endpoints(wanted), options).map((packed) => {
    const isChanged = packed.slice !== undefined && packed.slice.endpoints !== packed.endpoints;
    return `${packed.slice?.metadata.name ?? 'new'}${isChanged ? '!' : ''}:${lettersOf(packed.endpoints)}`;
  });
}

describe('endpoints in slices of at most four', () => {
  const cases: readonly {
    name: string;
    slices: Readonly<Record<string, string>>;
    wanted: string;
    outdated?: string;
    want: readonly string[];
  }[] = [
    { name: 'fill new slices', slices: {}, wanted: 'abcdefghi', want: ['new:abcd', 'new:efgh', 'new:i'] },
    { name: 'are none', slices: {}, wanted: '', want: [] },
    { name: 'stay where they are', slices: { s: 'ab', t: 'cd' }, wanted: 'dcba', want: ['s:ab', 't:cd'] },
    {
      name: 'are changed in their place',
      slices: { s: 'ab', t: 'cd' },
      wanted: 'aBcd',
      want: ['s!:aB', 't:cd'],
    },
    { name: 'leave', slices: { s: 'ab', t: 'cd' }, wanted: 'acd', want: ['s!:a', 't:cd'] },
    { name: 'leave an empty slice', slices: { s: 'ab', t: 'cd' }, wanted: 'cd', want: ['s!:', 't:cd'] },
    {
      name: 'come into the slice that is written anyway',
      slices: { s: 'abc', t: 'def' },
      wanted: 'abcdeFg',
      want: ['s:abc', 't!:deFg'],
    },
    {
      name: 'come into the fullest of those first',
      slices: { s: 'ab', t: 'cdef' },
      wanted: 'Acdegh',
      want: ['s!:Ah', 't!:cdeg'],
    },
    {
      name: 'come into a slice whose labels are written anyway',
      slices: { s: 'abc', t: 'd' },
      wanted: 'abcde',
      outdated: 't',
      want: ['s:abc', 't!:de'],
    },
    {
      name: 'come into the unchanged slice that they fill best',
      slices: { s: 'a', t: 'bc', u: 'def' },
      wanted: 'abcdefgh',
      want: ['s:a', 't!:bcgh', 'u:def'],
    },
    {
      name: 'come into a new slice when they fit into no single one',
      slices: { s: 'abc', t: 'def' },
      wanted: 'abcdefgh',
      want: ['s:abc', 't:def', 'new:gh'],
    },
    {
      name: 'come into new slices as long as they are too many for one',
      slices: { s: 'ab' },
      wanted: 'abcdefgh',
      want: ['s!:abgh', 'new:cdef'],
    },
    {
      name: 'are never moved to make slices fewer',
      slices: { s: 'a', t: 'b', u: 'c' },
      wanted: 'abc',
      want: ['s:a', 't:b', 'u:c'],
    },
    { name: 'are in one slice only', slices: { s: 'ab', t: 'bc' }, wanted: 'abc', want: ['s:ab', 't!:c'] },
    { name: 'are once in a slice', slices: { s: 'aab' }, wanted: 'ab', want: ['s!:ab'] },
    {
      name: 'leave a slice that holds too many',
      slices: { s: 'abcdef' },
      wanted: 'abcdef',
      want: ['s!:abcd', 'new:ef'],
    },
    { name: 'are not put into a slice that is empty', slices: { s: '' }, wanted: 'a', want: ['s:', 'new:a'] },
  ];
  it.each(cases)('$name', ({ slices, wanted, outdated, want }) => {
    expect(pack(slices, wanted, outdated)).toEqual(want);
  });

  it('that belong to no pod are taken out', () => {
    const foreign = { ...slice('s', 'a'), endpoints: [...endpoints('a'), { addresses: ['10.0.0.1'] }] };
    const [packed] = packEndpoints([foreign], endpoints('a'), { endpointsMax: 4, isOutdated: () => false });
    expect(lettersOf(packed?.endpoints ?? [])).toBe('a');
  });
});
