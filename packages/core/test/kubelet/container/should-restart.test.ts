import { describe, expect, it } from 'vitest';
import { fc } from '../../../../../test/support/fast-check.ts';
import type { Container, ContainerRestartRule, RestartPolicy } from '../../../src/api/pod.ts';
import { isInitFailure } from '../../../src/kubelet/container/exit-reason.ts';
import { ruleAction } from '../../../src/kubelet/container/restart-rules.ts';
import {
  restartsAfterExit,
  restartsAfterKill,
  retriesInit,
  shouldRestart,
} from '../../../src/kubelet/container/should-restart.ts';
import { container, deleted, exited, instance, pod } from '../pod/pod-rig.ts';

const policies: readonly RestartPolicy[] = ['Always', 'OnFailure', 'Never'];
const policy = fc.constantFrom(...policies);
const code = fc.constantFrom(0, 1, 2, 42, 137, 255);
const rule: fc.Arbitrary<ContainerRestartRule> = fc.record({
  action: fc.constantFrom('Restart' as const, 'RestartAllContainers' as const),
  exitCodes: fc.record({
    operator: fc.constantFrom('In' as const, 'NotIn' as const),
    values: fc.array(code, { maxLength: 3 }),
  }),
});

/** What Kubernetes documents, told case by case. */
function expected(podPolicy: RestartPolicy, app: Container, exitCode: number): boolean {
  if (app.restartPolicy !== undefined) {
    for (const { exitCodes } of app.restartPolicyRules ?? []) {
      const values = new Set(exitCodes?.values);
      if (exitCodes?.operator === 'In' && values.has(exitCode)) return true;
      if (exitCodes?.operator === 'NotIn' && !values.has(exitCode)) return true;
    }
  }
  switch (app.restartPolicy ?? podPolicy) {
    case 'Always':
      return true;
    case 'OnFailure':
      return exitCode !== 0;
    case 'Never':
      return false;
  }
}

describe('a container that has ended', () => {
  it('is restarted by the first rule that matches, its own policy, then the pod policy', () => {
    const rules = fc.option(fc.array(rule, { maxLength: 3 }), { nil: undefined });
    const own = fc.option(policy, { nil: undefined });
    fc.assert(
      fc.property(policy, own, rules, code, (restartPolicy, ownPolicy, restartPolicyRules, exitCode) => {
        const app = container('app', {
          ...(ownPolicy && { restartPolicy: ownPolicy }),
          ...(restartPolicyRules && { restartPolicyRules }),
        });
        const of = pod({ restartPolicy, containers: [app] });
        const want = expected(restartPolicy, app, exitCode);
        expect(restartsAfterExit(of.spec, app, exitCode)).toBe(want);
        expect(shouldRestart(of, app, exited(app, exitCode))).toBe(want);
      }),
    );
  });

  it('ignores rules without a policy of its own', () => {
    const restartPolicyRules = [{ action: 'Restart', exitCodes: { operator: 'In', values: [42] } }] as const;
    expect(ruleAction(container('app', { restartPolicyRules }), 42)).toBeUndefined();
    expect(ruleAction(container('app', { restartPolicyRules, restartPolicy: 'Never' }), 42)).toBe('Restart');
  });

  it('takes the first of two rules that match', () => {
    const app = container('app', {
      restartPolicy: 'Never',
      restartPolicyRules: [
        { action: 'RestartAllContainers', exitCodes: { operator: 'In', values: [7] } },
        { action: 'Restart', exitCodes: { operator: 'NotIn', values: [0] } },
      ],
    });
    expect([ruleAction(app, 7), ruleAction(app, 8), ruleAction(app, 0)]).toEqual([
      'RestartAllContainers',
      'Restart',
      undefined,
    ]);
  });

  it('counts as failed when the runtime lost its exit code', () => {
    const app = container('app');
    const { exitCode: _, ...lost } = exited(app, 0);
    expect(shouldRestart(pod({ restartPolicy: 'OnFailure' }), app, lost)).toBe(true);
  });

  it('stays dead in a pod that is being deleted', () => {
    const app = container('app');
    expect(shouldRestart(pod({}, deleted), app, exited(app, 1))).toBe(false);
    expect(shouldRestart(pod({}, deleted), app, undefined)).toBe(false);
  });
});

it('is not started again while it runs, and is when it never ran', () => {
  const app = container('app');
  const of = pod({ restartPolicy: 'Never' });
  expect(shouldRestart(of, app, instance(app))).toBe(false);
  expect(shouldRestart(of, app, instance(app, { state: 'created' }))).toBe(true);
  expect(shouldRestart(of, app, instance(app, { state: 'unknown' }))).toBe(true);
});

it('is restarted after a kill whatever its rules say, unless the policy is Never', () => {
  const restartPolicyRules = [{ action: 'Restart', exitCodes: { operator: 'In', values: [137] } }] as const;
  const own = container('app', { restartPolicy: 'Never', restartPolicyRules });
  expect(restartsAfterKill(pod().spec, own)).toBe(false);
  expect(restartsAfterKill(pod({ restartPolicy: 'OnFailure' }).spec, container('app'))).toBe(true);
  expect(restartsAfterKill(pod({ restartPolicy: 'Never' }).spec, container('app'))).toBe(false);
});

describe('a plain init container', () => {
  const init = container('init');
  const cases = [
    { name: 'succeeded', info: exited(init, 0), failed: false },
    { name: 'failed', info: exited(init, 3), failed: true, retries: ['Always', 'OnFailure'] },
    {
      name: 'lost memory although its leader reported success',
      info: exited(init, 0, { reason: 'OOMKilled' }),
      failed: true,
      retries: ['Always', 'OnFailure'],
    },
    {
      name: 'is in an unknown state',
      info: instance(init, { state: 'unknown' }),
      failed: true,
      retries: ['Always', 'OnFailure'],
    },
    { name: 'runs', info: instance(init), failed: false },
  ];
  it.each(cases)('that $name', ({ info, failed, retries = [] }) => {
    expect(isInitFailure(info)).toBe(failed);
    if (!failed) return;
    const retrying = policies.filter((restartPolicy) => retriesInit(pod({ restartPolicy }).spec, init, info));
    expect(retrying).toEqual(retries);
  });
});
