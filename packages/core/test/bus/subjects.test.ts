import { describe, expect, it } from 'vitest';
import { fc } from '../../../../test/support/fast-check.ts';
import {
  containerAddress,
  controllerAddress,
  nodeAddress,
  podAddress,
  probeAddress,
  schedulerAddress,
  servicePortAddress,
  vantageAddress,
} from '../../src/bus/actor-address.ts';
import { factPatternSubject } from '../../src/bus/fact-pattern.ts';
import { SubjectTrie } from '../../src/bus/subject-trie.ts';
import {
  addressOfInbox,
  allInboxPatterns,
  escapeToken,
  factSubject,
  inboxPatternsAt,
  inboxSubject,
  parseFactSubject,
  unescapeToken,
} from '../../src/bus/subjects.ts';

describe('addresses', () => {
  it.each([
    [podAddress('u1'), 'pod/u1'],
    [containerAddress('u1', 'web'), 'pod/u1/container/web'],
    [probeAddress('u1', 'web', 'liveness'), 'pod/u1/container/web/probe/liveness'],
    [nodeAddress('node-a.example'), 'node/node-a.example'],
    [controllerAddress('replicaset', 'default', 'web'), 'controller/replicaset/default/web'],
  ])('%s', (address, wanted) => {
    expect(address).toBe(wanted);
  });

  it.each(['', 'a/b', 'a b', 'x'.repeat(254)])('refuse the word %j', (word) => {
    expect(() => podAddress(word)).toThrow('invalid actor address');
  });
});

describe('subjects', () => {
  it('are derived from the address', () => {
    expect(inboxSubject('prod', 'pod/u1/container/web')).toBe(
      'mooring.v1.prod.actor.pod.u1.container.web.inbox',
    );
    expect(factSubject('prod', 'pod/u1', 'phase-changed')).toBe(
      'mooring.v1.prod.actor.pod.u1.facts.phase-changed',
    );
  });

  it('keep a name with dots in one word', () => {
    expect(inboxSubject('a.b', 'node/n.example')).toBe('mooring.v1.a=2Eb.actor.node.n=2Eexample.inbox');
  });

  it('lead back to the address', () => {
    const address = 'node/n.example';
    expect(addressOfInbox('c', inboxSubject('c', address))).toBe(address);
    expect(parseFactSubject('c', factSubject('c', address, 'ready'))).toEqual({ address, fact: 'ready' });
  });

  it('of another cluster or kind lead nowhere', () => {
    expect(addressOfInbox('c', inboxSubject('d', 'pod/u1'))).toBeUndefined();
    expect(addressOfInbox('c', factSubject('c', 'pod/u1', 'x'))).toBeUndefined();
    expect(parseFactSubject('c', inboxSubject('c', 'pod/u1'))).toBeUndefined();
  });

  it('of inboxes are all covered by the patterns of the gateway', () => {
    expect(allInboxPatterns('c')).toContain('mooring.v1.c.actor.*.*.*.*.*.*.inbox');
  });

  it.each([
    [
      podAddress('u1'),
      [podAddress('u1'), containerAddress('u1', 'web'), probeAddress('u1', 'web', 'liveness')],
    ],
    [nodeAddress('n.example'), [nodeAddress('n.example'), vantageAddress('n.example')]],
    [schedulerAddress(), [schedulerAddress()]],
    ['controller/replicaset', [controllerAddress('replicaset', 'default', 'web')]],
    ['controller/garbage', [controllerAddress('garbage', undefined, 'web')]],
    [
      'service/default',
      [servicePortAddress('default', 'web', '80'), servicePortAddress('default', 'web', 'node-port/1')],
    ],
  ])('of inboxes below %s are covered by the patterns of that home', (home, addresses) => {
    const trie = new SubjectTrie<string>();
    for (const pattern of inboxPatternsAt('c', home)) trie.add(pattern, pattern);
    for (const address of addresses) expect(trie.match(inboxSubject('c', address))).toHaveLength(1);
    expect(trie.match(factSubject('c', addresses[0] ?? '', 'seen'))).toBeUndefined();
  });

  it('of the inboxes of a pod are as few as there are kinds of actors in it', () => {
    expect(inboxPatternsAt('c', podAddress('u1'))).toHaveLength(3);
  });

  it('turn different words into different words without dots or wildcards, and back', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', minLength: 1 }), (word) => {
        const token = escapeToken(word);
        expect(token).toMatch(/^[A-Za-z0-9_=-]+$/);
        expect(unescapeToken(token)).toBe(Buffer.from(word, 'utf8').toString('utf8'));
      }),
    );
  });
});

describe('fact patterns', () => {
  it.each([
    ['pod.*.container.*.exited', 'mooring.v1.c.actor.pod.*.container.*.facts.exited'],
    ['pod.u1.*', 'mooring.v1.c.actor.pod.u1.facts.*'],
    ['pod.u1.>', 'mooring.v1.c.actor.pod.u1.>'],
    ['>', 'mooring.v1.c.actor.>'],
    ['node.n=2Eexample.ready', 'mooring.v1.c.actor.node.n=2Eexample.facts.ready'],
  ])('%s', (pattern, subject) => {
    expect(factPatternSubject('c', pattern)).toBe(subject);
  });

  it.each(['', 'exited', 'pod..exited', 'pod.>.exited', 'pod.u*.exited', 'pod/u1.exited'])(
    'refuse %j and say what is allowed',
    (pattern) => {
      expect(() => factPatternSubject('c', pattern)).toThrow('such as "pod.*.container.*.exited"');
    },
  );
});
