import { mkdir, mkdtemp, rename, rm, symlink, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Pod, StoredPod } from '../../../src/api/pod.ts';
import {
  type ManifestFolderOptions,
  type ParsedPods,
  watchManifestFolder,
} from '../../../src/kubelet/static-pods/manifest-folder.ts';
import { TestClock } from '../../../src/testing/test-clock.ts';

/** Manifests of these tests: one JSON pod a line; a line that is none is a mistake. */
function parse(text: string): ParsedPods {
  const pods: Pod[] = [];
  const errors: string[] = [];
  for (const line of text.split('\n').filter((one) => one !== '')) {
    if (line === 'explode') throw new Error('the parser exploded');
    if (line.startsWith('{')) pods.push(JSON.parse(line));
    else errors.push(`not a pod: ${line}`);
  }
  return { pods, errors };
}

function manifest(name: string, image = 'nginx'): string {
  const spec = { containers: [{ name: 'main', image }] };
  return JSON.stringify({ apiVersion: 'v1', kind: 'Pod', metadata: { name }, spec });
}

let folder: string;
let watching: Watching[];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'mooring-manifests-'));
  watching = [];
});

afterEach(async () => {
  await Promise.all(watching.map((one) => one.stop()));
  await rm(folder, { recursive: true, force: true });
});

/** A running watch and what it has said. */
class Watching {
  readonly clock = new TestClock();
  readonly sets: (readonly StoredPod[])[] = [];
  readonly errors: string[] = [];
  private readonly controller = new AbortController();
  private readonly ended: Promise<void>;

  constructor(options: Partial<ManifestFolderOptions> = {}) {
    this.ended = watchManifestFolder({
      path: folder,
      nodeName: 'Node-A',
      clock: this.clock,
      parse,
      onPods: (pods) => this.sets.push(pods),
      onError: ({ file, message }) => this.errors.push(`${file.slice(folder.length)}: ${message}`),
      signal: this.controller.signal,
      ...options,
    });
    watching.push(this);
  }

  get pods(): readonly StoredPod[] {
    return this.sets.at(-1) ?? [];
  }

  get names(): string[] {
    return this.pods.map((pod) => pod.metadata.name);
  }

  /** Lets virtual time pass until the condition holds; the disk takes real time meanwhile. */
  async until(condition: () => boolean): Promise<void> {
    const realEndMs = performance.now() + 10_000;
    while (!condition()) {
      if (performance.now() > realEndMs) throw new Error(`waited in vain: ${this.names} ${this.errors}`);
      await this.clock.advanceBy(100);
    }
  }

  async stop(): Promise<void> {
    this.controller.abort();
    await this.ended;
  }
}

async function started(options: Partial<ManifestFolderOptions> = {}): Promise<Watching> {
  const watch = new Watching(options);
  await watch.until(() => watch.sets.length > 0);
  return watch;
}

/** In one step, so that no reading ever catches half a file. */
async function put(name: string, ...lines: string[]): Promise<void> {
  const fresh = join(folder, '.fresh');
  await writeFile(fresh, lines.join('\n'));
  await rename(fresh, join(folder, name));
}

