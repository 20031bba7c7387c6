import { mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type FakeImages, ignoresStop, runsForever } from '@mooring/runtime-fake';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { removeFolder } from '../support/remove-folder.ts';
import { type AgentRig, agentRig } from './support/agent-rig.ts';

let rig: AgentRig;
let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'static-pods-'));
});
afterEach(async () => {
  await rig[Symbol.asyncDispose]();
  removeFolder(folder);
});

const images: FakeImages = {
  'app:1': { run: runsForever },
  'app:2': { run: runsForever },
  stubborn: { run: ignoresStop },
};
const manifest = (image: string, name = 'web') =>
  `apiVersion: v1\nkind: Pod\nmetadata:\n  name: ${name}\nspec:\n  terminationGracePeriodSeconds: 5\n  containers:\n  - name: main\n    image: ${image}\n`;
/** Nobody ever sees half a file. */
const put = (file: string, text: string) => {
  writeFileSync(join(folder, `.${file}`), text);
  renameSync(join(folder, `.${file}`), join(folder, file));
};

/** Real files take real time: virtual time goes by in small steps until it is so. */
async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  const endMs = performance.now() + 10_000;
  while (!(await condition())) {
    if (performance.now() > endMs) throw new Error(`not in time: ${rig.running.join(' ')}`);
    await rig.pass(1000);
  }
}
const runs = (...wanted: string[]) => until(() => JSON.stringify(rig.running) === JSON.stringify(wanted));

describe('the pods of a manifest folder', () => {
  test('run under the name of their node, and say where they come from', async () => {
    put('web.yaml', manifest('app:1'));
    rig = await agentRig({ images, node: { manifests: folder } });
    await runs('web-node-a/main#0');
    const { metadata, spec } = await rig.pod('web-node-a');
    expect(metadata.annotations?.['kubernetes.io/config.source']).toBe('file');
    expect(spec.nodeName).toBe('node-a');
  });

  test('follow their file: changed, it is another pod, after the end of the first', async () => {
    put('web.yaml', manifest('stubborn'));
    rig = await agentRig({ images, node: { manifests: folder } });
    await runs('web-node-a/main#0');
    const { uid } = (await rig.pod('web-node-a')).metadata;
    put('web.yaml', manifest('app:2'));
    await until(async () => (await rig.cluster.get('Pod', 'default', 'web-node-a'))?.metadata.uid !== uid);
    await runs('web-node-a/main#0');
    expect(rig.host.container('web-node-a', 'main').config.image).toBe('app:2');
    const [first, second] = [
      ...rig.factsOf('container.exited'),
      ...rig.factsOf('container.started').slice(1),
    ];
    expect(first?.at).toBeLessThanOrEqual(second?.at ?? 0);
  });

  test('go with their file', async () => {
    put('web.yaml', manifest('app:1'));
    rig = await agentRig({ images, node: { manifests: folder } });
    await runs('web-node-a/main#0');
    rmSync(join(folder, 'web.yaml'));
    await until(async () => !(await rig.exists('web-node-a')));
    expect(rig.running).toEqual([]);
  });

  test('come back when somebody deletes them', async () => {
    put('web.yaml', manifest('app:1'));
    rig = await agentRig({ images, node: { manifests: folder } });
    await runs('web-node-a/main#0');
    // The agent has listed the sandbox, and that made anew has its name.
    await rig.pass(15_000);
    await rig.cluster.delete('Pod', 'default', 'web-node-a');
    await until(() => rig.factsOf('pod.removed').length === 1);
    await runs('web-node-a/main#0');
    expect(rig.factsOf('container.started')).toHaveLength(2);
    expect(rig.reasons({ pod: 'web-node-a' })).not.toContain('Failed');
  });

  test('do not suffer from a bad file among them, which is told', async () => {
    put('bad.yaml', 'kind: Pod\nspec: {containers: 7}');
    put('web.yaml', manifest('app:1'));
    rig = await agentRig({ images, node: { manifests: folder } });
    await runs('web-node-a/main#0');
    const told = rig.logs.filter(({ message }) => message === 'bad manifest');
    expect(told[0]?.fields).toMatchObject({ key: expect.stringContaining('bad.yaml') });
  });

  test('are taken over by an agent that starts anew', async () => {
    put('web.yaml', manifest('app:1'));
    rig = await agentRig({ images, node: { manifests: folder } });
    await runs('web-node-a/main#0');
    const { id } = rig.host.container('web-node-a', 'main').info;
    await rig.restartAgent(1000);
    await rig.pass(30_000);
    await runs('web-node-a/main#0');
    expect(rig.host.container('web-node-a', 'main').info.id).toBe(id);
  });
});
