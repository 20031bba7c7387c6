import { describe, expect, it } from 'vitest';
import { fc } from '../../../../../test/support/fast-check.ts';
import type { ProbeQuorum } from '../../../src/api/probe-from.ts';
import type { ProbeRunResult } from '../../../src/kubelet/probe/run-probe.ts';
import type { ProbeType } from '../../../src/kubelet/probe/settings.ts';
import { type Standing, standingEvent, standingOf } from '../../../src/kubelet/probe/vantage-news.ts';
import {
  neededOf,
  resultFromElsewhere,
  resultWithLocal,
  type Tally,
  tallyOf,
  type VantageAnswer,
} from '../../../src/kubelet/probe/vantage-verdict.ts';

const kinds = { S: 'success', W: 'warning', F: 'failure', L: 'lost' } as const;

/** `SFL`: node-1 reaches it, node-2 does not, node-3 is lost. */
const answersOf = (letters: string): readonly VantageAnswer[] =>
  [...letters].map((letter, i) => {
    const kind = kinds[letter as keyof typeof kinds];
    return { node: `node-${i + 1}`, kind, message: `${kind} there` };
  });
const localOf = (kind: ProbeRunResult['kind']): ProbeRunResult => ({
  kind,
  message: kind === 'success' ? '' : `${kind} here`,
  attempts: 1,
});
const resultOf = (type: ProbeType, tally: Tally, local: ProbeRunResult) =>
  tally.kind === 'reached' ? resultFromElsewhere(tally) : resultWithLocal(type, tally, local);

describe('the truth table', () => {
  it.each([
    ['success', 'success', 'failure'],
    ['warning', 'warning', 'failure'],
    ['failure', 'failure', 'failure'],
    ['error', 'error', 'failure'],
  ] as const)('unreached, %s at the container: %s, readiness %s', (local, other, readiness) => {
    const tally = tallyOf('majority', answersOf('FFS'));
    expect(resultOf('liveness', tally, localOf(local)).kind).toBe(other);
    expect(resultOf('startup', tally, localOf(local)).kind).toBe(other);
    expect(resultOf('readiness', tally, localOf(local)).kind).toBe(readiness);
  });

  it.each(['success', 'warning', 'failure', 'error'] as const)(
    'all lost, %s at the container: the same',
    (kind) => {
      for (const type of ['liveness', 'readiness', 'startup'] as const)
        expect(resultOf(type, tallyOf('all', answersOf('LL')), localOf(kind))).toEqual(localOf(kind));
    },
  );

  it('says what is reachable from where', () => {
    const words = (type: ProbeType, local: ProbeRunResult['kind']) =>
      resultOf(type, tallyOf('any', answersOf('FF')), localOf(local)).message;
    expect(words('readiness', 'success')).toBe(
      'unreachable from node-1, node-2, but answers locally: failure there',
    );
    expect(words('liveness', 'failure')).toBe('failure here (unreachable from node-1, node-2 too)');
    expect(words('readiness', 'error')).toBe(
      'unreachable from node-1, node-2: failure there; not probed locally: error here',
    );
    expect(resultFromElsewhere(tallyOf('any', answersOf('FW')))).toEqual({
      kind: 'warning',
      message: 'from node-2: warning there',
      attempts: 1,
    });
  });
});

describe('the quorum', () => {
  const rows: readonly (readonly [ProbeQuorum, string, Tally['kind']])[] = [
    ['any', 'SFF', 'reached'],
    ['any', 'FFF', 'unreached'],
    ['majority', 'SSF', 'reached'],
    ['majority', 'SWF', 'reached'],
    ['majority', 'SF', 'unreached'],
    ['majority', 'SL', 'reached'],
    ['majority', 'SFL', 'unreached'],
    ['all', 'SSF', 'unreached'],
    ['all', 'SLL', 'reached'],
    [2, 'SSF', 'reached'],
    [2, 'SFF', 'unreached'],
    [2, 'SLL', 'reached'],
    [2, 'FLL', 'unreached'],
    ['any', 'L', 'nobody'],
    ['all', 'LLL', 'nobody'],
    ['majority', '', 'nobody'],
  ];
  it.each(rows)('%s of %s: %s', (quorum, letters, kind) => {
    expect(tallyOf(quorum, answersOf(letters)).kind).toBe(kind);
  });
});

