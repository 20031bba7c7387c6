import { describe, expect, test } from 'vitest';
import { FieldPath, invalid } from '../../src/api/field-error.ts';
import {
  defineProber,
  type Prober,
  type ProberDefinition,
  type ProbeTarget,
} from '../../src/contract/prober.ts';
import { abortable } from '../../src/engine/abortable.ts';
import { systemClock } from '../../src/engine/system-clock.ts';
import { planConformance, runConformance } from '../../src/testing/conformance-case.ts';
import { fakeTarget } from '../../src/testing/fake-target.ts';
import type { ProbeScene } from '../../src/testing/probe-scene.ts';
import { type ProberConformanceContext, proberConformance } from '../../src/testing/prober-conformance.ts';
import { scriptedProber } from '../../src/testing/scripted-prober.ts';

const scene = async (raw: unknown): Promise<ProbeScene> => ({
  raw,
  target: fakeTarget(),
  [Symbol.asyncDispose]: () => Promise.resolve(),
});

/** Scenes of the scripted prober: what it is to play stands in its settings. */
function contextOf(prober: Prober): ProberConformanceContext {
  return {
    prober: () => prober,
    healthy: () => scene({ script: 'S' }),
    unhealthy: () => scene({ script: 'F' }),
    silent: () => scene({ script: 'H' }),
    refused: () => scene({ script: 'F' }),
    impossible: () => scene({ script: 'E' }),
    namedPort: () => scene({ script: 'S' }),
    bad: [{ raw: { script: '?' }, field: 'script' }],
  };
}

describe('a prober that keeps to the contract', () => {
  for (const c of planConformance(proberConformance, contextOf(scriptedProber('S'))))
    test(c.name, () => c.run());
});

type Play = { readonly script: string };

/** The scripted prober with one fault. */
function faulty(fault: Partial<ProberDefinition<Play>>): Prober {
  const good: ProberDefinition<Play> = {
    handler: 'faulty',
    parse(raw, path) {
      const { script } = raw as Play;
      if (script === '?')
        return { ok: false, errors: [invalid(path.child('script'), script, 'must be a letter')] };
      return { ok: true, value: { script } };
    },
    probe: async ({ script }, _target, signal) => {
      if (script === 'H') return await abortable(new Promise<never>(() => {}), signal);
      if (script === 'E') throw new Error('cannot');
      return { outcome: script === 'S' ? 'success' : 'failure', message: 'words' };
    },
  };
  return defineProber({ ...good, ...fault });
}

test('the prober that the faults are built on has none itself', async () => {
  await runConformance(proberConformance, contextOf(faulty({})));
});

describe('a prober with a fault is caught', () => {
  const good = faulty({});
  const asGood = async (config: Play, target: ProbeTarget, signal: AbortSignal) => {
    const parsed = good.compile(config, FieldPath.root);
    if (!parsed.ok) throw new Error('refused');
    return await parsed.value(target, signal);
  };
  const late = (signal: AbortSignal) =>
    new Promise<never>((_resolve, reject) => {
      signal.addEventListener('abort', () => systemClock.setTimeout(() => reject(signal.reason), 80));
    });
  const timers: NodeJS.Timeout[] = [];

  test.each<{ name: string; fault: Partial<ProberDefinition<Play>>; caught: string }>([
    {
      name: 'takes the name of a setting',
      fault: { handler: 'periodSeconds' },
      caught: 'declares its contract version and a handler of its own',
    },
    {
      name: 'accepts everything',
      fault: { parse: (raw) => ({ ok: true, value: raw as Play }) },
      caught: 'names the field of each bad setting',
    },
    {
      name: 'blames the wrong field',
      fault: {
        parse: (raw, path) =>
          (raw as Play).script === '?'
            ? { ok: false, errors: [invalid(path, raw, 'is bad')] }
            : { ok: true, value: raw as Play },
      },
      caught: 'names the field of each bad setting',
    },
    {
      name: 'finds everything healthy',
      fault: { probe: async () => ({ outcome: 'success', message: '' }) },
      caught: 'reports an unhealthy container as failure, again and again',
    },
    {
      name: 'makes up a result when it cannot probe',
      fault: {
        probe: async (config, target, signal) =>
          config.script === 'E'
            ? { outcome: 'failure', message: 'made up' }
            : await asGood(config, target, signal),
      },
      caught: 'rejects when the attempt cannot be carried out',
    },
    {
      name: 'is late to notice an abort',
      fault: {
        probe: (config, target, signal) =>
          config.script === 'H' ? late(signal) : asGood(config, target, signal),
      },
      caught: 'settles as a failure soon after an abort',
    },
    {
      name: 'turns an abort into an error of its own',
      fault: {
        probe: async (config, target, signal) => {
          try {
            return await asGood(config, target, signal);
          } catch (error) {
            throw signal.aborted ? new Error('aborted') : error;
          }
        },
      },
      caught: 'settles as a failure when the signal has aborted before',
    },
    {
      name: 'leaves a timer behind',
      fault: {
        probe: async (config, target, signal) => {
          timers.push(setTimeout(() => {}, 3_600_000));
          return await asGood(config, target, signal);
        },
      },
      caught: 'leaves nothing open behind it',
    },
  ])('that $name', async ({ fault, caught }) => {
    const testCase = proberConformance.find(({ name }) => name === caught);
    await expect(testCase?.run(contextOf(faulty(fault)))).rejects.toThrow();
    for (const timer of timers) clearTimeout(timer);
  });
});
