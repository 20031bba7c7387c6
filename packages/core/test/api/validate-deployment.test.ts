import { describe, expect, it } from 'vitest';
import type { Json } from './pod-examples.ts';
import { objectComplaints, workload } from './workload-examples.ts';

const at = 'spec.strategy.rollingUpdate';
const percentWords =
  "a valid percent string must be a numeric string followed by an ending '%' (e.g. '1%',  or '93%', regex used for validation is '[0-9]+%')";

function rolling(rollingUpdate: Json): Json {
  return { strategy: { rollingUpdate } };
}

const rows: readonly { readonly name: string; readonly spec: Json; readonly want: readonly string[] }[] = [
  {
    name: 'a strategy that there is not',
    spec: { strategy: { type: 'BlueGreen' } },
    want: [
      'spec.strategy: Unsupported value: {"type":"BlueGreen"}: supported values: "Recreate", "RollingUpdate"',
    ],
  },
  {
    name: 'both strategies',
    spec: { strategy: { type: 'Recreate', rollingUpdate: { maxSurge: 1 } } },
    want: [`${at}: Forbidden: may not be specified when strategy \`type\` is 'Recreate'`],
  },
  {
    name: 'no room to move, in numbers',
    spec: rolling({ maxSurge: 0, maxUnavailable: 0 }),
    want: [`${at}.maxUnavailable: Invalid value: 0: may not be 0 when \`maxSurge\` is 0`],
  },
  {
    name: 'no room to move, in percent',
    spec: rolling({ maxSurge: '0%', maxUnavailable: '00%' }),
    want: [`${at}.maxUnavailable: Invalid value: "00%": may not be 0 when \`maxSurge\` is 0`],
  },
  {
    name: 'amounts that are none',
    spec: rolling({ maxSurge: 'a lot', maxUnavailable: '-5%' }),
    want: [
      `${at}.maxUnavailable: Invalid value: "-5%": ${percentWords}`,
      `${at}.maxSurge: Invalid value: "a lot": ${percentWords}`,
      `${at}.maxUnavailable: Invalid value: "-5%": may not be 0 when \`maxSurge\` is 0`,
    ],
  },
  {
    name: 'negative amounts',
    spec: rolling({ maxSurge: -1, maxUnavailable: -2 }),
    want: [
      `${at}.maxUnavailable: Invalid value: -2: must be greater than or equal to 0`,
      `${at}.maxSurge: Invalid value: -1: must be greater than or equal to 0`,
    ],
  },
  {
    name: 'more than all of them',
    spec: rolling({ maxSurge: '300%', maxUnavailable: '101%' }),
    want: [`${at}.maxUnavailable: Invalid value: "101%": must not be greater than 100%`],
  },
  {
    name: 'more than anybody can count',
    spec: rolling({ maxUnavailable: `${'9'.repeat(30)}%` }),
    want: [`${at}.maxUnavailable: Invalid value: "${'9'.repeat(30)}%": must not be greater than 100%`],
  },
  { name: 'all of them', spec: rolling({ maxSurge: 0, maxUnavailable: '100%' }), want: [] },
  { name: 'half a field', spec: rolling({ maxSurge: 0 }), want: [] },
  {
    name: 'amounts of a wrong type',
    spec: rolling({ maxSurge: 1.5, maxUnavailable: true }),
    want: [
      `${at}.maxSurge: Invalid value: 1.5: must be an integer or a string`,
      `${at}.maxUnavailable: Invalid value: true: must be an integer or a string`,
    ],
  },
  {
    name: 'a deadline before a pod could count',
    spec: { progressDeadlineSeconds: 10, minReadySeconds: 10 },
    want: ['spec.progressDeadlineSeconds: Invalid value: 10: must be greater than minReadySeconds'],
  },
  {
    name: 'a negative deadline and history',
    spec: { progressDeadlineSeconds: -1, revisionHistoryLimit: -1 },
    want: [
      'spec.revisionHistoryLimit: Invalid value: -1: must be greater than or equal to 0',
      'spec.progressDeadlineSeconds: Invalid value: -1: must be greater than or equal to 0',
      'spec.progressDeadlineSeconds: Invalid value: -1: must be greater than minReadySeconds',
    ],
  },
];

describe('a Deployment', () => {
  it.each(rows)('with $name', ({ spec, want }) => {
    expect(objectComplaints(workload('Deployment', spec))).toEqual(want);
  });
});
