import { describe, expect, it } from 'vitest';
import type { Container } from '../../../src/api/pod.ts';
import { instanceConfig } from '../../../src/kubelet/container/instance-config.ts';
import type { NodeContext, PodRecord } from '../../../src/kubelet/node-context.ts';

const never = new AbortController().signal;

async function problemOf(securityContext: Container['securityContext'], imageUser?: string) {
  const container: Container = { name: 'main', image: 'x', ...(securityContext && { securityContext }) };
  const record = {
    pod: { metadata: { uid: 'u', name: 'web', namespace: 'shop' }, spec: { containers: [container] } },
    sandbox: { id: 's', ip: '10.0.0.1' },
    imageRefs: new Map(),
    imageUsers: new Map(imageUser === undefined ? [] : [['x', imageUser]]),
  } as unknown as PodRecord;
  const node = {
    ...{ nodeName: 'n', hostIP: '10.0.0.9', allocatable: {}, objects: {} },
    servicesSeenFrom: () => [],
    runtime: { capabilities: {} },
  } as unknown as NodeContext;
  const answer = await instanceConfig(node, record, container, undefined, never);
  return answer.ok ? undefined : answer.message;
}

describe('runAsNonRoot', () => {
  const where = '(pod: "web_shop(u)", container: main)';
  const asRoot = `container has runAsNonRoot and image will run as root ${where}`;
  const unknown = (user: string) =>
    `container has runAsNonRoot and image has non-numeric user (${user}), cannot verify user is non-root ${where}`;

  it.each([
    ['is nothing to a pod that does not ask for it', {}, '', undefined],
    ['is broken by user 0 of the pod', { runAsUser: 0 }, '1000', 'breaks'],
    ['is kept by another user of the pod, whatever that of the image', { runAsUser: 5 }, '', undefined],
    ['is broken by an image without a user', {}, '', asRoot],
    ['is broken by an image of user 0', {}, '0:0', asRoot],
    ['is kept by an image of another user', {}, '1000:0', undefined],
    ['cannot be verified by a name', {}, 'nginx', unknown('nginx')],
    ['is left to a runtime that does not know the user', {}, undefined, undefined],
  ] as const)('%s', async (title, context, imageUser, want) => {
    const asked = title.startsWith('is nothing') ? context : { ...context, runAsNonRoot: true };
    const problem = await problemOf(asked, imageUser);
    expect(problem).toBe(want === 'breaks' ? `container's runAsUser breaks non-root policy ${where}` : want);
  });
});
