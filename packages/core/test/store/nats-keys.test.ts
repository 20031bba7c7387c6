import { describe, expect, it } from 'vitest';
import { fc } from '../../../../test/support/fast-check.ts';
import { bucketOfCluster, keyOfSubject, subjectOfKey } from '../../src/store/nats-keys.ts';

describe('keys in NATS', () => {
  it.each([
    ['pods/default/web-1', '$KV.objs.pods.default.web-1'],
    ['pods/default/web.example', '$KV.objs.pods.default.web_example'],
    ['pods/default/a_b', '$KV.objs.pods.default.a=5Fb'],
    ['a', '$KV.objs.a'],
  ])('%s is %s, and the other way round', (key, subject) => {
    expect(subjectOfKey('objs', key)).toBe(subject);
    expect(keyOfSubject('objs', subject)).toBe(key);
  });

  it('come back whatever their words are', () => {
    const word = fc.stringMatching(/^[-_.a-zA-Z0-9]{1,8}$/);
    fc.assert(
      fc.property(fc.array(word, { minLength: 1, maxLength: 5 }), (words) => {
        const key = words.join('/');
        expect(keyOfSubject('objs', subjectOfKey('objs', key))).toBe(key);
      }),
    );
  });

  it.each(['$KV.other.a', '$KV.objs.', '$KV.objs.a..b', '$KV.objs.a.', '$KV.objs.a b', '$KV.objs.=beat'])(
    'are not in %s',
    (subject) => {
      expect(keyOfSubject('objs', subject)).toBeUndefined();
    },
  );
});

describe('the bucket of a cluster', () => {
  it.each([
    { cluster: 'mooring', bucket: 'mooring' },
    { cluster: 'eu_prod', bucket: 'eu_prod' },
    { cluster: 'eu.prod', bucket: 'eu_prod-97561a7f' },
  ])('is $bucket for $cluster', ({ cluster, bucket }) => {
    expect(bucketOfCluster(cluster)).toBe(bucket);
  });
});