describe('a watched folder', () => {
  it('gives the pods of its files in order, without subdirectories and dot files', async () => {
    await put('b.yaml', manifest('b'));
    await put('a.yaml', manifest('a1'), manifest('a2'));
    await put('.swp', manifest('hidden'));
    await mkdir(join(folder, 'sub'));
    await put('sub/c.yaml', manifest('c'));
    const watch = await started();
    expect(watch.names).toEqual(['a1-node-a', 'a2-node-a', 'b-node-a']);
    expect(watch.errors).toEqual([]);
  });

  it('makes each pod one of this node', async () => {
    await put('web.yaml', manifest('web'));
    const watch = await started();
    const [pod] = watch.pods;
    const hash = pod?.metadata.uid;
    expect(hash).toMatch(/^[0-9a-f]{32}$/);
    expect(pod).toMatchObject({
      metadata: {
        name: 'web-node-a',
        namespace: 'default',
        creationTimestamp: expect.stringMatching(/^2026-01-01T00:\d\d:\d\dZ$/),
        annotations: {
          'kubernetes.io/config.source': 'file',
          'kubernetes.io/config.hash': hash,
          'kubernetes.io/config.seen': expect.stringMatching(/^2026-01-01T00:\d\d:\d\d\.\d{3}Z$/),
        },
      },
      spec: { nodeName: 'Node-A', tolerations: [{ operator: 'Exists', effect: 'NoExecute' }] },
    });
  });

  it('keeps names, namespaces, UIDs, annotations and tolerations that are given', async () => {
    const given = JSON.parse(manifest('web'));
    given.metadata = { ...given.metadata, namespace: 'shop', uid: 'mine', annotations: { note: 'x' } };
    given.spec.tolerations = [
      { key: 'disk', operator: 'Exists' },
      { operator: 'Exists', effect: 'NoExecute' },
    ];
    await put('web.yaml', JSON.stringify(given));
    const [pod] = (await started()).pods;
    expect(pod?.metadata).toMatchObject({ namespace: 'shop', uid: 'mine', annotations: { note: 'x' } });
    expect(pod?.spec.tolerations).toHaveLength(2);
  });

  it('gives the same pod the same UID after a restart, whatever the order of its keys', async () => {
    await put('web.yaml', manifest('web'));
    const first = (await started()).pods[0]?.metadata.uid;
    const { apiVersion, kind, metadata, spec } = JSON.parse(manifest('web'));
    await put('web.yaml', JSON.stringify({ spec, metadata, kind, apiVersion }));
    expect((await started()).pods[0]?.metadata.uid).toBe(first);
    expect((await started({ nodeName: 'other' })).pods[0]?.metadata.uid).not.toBe(first);
    await rename(join(folder, 'web.yaml'), join(folder, 'moved.yaml'));
    expect((await started()).pods[0]?.metadata.uid).not.toBe(first);
  });

  it('notices files that come, change and go without waiting for the next reading', async () => {
    const watch = await started({ rereadMs: Number.MAX_SAFE_INTEGER });
    expect(watch.names).toEqual([]);
    await put('web.yaml', manifest('web'));
    await watch.until(() => watch.names.includes('web-node-a'));
    const before = watch.pods[0];
    await put('web.yaml', manifest('web', 'httpd'));
    await watch.until(() => watch.pods[0]?.spec.containers[0]?.image === 'httpd');
    expect(watch.pods[0]?.metadata.uid).not.toBe(before?.metadata.uid);
    await rm(join(folder, 'web.yaml'));
    await watch.until(() => watch.names.length === 0);
  });

  it('notices what no hint tells by reading again after twenty seconds', async () => {
    const elsewhere = await mkdtemp(join(tmpdir(), 'mooring-elsewhere-'));
    try {
      const target = join(elsewhere, 'web.yaml');
      await writeFile(target, manifest('web'));
      await symlink(target, join(folder, 'web.yaml'));
      const watch = await started();
      const startedMs = watch.clock.monotonicMs();
      await writeFile(target, manifest('changed'));
      await watch.until(() => watch.names.includes('changed-node-a'));
      expect(watch.clock.monotonicMs() - startedMs).toBeGreaterThanOrEqual(20_000);
    } finally {
      await rm(elsewhere, { recursive: true });
    }
  });

  it('speaks only when the set of pods changes', async () => {
    await put('web.yaml', manifest('web'));
    const watch = await started();
    await put('note.yaml', '');
    await put('more.yaml', manifest('more'));
    await watch.until(() => watch.names.length === 2);
    await watch.clock.advanceBy(100_000);
    expect(watch.sets).toHaveLength(2);
  });

  it('keeps a pod as it was first seen while its file changes around it', async () => {
    await put('web.yaml', manifest('web'));
    const watch = await started();
    const [before] = watch.pods;
    await watch.clock.advanceBy(5000);
    await put('web.yaml', manifest('web'), manifest('second'));
    await watch.until(() => watch.names.length === 2);
    expect(watch.pods[0]).toBe(before);
  });

  it('tells a changed pod from the one before even when both bring one UID', async () => {
    const fixed = (image: string) => {
      const pod = JSON.parse(manifest('web', image));
      return JSON.stringify({ ...pod, metadata: { ...pod.metadata, uid: 'fixed' } });
    };
    await put('web.yaml', fixed('one'));
    const watch = await started();
    await put('web.yaml', fixed('two'));
    await watch.until(() => watch.pods[0]?.spec.containers[0]?.image === 'two');
  });
});

