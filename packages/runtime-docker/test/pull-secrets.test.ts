/** A whole agent, a real engine, and a registry that wants to know who asks. */

import { type Cluster, createAgent, type Secret, type StoredPod } from '@mooring/core';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { describeWithEngine, dockerSocket } from '../../../test/support/engines.ts';
import { dockerRuntime } from '../src/docker-plugin.ts';
import { removeImages } from './support/images.ts';
import { Registry } from './support/registry.ts';

const timeoutMs = 120_000;
const login = { username: 'robot', password: 'pa:ss' };

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

describeWithEngine(['docker'], 'pulls from a registry that wants a login', () => {
  beforeAll(async () => {
    registry = await Registry.open(login);
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

  it('without a secret it is refused, in the words of the engine', { timeout: timeoutMs }, async () => {
    await agent.apply(podOf('refused', []));
    const { waiting } = await stateWhen('refused', (state) => state.waiting?.reason === 'ImagePullBackOff');
    expect(waiting?.message).toMatch(
      /^Back-off pulling image ".*": ErrImagePull: .*no basic auth credentials/,
    );
    const lines = [
      `Pulling: Pulling image "${image}"`,
      expect.stringMatching(/^Failed: Failed to pull image ".*": .*no basic auth credentials/),
      'Failed: Error: ErrImagePull',
      `BackOff: Back-off pulling image "${image}"`,
    ];
    // Events are written beside the status.
    await vi.waitFor(async () => expect(await linesOf('refused')).toEqual(expect.arrayContaining(lines)), {
      timeout: timeoutMs,
    });
    expect(registry.users).toEqual(new Set());
  });

  it('with the secret that its pod names it is fetched, and runs', { timeout: timeoutMs }, async () => {
    const auths = {
      'registry.example.com': { username: 'nobody', password: 'x' },
      [registry.address]: { auth: Buffer.from(`${login.username}:${login.password}`).toString('base64') },
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
      /^Pulled: Successfully pulled image "127\S+" in \S+ \(\S+ including waiting\)\. Image size: 1\d\d bytes\.$/;
    const isPulled = async () => (await linesOf('allowed')).some((line) => pulled.test(line));
    await vi.waitUntil(isPulled, { timeout: timeoutMs });
    expect(registry.users).toEqual(new Set([login.username]));
  });
});
