import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { MooringError } from '../../src/contract/error.ts';
import { loadManifest } from '../../src/manifest/load.ts';

const seed = join(import.meta.dirname, '../../../../examples/seed');
let folder = '';

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'mooring-manifest-'));
});

afterAll(async () => {
  await rm(folder, { recursive: true });
});

async function file(name: string, content: string | Uint8Array): Promise<string> {
  const path = join(folder, name);
  await writeFile(path, content);
  return path;
}

async function failure(path: string): Promise<MooringError> {
  const outcome = await loadManifest(path).then(
    () => undefined,
    (error: unknown) => error,
  );
  if (outcome instanceof MooringError) return outcome;
  throw new Error(`wanted a MooringError, got ${String(outcome)}`);
}

describe('the manifests of the examples', () => {
  it.each([
    ['pod-liveness-http.yaml', 'Pod', 'liveness-http'],
    ['pod-tcp-probes.yaml', 'Pod', 'goproxy'],
    ['replicaset.yaml', 'ReplicaSet', 'my-app-rs'],
    ['replicationcontroller.yaml', 'ReplicationController', 'my-app-rc'],
  ])('%s loads as it is', async (name, kind, objectName) => {
    const warnings: unknown[] = [];
    const objects = await loadManifest(join(seed, name), { onWarning: (warning) => warnings.push(warning) });
    expect(objects.map((object) => [object.kind, object.metadata.name])).toEqual([[kind, objectName]]);
    expect(warnings).toEqual([]);
  });

  it('keep every field of a controller', async () => {
    const [replicaSet] = await loadManifest(join(seed, 'replicaset.yaml'));
    expect(replicaSet).toMatchObject({
      spec: {
        replicas: 3,
        selector: { matchExpressions: [{ key: 'env', operator: 'In', values: ['production', 'staging'] }] },
        template: { spec: { containers: [{ ports: [{ containerPort: 80 }] }] } },
      },
    });
  });

  it('say of a fragment that it is one', async () => {
    const error = await failure(join(seed, 'readiness-tcp-fragment.yaml'));
    expect(error.code).toBe('INVALID');
    expect(error.message).toContain('put it under spec.containers[] of a Pod');
  });
});

describe('a file', () => {
  it('with mistakes is refused with all of them, in the message and as fields', async () => {
    const path = await file('bad.yaml', 'apiVersion: v1\nkind: Pod\nmetadata: {name: A}\nspec: {}\n');
    const error = await failure(path);
    expect(error.code).toBe('INVALID');
    expect(error.fields?.map((field) => field.field)).toEqual(['metadata.name', 'spec.containers']);
    const [head, ...lines] = error.message.split('\n');
    expect(head).toBe('bad.yaml has 2 mistakes:');
    expect(lines[1]).toBe(`  ${path}:4 (document 1): spec.containers: Required value`);
  });

  it('that is no YAML is a matter of syntax', async () => {
    expect((await failure(await file('tab.yaml', 'a:\n\tb: 1'))).code).toBe('MANIFEST_SYNTAX');
  });

  it('that is no UTF-8 is told the line', async () => {
    const error = await failure(await file('latin1.yaml', Buffer.from('a: b\nc: \xe9\n', 'latin1')));
    expect(error.code).toBe('MANIFEST_SYNTAX');
    expect(error.message).toContain('latin1.yaml:2 (document 1): the text is not valid UTF-8');
  });

  it('that is too large is not read', async () => {
    const path = await file('large.yaml', 'x'.repeat(100));
    await expect(loadManifest(path, { limits: { bytesMax: 99 } })).rejects.toMatchObject({
      code: 'MANIFEST_SYNTAX',
      message: `${path} has 100 bytes; at most 99 are read`,
    });
  });

  it('that is not there, or no file, is said to be so', async () => {
    expect((await failure(join(folder, 'gone.yaml'))).code).toBe('NOT_FOUND');
    await mkdir(join(folder, 'folder'));
    expect((await failure(join(folder, 'folder'))).message).toContain('is not a regular file');
  });
});
