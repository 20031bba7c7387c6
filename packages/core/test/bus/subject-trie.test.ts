import { describe, expect, it } from 'vitest';
import { fc } from '../../../../test/support/fast-check.ts';
import { SubjectTrie } from '../../src/bus/subject-trie.ts';

/** NATS's rules, said in another way. */
function matches(pattern: string, subject: string): boolean {
  const words = subject.split('.');
  const parts = pattern.split('.');
  const isTail = parts.at(-1) === '>';
  if (isTail ? words.length < parts.length : words.length !== parts.length) return false;
  return parts.every(
    (part, i) => part === '*' || (part === '>' && i === parts.length - 1) || part === words[i],
  );
}

const word = fc.constantFrom('a', 'b', 'c');
const subjects = fc.array(word, { minLength: 1, maxLength: 4 }).map((words) => words.join('.'));
const patterns = fc
  .tuple(
    fc.array(fc.oneof(word, fc.constant('*')), { minLength: 0, maxLength: 3 }),
    fc.oneof(word, fc.constantFrom('*', '>')),
  )
  .map(([words, last]) => [...words, last].join('.'));

describe('SubjectTrie', () => {
  it('finds what a plain comparison of all patterns finds, also after removals', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(patterns, fc.boolean()), { maxLength: 12 }),
        fc.array(subjects, { maxLength: 6 }),
        (entries, tried) => {
          const trie = new SubjectTrie<number>();
          entries.forEach(([pattern], i) => {
            trie.add(pattern, i);
          });
          entries.forEach(([pattern, isKept], i) => {
            if (!isKept) trie.remove(pattern, i);
          });
          const kept = entries
            .map(([pattern, isKept], i) => ({ pattern, isKept, i }))
            .filter(({ isKept }) => isKept);
          expect(trie.size).toBe(kept.length);
          for (const subject of tried) {
            const wanted = kept.filter(({ pattern }) => matches(pattern, subject)).map(({ i }) => i);
            expect(trie.match(subject)?.sort((a, b) => a - b) ?? []).toEqual(wanted);
          }
        },
      ),
    );
  });

  it('does not count a removal of what was never added', () => {
    const trie = new SubjectTrie<number>();
    trie.add('a.b', 1);
    trie.remove('a.b', 2);
    trie.remove('x.y', 1);
    expect(trie.size).toBe(1);
  });
});
