import { invalid } from '../api/field-error.ts';
import { MooringError } from '../contract/error.ts';
import { defineProber, type ProbeResult, type Prober, type ProbeTarget } from '../contract/prober.ts';
import { abortable } from '../engine/abortable.ts';

/** One made attempt. */
export interface ScriptedAttempt {
  readonly target: ProbeTarget;
  /** The letter that was played. */
  readonly letter: string;
}

/** A prober that answers from a script, and remembers what it was asked. */
export interface ScriptedProber extends Prober {
  /** Every attempt so far, in order. */
  readonly attempts: readonly ScriptedAttempt[];
}

/** Options of `scriptedProber`. */
export interface ScriptedProberOptions {
  /** Default `scripted`. */
  readonly handler?: string;
  /** Called at each attempt, before it settles. */
  readonly onAttempt?: (attempt: ScriptedAttempt) => void;
}

/**
 * A prober whose outcomes are written down: `S` success, `W` warning, `F` failure, `E` the attempt could not be made (it rejects), `H`
 * it hangs until the abort. The last letter repeats. Each compiled probe plays the script from its start; a probe may
 * bring its own: `scripted: { script: 'SSF' }`.
 */
export function scriptedProber(script: string, options: ScriptedProberOptions = {}): ScriptedProber {
  const attempts: ScriptedAttempt[] = [];
  const prober = defineProber<{ readonly letters: string; played: number }>({
    handler: options.handler ?? 'scripted',
    parse(raw, path) {
      const letters = ownScript(raw) ?? script;
      if (/^[SWFEH]+$/.test(letters)) return { ok: true, value: { letters, played: 0 } };
      const rule = 'must be one or more of the letters S, W, F, E, H';
      return { ok: false, errors: [invalid(path.child('script'), letters, rule)] };
    },
    async probe(play, target, signal) {
      const letter = play.letters.charAt(Math.min(play.played, play.letters.length - 1));
      play.played += 1;
      const attempt = { target, letter };
      attempts.push(attempt);
      options.onAttempt?.(attempt);
      return await playLetter(letter, signal);
    },
  });
  return { ...prober, attempts };
}

function ownScript(raw: unknown): string | undefined {
  if (typeof raw !== 'object' || raw === null || !('script' in raw)) return undefined;
  return String(raw.script);
}

function playLetter(letter: string, signal: AbortSignal): Promise<ProbeResult> {
  switch (letter) {
    case 'S':
      return Promise.resolve({ outcome: 'success', message: '' });
    case 'W':
      return Promise.resolve({ outcome: 'warning', message: 'scripted warning' });
    case 'F':
      return Promise.resolve({ outcome: 'failure', message: 'scripted failure' });
    case 'H':
      return abortable(new Promise<never>(() => {}), signal);
    default:
      return Promise.reject(new MooringError('EXEC_FAILED', 'scripted error'));
  }
}
