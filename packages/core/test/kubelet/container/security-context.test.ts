import { describe, expect, it } from 'vitest';
import { securityContextOf } from '../../../src/kubelet/container/security-context.ts';

describe('the security context of a container', () => {
  it.each([
    { why: 'nobody says anything', pod: undefined, container: undefined, effective: undefined },
    {
      why: 'only the pod says who',
      pod: { runAsUser: 7, runAsGroup: 8 },
      container: undefined,
      effective: { runAsUser: 7, runAsGroup: 8 },
    },
    {
      why: 'the container says otherwise',
      pod: { runAsUser: 7, runAsGroup: 8 },
      container: { runAsUser: 9 },
      effective: { runAsUser: 9, runAsGroup: 8 },
    },
    {
      why: 'the container allows root',
      pod: { runAsNonRoot: true },
      container: { runAsNonRoot: false },
      effective: { runAsNonRoot: false },
    },
    { why: 'it is not of containers', pod: { fsGroup: 1 }, container: undefined, effective: undefined },
    {
      why: 'each says something else',
      pod: { runAsUser: 7 },
      container: { privileged: true },
      effective: { runAsUser: 7, privileged: true },
    },
  ])('when $why', ({ pod, container, effective }) => {
    const of = <T>(securityContext: T | undefined) =>
      securityContext === undefined ? {} : { securityContext };
    expect(securityContextOf(of(pod), of(container))).toEqual(effective);
  });
});
