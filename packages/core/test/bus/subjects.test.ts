import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  containerAddress,
  controllerAddress,
  nodeAddress,
  podAddress,
  probeAddress,
} from '../../src/bus/actor-address.ts';
import { factPatternSubject } from '../../src/bus/fact-pattern.ts';
import {
  addressOfInbox,
  allInboxPatterns,
  escapeToken,
  factSubject,
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
