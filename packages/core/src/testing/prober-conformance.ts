/**
 * What every prober plugin must keep to. The plugin's test brings a prober and things for it to look at; the kit checks
 * outcomes, the paths of errors, aborts, and that nothing stays open.
 *
 *     for (const c of planConformance(proberConformance, context)) test.skipIf(c.skipReason)(c.name, () => c.run());
 */

import assert from 'node:assert/strict';
import { FieldPath } from '../api/field-error.ts';
import { probeSettingKeys } from '../api/pod.ts';
import type { Prober } from '../contract/prober.ts';
import type { ConformanceCase } from './conformance-case.ts';
import { openResources, untilClosed } from './open-resources.ts';
import { type ProbeScene, StagedProbe } from './probe-scene.ts';

/** Settings that a prober has to refuse, and the field that it has to name. */
export interface BadSettings {
  readonly raw: unknown;
  /** Path of the field at fault below the handler, as `port` or `headers[0].name`; empty for the value as a whole. */
  readonly field: string;
}

/** What the author of a prober gives to the kit: things to look at. */
export interface ProberConformanceContext {
  prober(): Prober;
  /** Answers as a healthy container does. */
  healthy(): Promise<ProbeScene>;
  /** Is there, and answers that it is not well; for a prober that only connects, the same as `refused`. */
  unhealthy(): Promise<ProbeScene>;
  /** Takes the request and never answers. Where that cannot be had, anything slow enough to be aborted. */
  silent(): Promise<ProbeScene>;
  /** Nobody listens. Absent for a prober that opens no connection. */
  refused?(): Promise<ProbeScene>;
  /** Healthy, and the settings name a port of the target instead of giving its number. */
  namedPort?(): Promise<ProbeScene>;
  /** Well-formed settings that cannot be carried out, such as a port name that the target does not have. */
  impossible?(): Promise<ProbeScene>;
  readonly bad: readonly BadSettings[];
}

const settleMsMax = 50;

/** A busy machine may be late now and then; a prober that pays no attention to its signal is late each time. */
const abortTries = 5;
const parallelAttempts = 8;
const repeats = 3;

type ProberCase = ConformanceCase<ProberConformanceContext>;

const settingsCases: readonly ProberCase[] = [
  {
    name: 'declares its contract version and a handler of its own',
    async run(context) {
      const { apiVersion, handler } = context.prober();
      assert.equal(apiVersion, 'prober/v1');
      assert.match(handler, /^[a-z][A-Za-z0-9]*$/);
      assert.ok(!probeSettingKeys.some((key) => key === handler), `${handler} is a setting of every probe`);
    },
  },
  {
    name: 'names the field of each bad setting',
    async run(context) {
      const path = new FieldPath('spec.containers[0].livenessProbe').child(context.prober().handler);
      assert.ok(context.bad.length > 0, 'the context has no bad settings');
      for (const { raw, field } of context.bad) {
        const parsed = context.prober().compile(raw, path);
        assert.ok(!parsed.ok, `accepted ${JSON.stringify(raw)}`);
        const wanted = field === '' ? String(path) : String(path.child(field));
        const fields = parsed.errors.map((error) => error.field);
        assert.ok(
          fields.includes(wanted),
          `${wanted} is not among the fields at fault: ${fields.join(', ')}`,
        );
        for (const error of parsed.errors)
          assert.notEqual(error.message, '', `${error.field} has no message`);
      }
    },
  },
];

const outcomeCases: readonly ProberCase[] = [
  {
    name: 'reports a healthy container as success, again and again',
    run: (context) =>
      onStage(context, context.healthy(), async (probe) => {
        for (let i = 0; i < repeats; i += 1) await expectOutcome(probe, 'success');
      }),
  },
  {
    name: 'keeps attempts apart that run at the same time',
    run: (context) =>
      onStage(context, context.healthy(), async (probe) => {
        await Promise.all(Array.from({ length: parallelAttempts }, () => expectOutcome(probe, 'success')));
      }),
  },
  {
    name: 'reports an unhealthy container as failure, again and again',
    run: (context) =>
      onStage(context, context.unhealthy(), async (probe) => {
        for (let i = 0; i < repeats; i += 1) await expectOutcome(probe, 'failure', 1000);
      }),
  },
  {
    name: 'reports a refused connection as failure and says so',
    needs: (context) => context.refused !== undefined,
    run: (context) =>
      onStage(context, context.refused?.(), async (probe) => {
        // A prober may go on trying until its time is over, so it is given little.
        const message = await expectOutcome(probe, 'failure', 1000);
        assert.notEqual(message, '', 'a failed connection needs a message');
      }),
  },
  {
    name: 'resolves a port that is given by name',
    needs: (context) => context.namedPort !== undefined,
    run: (context) =>
      onStage(context, context.namedPort?.(), async (probe) => {
        await expectOutcome(probe, 'success');
      }),
  },
  {
    name: 'rejects when the attempt cannot be carried out',
    needs: (context) => context.impossible !== undefined,
    run: (context) =>
      onStage(context, context.impossible?.(), async (probe) => {
        await assert.rejects(probe.attempt(), 'a result was made up');
      }),
  },
];

const abortCases: readonly ProberCase[] = [
  {
    name: 'settles as a failure soon after an abort',
    run: (context) =>
      onStage(context, context.silent(), async (probe) => {
        const lateMs: number[] = [];
        while (lateMs.length < abortTries && !lateMs.some((ms) => ms <= settleMsMax)) {
          const aborted = await probe.abortedAttempt();
          assert.equal(aborted.verdict, 'failure');
          lateMs.push(aborted.lateMs);
        }
        const words = `settled ${lateMs.map(Math.round).join(', ')} ms after the abort`;
        assert.ok(
          lateMs.some((ms) => ms <= settleMsMax),
          words,
        );
      }),
  },
  {
    name: 'settles as a failure when the signal has aborted before',
    run: (context) =>
      onStage(context, context.silent(), async (probe) => {
        assert.equal(await probe.lateAttempt(), 'failure');
      }),
  },
  {
    name: 'leaves nothing open behind it',
    run: (context) =>
      onStage(context, context.healthy(), async (probe) => {
        await expectOutcome(probe, 'success');
        // The first attempt may have loaded a library whose own handles are not the attempt's.
        const before = openResources();
        for (let i = 0; i < parallelAttempts; i += 1) await expectOutcome(probe, 'success');
        await untilClosed(before);
      }),
  },
  {
    name: 'leaves nothing open behind an abort',
    run: (context) =>
      onStage(context, context.silent(), async (probe) => {
        await probe.abortedAttempt();
        const before = openResources();
        for (let i = 0; i < parallelAttempts; i += 1) await probe.abortedAttempt();
        await untilClosed(before);
      }),
  },
];

/** What every prober has to keep, as cases: see `planConformance`. */
export const proberConformance: readonly ProberCase[] = [...settingsCases, ...outcomeCases, ...abortCases];

/** Takes the scene down whatever came of the check. */
async function onStage(
  context: ProberConformanceContext,
  made: Promise<ProbeScene> | undefined,
  check: (probe: StagedProbe) => Promise<void>,
): Promise<void> {
  assert.ok(made !== undefined);
  await using scene = await made;
  await check(new StagedProbe(context.prober(), scene));
}

async function expectOutcome(
  probe: StagedProbe,
  outcome: 'success' | 'failure',
  timeoutMs?: number,
): Promise<string> {
  const result = await probe.attempt(timeoutMs);
  assert.equal(result.outcome, outcome, `${result.outcome}: ${result.message}`);
  assert.equal(typeof result.message, 'string');
  return result.message;
}
