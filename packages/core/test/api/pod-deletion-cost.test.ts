import { describe, expect, it } from 'vitest';
import { deletionCostAnnotation, podDeletionCost } from '../../src/api/pod-deletion-cost.ts';
import { complaints, podManifest } from './pod-examples.ts';

const rows: readonly (readonly [text: string, cost: number | undefined])[] = [
  ['0', 0],
  ['7', 7],
  ['-7', -7],
  ['-0', 0],
  ['2147483647', 2_147_483_647],
  ['-2147483648', -2_147_483_648],
  ['2147483648', undefined],
  ['-2147483649', undefined],
  ['9'.repeat(400), undefined],
  ['+1', undefined],
  ['01', undefined],
  ['00', undefined],
  ['1.5', undefined],
  ['1e3', undefined],
  [' 1', undefined],
  ['', undefined],
  ['-', undefined],
  ['cheap', undefined],
];

describe('the cost of deleting a pod', () => {
  it.each(rows)('"%s" is %s', (text, cost) => {
    const annotations = { [deletionCostAnnotation]: text };
    expect(podDeletionCost(annotations)).toBe(cost);
    const manifest = { ...podManifest(), metadata: { name: 'web', annotations } };
    const path = `metadata.annotations[${deletionCostAnnotation}]`;
    const printed =
      text.length > 100
        ? expect.stringContaining(path)
        : `${path}: Invalid value: ${JSON.stringify(text)}: must be a 32bit integer`;
    expect(complaints(manifest)).toEqual(cost === undefined ? [printed] : []);
  });

  it('is nothing where nothing is said', () => {
    expect(podDeletionCost(undefined)).toBe(0);
    expect(podDeletionCost({ other: '5' })).toBe(0);
  });
});
