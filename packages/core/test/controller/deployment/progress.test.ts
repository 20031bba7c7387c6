import { describe, expect, it } from 'vitest';
import { formatTime } from '../../../src/api/meta.ts';
import type { DeploymentStatus, WorkloadCondition } from '../../../src/api/workloads.ts';
import {
  foundCondition,
  hasProgressed,
  hasTimedOut,
  pauseCondition,
  recheckAfterMs,
  rolloutStatus,
} from '../../../src/controller/deployment/progress.ts';
import { conditionOf } from '../../../src/controller/replication/workload-conditions.ts';
import { deployment, type ReplicaSetOptions, replicaSet, startMs } from './builders.ts';

const noDeadline = { progressDeadlineSeconds: 2_147_483_647 };

/** Updated at `startMs`. */
function progressing(reason: string, status: WorkloadCondition['status'] = 'True'): WorkloadCondition {
  const time = formatTime(startMs);
  return { type: 'Progressing', status, reason, message: '', lastUpdateTime: time, lastTransitionTime: time };
}

interface Given {
  readonly spec?: Parameters<typeof deployment>[0];
  readonly before?: DeploymentStatus;
  readonly fresh?: ReplicaSetOptions;
  readonly old?: readonly ReplicaSetOptions[];
}

function progressAfter({ spec = {}, before, fresh, old = [] }: Given, seconds: number) {
  const rollout = {
    deployment: deployment({ replicas: 3, ...spec, ...(before && { status: before }) }),
    newReplicaSet: fresh && replicaSet({ name: 'web-2', ...fresh }),
    oldReplicaSets: old.map((one) => replicaSet(one)),
  };
  return conditionOf(rolloutStatus(rollout, startMs + seconds * 1000).conditions, 'Progressing');
}

const stuck: Given = {
  before: {
    replicas: 4,
    updatedReplicas: 1,
    readyReplicas: 3,
    availableReplicas: 3,
    conditions: [progressing('ReplicaSetUpdated')],
  },
  fresh: { replicas: 1, available: 0 },
  old: [{ replicas: 3 }],
};

describe('Progressing', () => {
  it.each<[string, Given, number, Partial<WorkloadCondition> | undefined]>([
    [
      'is complete when all is there',
      { before: { conditions: [progressing('ReplicaSetUpdated')] }, fresh: { replicas: 3 } },
      5,
      {
        status: 'True',
        reason: 'NewReplicaSetAvailable',
        message: 'ReplicaSet "web-2" has successfully progressed.',
        lastUpdateTime: formatTime(startMs + 5000),
        lastTransitionTime: formatTime(startMs),
      },
    ],
    [
      'gets a new time with each progress, also when nothing else changes',
      { ...stuck, fresh: { replicas: 1 } },
      5,
      {
        status: 'True',
        reason: 'ReplicaSetUpdated',
        message: 'ReplicaSet "web-2" is progressing.',
        lastUpdateTime: formatTime(startMs + 5000),
        lastTransitionTime: formatTime(startMs),
      },
    ],
    ['stays as it is without progress', stuck, 600, progressing('ReplicaSetUpdated')],
    [
      'fails after the deadline',
      stuck,
      601,
      {
        status: 'False',
        reason: 'ProgressDeadlineExceeded',
        message: 'ReplicaSet "web-2" has timed out progressing.',
        lastTransitionTime: formatTime(startMs + 601_000),
      },
    ],
    [
      'recovers from failure by progress',
      {
        ...stuck,
        before: { ...stuck.before, conditions: [progressing('ProgressDeadlineExceeded', 'False')] },
        fresh: { replicas: 1 },
      },
      700,
      { status: 'True', reason: 'ReplicaSetUpdated', lastTransitionTime: formatTime(startMs + 700_000) },
    ],
    [
      'stays complete when pods break later',
      {
        before: {
          replicas: 3,
          updatedReplicas: 3,
          availableReplicas: 3,
          conditions: [progressing('NewReplicaSetAvailable')],
        },
        fresh: { replicas: 3, available: 1 },
      },
      10_000,
      progressing('NewReplicaSetAvailable'),
    ],
    ['is not there without a deadline', { ...stuck, spec: noDeadline }, 5, undefined],
    [
      'speaks of the Deployment where there is no new ReplicaSet',
      { spec: { replicas: 0 } },
      0,
      { message: 'Deployment "web" has successfully progressed.' },
    ],
  ])('%s', (_, given, seconds, want) => {
    const condition = progressAfter(given, seconds);
    if (want === undefined) expect(condition).toBeUndefined();
    else expect(condition).toMatchObject(want);
  });
});

