/** What a container's actor passes on, and what it keeps to itself. */

import { describe, expect, it } from 'vitest';
import type { ContainerInfo } from '../../../src/contract/container-runtime.ts';
import {
  type ContainerContext,
  initialContext,
  isFirstVerdict,
  probeNotice,
  saysTheSame,
} from '../../../src/kubelet/container/container-context.ts';
import type { ProbeVerdictChanged } from '../../../src/kubelet/probe/probe-machine.ts';

const running: ContainerInfo = {
  id: 'c1',
  name: 'c1',
  podUID: 'u',
  containerName: 'main',
  attempt: 0,
  labels: {},
  image: 'web',
  imageRef: 'web',
  sandboxID: 's',
  state: 'running',
  createdAtMs: 0,
  startedAtMs: 0,
};

function contextWith(changes: Partial<ContainerContext>): ContainerContext {
  const owner = {} as ContainerContext['input']['owner'];
  const input = { owner, podUID: 'u', name: 'main', probes: [], adopted: [running], adoptedVerdicts: {} };
  return { ...initialContext(input), ...changes };
}

describe('isFirstVerdict', () => {
  const cases = [
    { probe: 'liveness', verdict: 'success', verdicts: {}, want: true },
    { probe: 'readiness', verdict: 'failure', verdicts: {}, want: true },
    { probe: 'startup', verdict: 'unknown', verdicts: {}, want: true },
    { probe: 'liveness', verdict: 'failure', verdicts: {}, want: false },
    { probe: 'readiness', verdict: 'success', verdicts: {}, want: false },
    { probe: 'startup', verdict: 'success', verdicts: {}, want: false },
    { probe: 'readiness', verdict: 'failure', verdicts: { readiness: 'success' }, want: false },
  ] as const;
  for (const { probe, verdict, verdicts, want } of cases) {
    const before = JSON.stringify(verdicts);
    it(`${probe} ${verdict} after ${before} is ${want ? 'taken for granted' : 'news'}`, () => {
      const event: ProbeVerdictChanged = {
        type: 'probe.verdict-changed',
        probe,
        verdict,
        containerID: 'c1',
        message: '',
      };
      expect(isFirstVerdict(contextWith({ verdicts }), event)).toBe(want);
    });
  }
});

describe('saysTheSame', () => {
  const before = probeNotice(contextWith({}));

  it('holds while only verdicts change', () => {
    const context = contextWith({ verdicts: { liveness: 'failure', readiness: 'success' } });
    expect(saysTheSame(before, probeNotice(context))).toBe(true);
  });

  const news: readonly { readonly name: string; readonly info: Partial<ContainerInfo> }[] = [
    { name: 'another instance', info: { id: 'c2' } },
    { name: 'the end of the instance', info: { state: 'exited' } },
    { name: 'another time of the start', info: { startedAtMs: 5 } },
  ];
  for (const { name, info } of news) {
    it(`does not hold for ${name}`, () => {
      const context = contextWith({ instances: [{ ...running, ...info }] });
      expect(saysTheSame(before, probeNotice(context))).toBe(false);
    });
  }

  it('does not hold before the first notice', () => expect(saysTheSame(undefined, before)).toBe(false));
});
