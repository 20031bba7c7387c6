import type { Mount } from '@mooring/core';
import { MemoryDisk, TestClock } from '@mooring/core/testing';
import { FakeFiles, FakeHost, FakeRuntime } from '@mooring/runtime-fake';
import { describe, expect, test } from 'vitest';
import { startInPod } from './run-script.ts';

const mount = (hostPath: string, containerPath: string, readOnly = false): Mount => ({
  volumeName: 'volume',
  hostPath,
  containerPath,
  readOnly,
});

describe('the files of a fake container', () => {
  test('are its own where nothing is mounted', () => {
    const disk = new MemoryDisk();
    const [one, other] = [new FakeFiles(disk, []), new FakeFiles(disk, [])];
    one.write('/tmp/a', 'text');
    one.append('/tmp/../tmp//a', ' more');
    expect(one.read('/tmp/a')).toBe('text more');
    expect(other.exists('/tmp/a')).toBe(false);
  });

  test('are those of the node below a mount', () => {
    const disk = new MemoryDisk();
    disk.writeFile('/volumes/uid/config/app.yaml', 'a: 1');
    const files = new FakeFiles(disk, [mount('/volumes/uid/config', '/etc/app')]);
    expect(files.read('/etc/app/app.yaml')).toBe('a: 1');
    expect(files.list('/etc/app')).toEqual(['app.yaml']);
    files.write('/etc/app/new', 'b');
    expect(new FakeFiles(disk, [mount('/volumes/uid/config', '/other')]).read('/other/new')).toBe('b');
  });

  test('are those of the deepest mount', () => {
    const disk = new MemoryDisk();
    disk.writeFile('/v/uid/secret', 'deep');
    const files = new FakeFiles(disk, [
      mount('/v/data', '/data'),
      mount('/v/uid/secret', '/data/secret', true),
    ]);
    files.write('/data/plain', 'x');
    expect(files.read('/data/secret')).toBe('deep');
    expect(() => files.write('/data/secret', '')).toThrow('Read-only file system');
  });

  test.each([
    { name: 'nothing is there', act: (files: FakeFiles) => files.read('/tmp/none'), words: 'No such file' },
    { name: 'it is a directory', act: (files: FakeFiles) => files.read('/tmp'), words: 'Is a directory' },
    {
      name: 'the directory is missing',
      act: (files: FakeFiles) => files.write('/data/a', ''),
      words: 'nonexistent',
    },
    {
      name: 'it would hide a directory',
      act: (files: FakeFiles) => files.write('/tmp', ''),
      words: 'Is a directory',
    },
    {
      name: 'the directory is there',
      act: (files: FakeFiles) => files.makeDirectory('/tmp'),
      words: 'File exists',
    },
  ])('cannot be used when $name', ({ act, words }) => {
    expect(() => act(new FakeFiles(new MemoryDisk(), []))).toThrow(words);
  });

  test('outlive a container only below its mounts', async () => {
    const clock = new TestClock();
    const host = new FakeHost({ clock, images: { busybox: {} }, files: new MemoryDisk() });
    const runtime = new FakeRuntime(host);
    const { signal } = new AbortController();
    const script = 'echo x >> /data/n; echo x >> /tmp/n; wc -l < /data/n; wc -l < /tmp/n';
    const mounts = [mount('/volumes/uid/data', '/data')];
    const printed: string[] = [];
    for (const attempt of [0, 1]) {
      const id = await startInPod(runtime, ['sh', '-c', script], { attempt, mounts });
      await clock.advanceBy(0);
      for await (const { text } of runtime.logs(id, {}, signal)) printed.push(text);
    }
    expect(printed).toEqual(['1', '1', '2', '1']);
  });
});