describe('the deadline', () => {
  const status = { conditions: [progressing('ReplicaSetUpdated')] };
  const after = (seconds: number) => startMs + seconds * 1000;

  it('counts from the last progress, by the time that is stored', () => {
    const owner = deployment({ progressDeadlineSeconds: 60 });
    expect([59, 60, 61].map((seconds) => hasTimedOut(owner, status, after(seconds)))).toEqual([
      false,
      false,
      true,
    ]);
    expect([0, 45, 90].map((seconds) => recheckAfterMs(owner, status, after(seconds)))).toEqual([
      60_000, 15_000, 0,
    ]);
  });

  it.each<[string, DeploymentStatus, Parameters<typeof deployment>[0]]>([
    ['there is none', status, noDeadline],
    ['nothing is known', {}, {}],
    ['the rollout was completed', { conditions: [progressing('NewReplicaSetAvailable')] }, {}],
  ])('does not matter when %s', (_, given, spec) => {
    expect(hasTimedOut(deployment(spec), given, after(10_000))).toBe(false);
    expect(recheckAfterMs(deployment(spec), given, after(10))).toBeUndefined();
  });

  it('is not waited for once it is over, or the rollout is complete', () => {
    const over = { conditions: [progressing('ProgressDeadlineExceeded', 'False')] };
    expect(hasTimedOut(deployment(), over, startMs)).toBe(true);
    expect(recheckAfterMs(deployment(), over, startMs)).toBeUndefined();
    const complete = {
      ...status,
      replicas: 1,
      updatedReplicas: 1,
      availableReplicas: 1,
      observedGeneration: 1,
    };
    expect(recheckAfterMs(deployment(), complete, startMs)).toBeUndefined();
  });
});

describe('progress', () => {
  const before: DeploymentStatus = {
    replicas: 10,
    updatedReplicas: 4,
    readyReplicas: 9,
    availableReplicas: 8,
  };
  it.each<[string, DeploymentStatus, boolean]>([
    ['nothing', {}, false],
    ['more updated', { updatedReplicas: 5, replicas: 11 }, true],
    ['fewer old', { replicas: 9 }, true],
    ['more ready', { readyReplicas: 10 }, true],
    ['more available', { availableReplicas: 9 }, true],
    ['fewer available', { availableReplicas: 7, readyReplicas: 7 }, false],
    ['more old', { replicas: 12 }, false],
  ])('%s: %s', (_, change, want) => {
    expect(hasProgressed(before, { ...before, ...change })).toBe(want);
  });
});

describe('pausing', () => {
  it.each<[string, boolean, string | undefined, string | undefined]>([
    ['is noted', true, 'ReplicaSetUpdated', 'DeploymentPaused'],
    ['is noted at the very beginning', true, undefined, 'DeploymentPaused'],
    ['is noted once', true, 'DeploymentPaused', undefined],
    ['ends with a note', false, 'DeploymentPaused', 'DeploymentResumed'],
    ['is not the case', false, 'ReplicaSetUpdated', undefined],
    ['does not hide that the deadline was exceeded', true, 'ProgressDeadlineExceeded', undefined],
  ])('%s', (_, paused, reason, want) => {
    const status = reason === undefined ? {} : { conditions: [progressing(reason)] };
    const condition = pauseCondition(deployment({ paused, status }), startMs);
    expect(condition?.reason).toBe(want);
    if (want !== undefined) expect(condition?.status).toBe('Unknown');
  });

  it('is not noted where there is no deadline', () => {
    expect(pauseCondition(deployment({ paused: true, ...noDeadline }), startMs)).toBeUndefined();
  });
});

describe('a ReplicaSet that was there before', () => {
  const newReplicaSet = replicaSet({ name: 'web-7' });
  it.each<[string, Parameters<typeof deployment>[0], string | undefined]>([
    ['is noted when nothing else is', {}, 'Found new replica set "web-7"'],
    ['is not noted later', { status: { conditions: [progressing('ReplicaSetUpdated')] } }, undefined],
    ['is not noted where there is no deadline', noDeadline, undefined],
  ])('%s', (_, options, want) => {
    const rollout = { deployment: deployment(options), newReplicaSet, oldReplicaSets: [] };
    expect(foundCondition(rollout, startMs)?.message).toBe(want);
  });
});

describe('a failure of a ReplicaSet', () => {
  const failure = (message: string): WorkloadCondition => ({
    type: 'ReplicaFailure',
    status: 'True',
    reason: 'FailedCreate',
    message,
    lastTransitionTime: formatTime(startMs),
  });
  const failing = (name: string, ...conditions: WorkloadCondition[]) =>
    replicaSet({ name, status: { conditions } });
  const failureOf = (status: DeploymentStatus) => conditionOf(status.conditions, 'ReplicaFailure');

  it('is shown by the Deployment, that of the new one before that of others, until it is over', () => {
    const owner = deployment();
    const oldReplicaSets = [failing('web-0', failure('old'))];
    const both = { deployment: owner, newReplicaSet: failing('web-2', failure('new')), oldReplicaSets };
    expect(failureOf(rolloutStatus(both, startMs))).toEqual({
      ...failure('new'),
      lastUpdateTime: formatTime(startMs),
    });
    expect(failureOf(rolloutStatus({ ...both, newReplicaSet: failing('web-2') }, startMs))?.message).toBe(
      'old',
    );
    const status = { conditions: [failure('old')] };
    const over = { deployment: deployment({ status }), newReplicaSet: failing('web-2'), oldReplicaSets: [] };
    expect(failureOf(rolloutStatus(over, startMs))).toBeUndefined();
  });
});
