/** A whole agent, a real engine, and a registry that wants to know who asks. */

import { type Cluster, createAgent, type Secret, type StoredPod } from '@mooring/core';
import { afterAll, beforeAll, expect, vi } from 'vitest';
import { dockerSocket } from '../../../../test/support/engines.ts';
import { dockerRuntime } from '../../src/docker-plugin.ts';
import type { Differences } from '../support/differences.ts';
import { removeImages } from '../support/images.ts';
import { type Registry, registryLogin } from '../support/registry.ts';

const timeoutMs = 120_000;
/** In the words of Docker, and of podman. */
const refusal = /no basic auth credentials|authentication required/;

let registry: Registry;
let agent: Cluster;
let image: string;

const podOf = (name: string, imagePullSecrets: readonly { readonly name: string }[]) => ({
  ...{ apiVersion: 'v1', kind: 'Pod', metadata: { name } },
  spec: {
    ...{ hostNetwork: true, terminationGracePeriodSeconds: 0, imagePullSecrets },
    containers: [{ name: 'main', image, imagePullPolicy: 'Always' as const }],
  },
});

async function stateWhen(pod: string, isMet: (state: ContainerState) => boolean): Promise<ContainerState> {
  const stateOf = (object: unknown) =>
    (object as StoredPod | undefined)?.status?.containerStatuses?.[0]?.state ?? {};
  const found = await agent.waitFor(`Pod/default/${pod}`, (object) => isMet(stateOf(object)), { timeoutMs });
  return stateOf(found);
}

type ContainerState = NonNullable<
  NonNullable<StoredPod['status']>['containerStatuses']
>[number]['state'] & {};

const linesOf = async (pod: string) =>
  (await agent.events(`Pod/default/${pod}`)).map(({ reason, message }) => `${reason}: ${message}`);

/** With the registry that `open` gives, which is closed at the end. */
export function pullSuite(differences: Differences, open: () => Promise<Registry>): void {
  beforeAll(async () => {
    registry = await open();
    image = `${registry.address}/private:1`;
    agent = await createAgent({
      name: 'node-a',
      plugins: [dockerRuntime({ host: `unix://${dockerSocket()}` })],
    });
  }, timeoutMs);
  afterAll(async () => {
    await agent?.close();
    removeImages(image);
    await registry?.[Symbol.asyncDispose]();
  }, timeoutMs);

  differences.sequential('without a secret it is refused, in the words of the engine', async () => {
    await agent.apply(podOf('refused', []));
    const { waiting } = await stateWhen('refused', (state) => state.waiting?.reason === 'ImagePullBackOff');
    expect(waiting?.message).toMatch(/^Back-off pulling image ".*": ErrImagePull: /);
    expect(waiting?.message).toMatch(refusal);
    const lines = [
      `Pulling: Pulling image "${image}"`,
      expect.stringMatching(/^Failed: Failed to pull image ".*": /),
      'Failed: Error: ErrImagePull',
      `BackOff: Back-off pulling image "${image}"`,
    ];
    // Events are written beside the status.
    await vi.waitFor(async () => expect(await linesOf('refused')).toEqual(expect.arrayContaining(lines)), {
      timeout: timeoutMs,
    });
    expect(registry.users).toEqual(new Set());
  });

  differences.sequential('with the secret that its pod names it is fetched, and runs', async () => {
    const { username, password } = registryLogin;
    const auths = {
      'registry.example.com': { username: 'nobody', password: 'x' },
      [registry.address]: { auth: Buffer.from(`${username}:${password}`).toString('base64') },
    };
    const secret: Secret = {
      ...{ apiVersion: 'v1', kind: 'Secret', metadata: { name: 'registry' } },
      ...{
        type: 'kubernetes.io/dockerconfigjson',
        stringData: { '.dockerconfigjson': JSON.stringify({ auths }) },
      },
    };
    await agent.apply([secret, podOf('allowed', [{ name: 'registry' }])]);
    await stateWhen('allowed', ({ running }) => running !== undefined);
    const pulled =
      /^Pulled: Successfully pulled image "127\S+" in \S+ \(\S+ including waiting\)\. Image size: \d+ bytes\.$/;
    const isPulled = async () => (await linesOf('allowed')).some((line) => pulled.test(line));
    await vi.waitUntil(isPulled, { timeout: timeoutMs });
    expect(registry.users).toEqual(new Set([username]));
  });
}
