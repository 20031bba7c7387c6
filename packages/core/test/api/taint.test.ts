import { describe, expect, it } from 'vitest';
import type { Taint } from '../../src/api/objects.ts';
import type { Toleration } from '../../src/api/pod.ts';
import { tolerates, untolerated } from '../../src/api/taint.ts';

const taint: Taint = { key: 'gpu', value: '8', effect: 'NoSchedule' };

describe('a toleration', () => {
  it.each<[string, Toleration, boolean]>([
    [
      'of the same key, value and effect',
      { key: 'gpu', operator: 'Equal', value: '8', effect: 'NoSchedule' },
      true,
    ],
    ['without an operator compares', { key: 'gpu', value: '8' }, true],
    ['of another value', { key: 'gpu', value: '9' }, false],
    ['of no value', { key: 'gpu' }, false],
    ['of another key', { key: 'fpga', operator: 'Exists' }, false],
    ['of another effect', { key: 'gpu', operator: 'Exists', effect: 'NoExecute' }, false],
    ['of any value', { key: 'gpu', operator: 'Exists' }, true],
    ['of everything', { operator: 'Exists' }, true],
    ['of everything with one effect', { operator: 'Exists', effect: 'PreferNoSchedule' }, false],
    ['without key or operator', {}, false],
    ['of less than 9', { key: 'gpu', operator: 'Lt', value: '9' }, true],
    ['of less than 8', { key: 'gpu', operator: 'Lt', value: '8' }, false],
    ['of more than 7', { key: 'gpu', operator: 'Gt', value: '7' }, true],
    ['of more than a word', { key: 'gpu', operator: 'Gt', value: 'few' }, false],
  ])('%s', (_, toleration, isTolerated) => {
    expect(tolerates(toleration, taint)).toBe(isTolerated);
  });

  it('of an empty value lets a taint without one pass', () => {
    expect(tolerates({ key: 'gpu', value: '' }, { key: 'gpu', effect: 'NoSchedule' })).toBe(true);
  });

  it('that compares lets no taint pass whose value is no number', () => {
    const words: Taint = { ...taint, value: 'many' };
    expect(tolerates({ key: 'gpu', operator: 'Gt', value: '1' }, words)).toBe(false);
  });
});

describe('taints', () => {
  const other: Taint = { key: 'disk', effect: 'NoExecute' };

  it('need a toleration each', () => {
    expect(untolerated([taint, other], [{ key: 'gpu', operator: 'Exists' }])).toBe(other);
    expect(untolerated([taint, other], [{ operator: 'Exists' }])).toBeUndefined();
    expect(untolerated([], [])).toBeUndefined();
  });
});