describe('a bad file', () => {
  it('is reported once, and the others load', async () => {
    await put('a-bad.yaml', 'nonsense');
    await put('b-worse.yaml', 'explode');
    await put('c-unnamed.yaml', JSON.stringify({ apiVersion: 'v1', kind: 'Pod', metadata: {}, spec: {} }));
    await put('good.yaml', manifest('good'));
    await writeFile(join(folder, 'huge.yaml'), '');
    await truncate(join(folder, 'huge.yaml'), 10 * 1024 * 1024 + 1);
    const watch = await started();
    expect(watch.names).toEqual(['good-node-a']);
    await watch.clock.advanceBy(60_000);
    expect(watch.errors).toEqual([
      '/a-bad.yaml: not a pod: nonsense',
      '/b-worse.yaml: the parser exploded',
      '/c-unnamed.yaml: metadata.name: Required value',
      '/huge.yaml: is larger than 10 MiB',
    ]);
  });

  it('does not end the pods that it described before', async () => {
    await put('web.yaml', manifest('web'), manifest('second'));
    const watch = await started();
    const [web, second] = watch.pods;
    await put('web.yaml', 'half a file');
    await watch.until(() => watch.errors.length === 1);
    expect(watch.pods).toEqual([web, second]);
    await put('web.yaml', manifest('web', 'httpd'), 'half a pod');
    await watch.until(() => watch.pods[0]?.spec.containers[0]?.image === 'httpd');
    expect(watch.pods[1]).toBe(second);
    await put('web.yaml', manifest('web', 'httpd'));
    await watch.until(() => watch.names.length === 1);
    expect(watch.errors).toEqual(['/web.yaml: not a pod: half a file', '/web.yaml: not a pod: half a pod']);
  });

  it('that was emptied keeps its pods until it is removed', async () => {
    await put('web.yaml', manifest('web'));
    const watch = await started();
    const [web] = watch.pods;
    await put('web.yaml', '');
    await watch.until(() => watch.errors.length === 1);
    expect(watch.errors).toEqual([
      '/web.yaml: holds no pods any more: those that it described run on until the file is removed',
    ]);
    expect(watch.pods).toEqual([web]);
    await rm(join(folder, 'web.yaml'));
    await watch.until(() => watch.names.length === 0);
  });

  it('is reported again when it turned bad again', async () => {
    const watch = await started();
    await put('web.yaml', 'bad');
    await watch.until(() => watch.errors.length === 1);
    await put('web.yaml', manifest('web'));
    await watch.until(() => watch.names.length === 1);
    await put('web.yaml', 'bad');
    await watch.until(() => watch.errors.length === 2);
  });

  it('that repeats a name of another file is left out, with the words of Kubernetes', async () => {
    await put('a.yaml', manifest('web', 'first'));
    await put('b.yaml', manifest('web', 'second'));
    const watch = await started();
    expect(watch.pods.map((pod) => pod.spec.containers[0]?.image)).toEqual(['first']);
    expect(watch.errors).toEqual([
      '/b.yaml: Error validating pod web-node-a_default from file due to duplicate pod name "web-node-a", ignoring',
    ]);
  });
});

describe('a path', () => {
  it('may be one file, which editors replace by renaming', async () => {
    await put('web.yaml', manifest('web'));
    await put('other.yaml', manifest('other'));
    const watch = await started({ path: join(folder, 'web.yaml'), rereadMs: Number.MAX_SAFE_INTEGER });
    expect(watch.names).toEqual(['web-node-a']);
    await put('web.tmp', manifest('edited'));
    await rename(join(folder, 'web.tmp'), join(folder, 'web.yaml'));
    await watch.until(() => watch.names.includes('edited-node-a'));
  });

  it('that does not exist is reported and means no pods, until it comes', async () => {
    const path = join(folder, 'later');
    const watch = await started({ path });
    expect(watch.names).toEqual([]);
    expect(watch.errors).toEqual(['/later: does not exist']);
    await mkdir(path);
    await put('later/web.yaml', manifest('web'));
    await watch.until(() => watch.names.includes('web-node-a'));
    await put('later/more.yaml', manifest('more'));
    await watch.until(() => watch.names.length === 2);
  });

  it('is not looked at any more after the signal', async () => {
    const watch = await started();
    await watch.stop();
    expect(watch.clock.pending).toBe(0);
    await put('web.yaml', manifest('web'));
    await watch.clock.advanceBy(100_000);
    expect(watch.sets).toHaveLength(1);
  });
});