describe('for any answers', () => {
  const anyLetters = fc
    .array(fc.constantFrom('S', 'W', 'F', 'L'), { maxLength: 6 })
    .map((all) => all.join(''));
  const anyQuorum = fc.constantFrom<ProbeQuorum>('any', 'majority', 'all', 1, 2, 3);
  const anyLocal = fc
    .constantFrom<ProbeRunResult['kind']>('success', 'warning', 'failure', 'error')
    .map(localOf);
  const anyType = fc.constantFrom<ProbeType>('liveness', 'readiness', 'startup');

  it('no container is killed that answers itself, whatever others say', () => {
    fc.assert(
      fc.property(anyLetters, anyQuorum, anyLocal, (letters, quorum, local) => {
        const tally = tallyOf(quorum, answersOf(letters));
        for (const type of ['liveness', 'startup'] as const)
          if (resultOf(type, tally, local).kind === 'failure') expect(local.kind).toBe('failure');
      }),
    );
  });

  it('lost nodes change nothing', () => {
    fc.assert(
      fc.property(anyType, anyLetters, anyQuorum, anyLocal, (type, letters, quorum, local) => {
        const without = tallyOf(quorum, answersOf(letters.replaceAll('L', '')));
        const all = tallyOf(quorum, answersOf(letters));
        expect(all.kind).toBe(without.kind);
        expect(resultOf(type, all, local).kind).toBe(resultOf(type, without, local).kind);
      }),
    );
  });

  it('one more node that reaches it never makes it worse', () => {
    fc.assert(
      fc.property(anyLetters, anyQuorum, fc.nat(), (letters, quorum, at) => {
        const place = letters.length === 0 ? 0 : at % letters.length;
        if (letters[place] !== 'F') return;
        const better = `${letters.slice(0, place)}S${letters.slice(place + 1)}`;
        const before = tallyOf(quorum, answersOf(letters)).kind;
        const after = tallyOf(quorum, answersOf(better)).kind;
        if (before === 'reached') expect(after).toBe('reached');
      }),
    );
  });

  it('as many as there are is the most that is asked for, and one the least', () => {
    fc.assert(
      fc.property(anyQuorum, fc.integer({ min: 1, max: 20 }), (quorum, counting) => {
        expect(neededOf(quorum, counting)).toBeGreaterThanOrEqual(1);
        expect(neededOf(quorum, counting)).toBeLessThanOrEqual(counting);
      }),
    );
  });
});

describe('events', () => {
  const eventOf = (type: ProbeType, before: Standing, letters: string, local?: ProbeRunResult['kind']) => {
    const tally = tallyOf('majority', answersOf(letters));
    const now = standingOf(tally, local && localOf(local));
    const event = standingEvent({ type, before, now, tally, node: 'node-0' });
    return event && `${event.type} ${event.reason}: ${event.message}`;
  };
  it.each<[string, ProbeType, Standing, string, ProbeRunResult['kind'] | undefined, string | undefined]>([
    ['as wanted', 'liveness', 'elsewhere', 'SS', undefined, undefined],
    [
      'the others are lost',
      'liveness',
      'elsewhere',
      'LL',
      'success',
      'Warning ProbeVantageLost: Liveness probe is made on node-0 itself: node-1: lost there; node-2: lost there',
    ],
    ['still lost', 'liveness', 'local', 'LL', 'success', undefined],
    [
      'one is back',
      'readiness',
      'local',
      'SL',
      undefined,
      'Normal ProbeVantageBack: Readiness probe is made from node-1 again',
    ],
    [
      'unreachable and alive',
      'liveness',
      'elsewhere',
      'FF',
      'success',
      'Warning ProbeUnreachable: Liveness probe: unreachable from node-1, node-2, but answers locally: failure there',
    ],
    ['still unreachable', 'liveness', 'unreachable', 'FF', 'success', undefined],
    [
      'reachable again',
      'liveness',
      'unreachable',
      'SS',
      undefined,
      'Normal ProbeReachable: Liveness probe: reachable from node-1, node-2 again',
    ],
    // The failed probe says it.
    ['unreachable, for readiness', 'readiness', 'elsewhere', 'FF', 'success', undefined],
    ['dead', 'liveness', 'elsewhere', 'FF', 'failure', undefined],
  ])('%s', (_, type, before, letters, local, said) => {
    expect(eventOf(type, before, letters, local)).toBe(said);
  });
});
