import { describe, expect, test } from 'vitest';
import { didYouMean, nearestWord } from '../../src/api/nearest.ts';

const fields = ['image', 'imagePullPolicy', 'name', 'env', 'ports'];

describe('the nearest word', () => {
  test.each([
    ['imgae', 'image', 'two neighbours in the wrong order'],
    ['nmae', 'name', 'the same in a short word, where one edit is all there is'],
    ['evn', 'env', 'the same in the shortest'],
    ['imagee', 'image', 'a letter too many'],
    ['imge', 'image', 'a letter too few'],
    ['imaje', 'image', 'a wrong letter'],
    ['IMAGE', 'image', 'another case'],
    ['imagePulPloicy', 'imagePullPolicy', 'several slips in a long word'],
    ['egami', undefined, 'all letters in the wrong order'],
    ['volumes', undefined, 'another word'],
    ['x'.repeat(65), undefined, 'longer than any field'],
  ])('to %j is %j: %s', (word, want, _slip) => {
    expect(nearestWord(word, fields)).toBe(want);
  });

  test('becomes a hint, and no hint where nothing is near', () => {
    expect(didYouMean('imgae', fields)).toBe(' (did you mean "image"?)');
    expect(didYouMean('volumes', fields)).toBe('');
  });
});
