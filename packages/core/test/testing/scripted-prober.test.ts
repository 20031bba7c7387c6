import { describe, expect, test } from 'vitest';
import { FieldPath } from '../../src/api/field-error.ts';
import { fakeTarget } from '../../src/testing/fake-target.ts';
import { type ScriptedProber, scriptedProber } from '../../src/testing/scripted-prober.ts';

const path = new FieldPath('scripted');
const never = new AbortController().signal;

function compile(prober: ScriptedProber, raw: unknown = {}) {
  const parsed = prober.compile(raw, path);
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.errors));
  const attempt = parsed.value;
  return (signal = never) =>
    attempt(fakeTarget(), signal).then(
      ({ outcome }) => outcome,
      () => 'error',
    );
}

describe('scriptedProber', () => {
  test('plays its letters, then repeats the last', async () => {
    const attempt = compile(scriptedProber('SWFES'));
    const outcomes = [];
    for (let i = 0; i < 7; i += 1) outcomes.push(await attempt());
    expect(outcomes).toEqual(['success', 'warning', 'failure', 'error', 'success', 'success', 'success']);
  });

  test('plays from the start for each compiled probe, which may have a script of its own', async () => {
    const prober = scriptedProber('SF');
    const first = compile(prober);
    const second = compile(prober);
    const third = compile(prober, { script: 'W' });
    expect([await first(), await first(), await second(), await third()]).toEqual([
      'success',
      'failure',
      'success',
      'warning',
    ]);
    expect(prober.attempts.map(({ letter }) => letter).join('')).toBe('SFSW');
  });

  test('hangs until the abort', async () => {
    const controller = new AbortController();
    const attempt = compile(scriptedProber('H'))(controller.signal);
    controller.abort(new Error('timeout'));
    expect(await attempt).toBe('error');
  });

  test('refuses letters that it does not know', () => {
    expect(scriptedProber('SX').compile({}, path)).toMatchObject({
      ok: false,
      errors: [{ field: 'scripted.script' }],
    });
  });
});
