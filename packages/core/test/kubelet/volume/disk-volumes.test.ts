import { mkdir, readdir, readFile, readlink, rm, symlink, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { StoredPod } from '../../../src/api/pod.ts';
import { contentDigest, replaceFiles } from '../../../src/kubelet/volume/atomic-directory.ts';
import { checkHostPath } from '../../../src/kubelet/volume/host-path.ts';
import { isMountPoint } from '../../../src/kubelet/volume/tmpfs.ts';
import { configMap, podWith, surroundings } from '../environment/surroundings.ts';
import { withDiskWorld } from './disk-world.ts';
import { hostPaths, podMounting, prepared } from './volume-host-cases.ts';

const signal = new AbortController().signal;
const file = (path: string, text: string, mode = 0o644) => ({ path, mode, content: Buffer.from(text) });

async function inFolder(run: (folder: string) => Promise<void>): Promise<void> {
  await withDiskWorld(async ({ hostFolder }) => await run(hostFolder));
}

describe('a directory whose files are replaced at once', () => {
  it('is laid out so that one rename shows all new files', () =>
    inFolder(async (folder) => {
      const files = [file('a', 'A'), file('sub/b', 'B')];
      await replaceFiles(folder, files);
      expect((await readdir(folder)).sort()).toEqual(
        [`..${contentDigest(files)}`, '..data', 'a', 'sub'].sort(),
      );
      expect(await readlink(join(folder, '..data'))).toBe(`..${contentDigest(files)}`);
      expect(await readlink(join(folder, 'a'))).toBe('..data/a');
      expect(await readlink(join(folder, 'sub'))).toBe('..data/sub');
    }));

  it('never shows a mixture or a gap to a reader', () =>
    inFolder(async (folder) => {
      const version = (n: number) => [file('a', `${n}`), file('b', `${n}`)];
      await replaceFiles(folder, version(0));
      let writing = true;
      const seen = new Set<string>();
      const reader = (async () => {
        while (writing) {
          // Both files below one resolved link: what a program sees that opens the folder once.
          const shown = join(folder, await readlink(join(folder, '..data')));
          const pair = await Promise.all([readFile(join(shown, 'a')), readFile(join(shown, 'b'))]).catch(
            () => undefined,
          );
          if (pair !== undefined) seen.add(pair.map(String).join());
          await readFile(join(folder, 'a'));
        }
      })();
      for (let n = 1; n <= 50; n += 1) await replaceFiles(folder, version(n));
      writing = false;
      await reader;
      expect(seen.size).toBeGreaterThan(0);
      for (const pair of seen) expect(pair).toMatch(/^(\d+),\1$/);
    }));

  const accidents: { name: string; harm(folder: string): Promise<void> }[] = [
    { name: 'a link that was not made', harm: (folder) => rm(join(folder, 'a')) },
    { name: 'an unfinished swap', harm: (folder) => symlink('..half', join(folder, '..data_tmp')) },
    { name: 'a half written folder', harm: (folder) => mkdir(join(folder, '..half')) },
    {
      name: 'bytes that never reached the disk',
      harm: (folder) => writeFile(join(folder, '..data', 'a'), ''),
    },
    { name: 'a file that nobody wants', harm: (folder) => writeFile(join(folder, 'stray'), '') },
  ];
  it.each(accidents)('is put right after $name', ({ harm }) =>
    inFolder(async (folder) => {
      const files = [file('a', 'A')];
      await replaceFiles(folder, files);
      await harm(folder);
      await replaceFiles(folder, files);
      expect((await readdir(folder)).sort()).toEqual([`..${contentDigest(files)}`, '..data', 'a'].sort());
      expect(await readFile(join(folder, 'a'), 'utf8')).toBe('A');
    }),
  );

  it('turns a file into a folder and back', () =>
    inFolder(async (folder) => {
      await replaceFiles(folder, [file('a', 'file')]);
      await replaceFiles(folder, [file('a/b', 'below')]);
      expect(await readFile(join(folder, 'a/b'), 'utf8')).toBe('below');
      await replaceFiles(folder, [file('a', 'file')]);
      expect(await readFile(join(folder, 'a'), 'utf8')).toBe('file');
    }));
});

describe('the digest of files', () => {
  const one = contentDigest([file('a', 'A'), file('b', 'B')]);
  it('does not depend on their order', () => {
    expect(contentDigest([file('b', 'B'), file('a', 'A')])).toBe(one);
  });
  it.each([
    ['a content', [file('a', 'A'), file('b', 'C')]],
    ['a mode', [file('a', 'A', 0o600), file('b', 'B')]],
    ['a path', [file('a', 'A'), file('c', 'B')]],
    ['where one ends and the next begins', [file('a', 'Ab'), file('', 'B')]],
  ])('changes with %s', (_, files) => {
    expect(contentDigest(files)).not.toBe(one);
  });
});

describe('the type of a hostPath', () => {
  it('tells sockets and devices from files', () =>
    inFolder(async (folder) => {
      const path = join(folder, 's');
      const server = createServer();
      await new Promise<void>((resolve) => server.listen(path, resolve));
      try {
        await checkHostPath(path, 'Socket');
        await checkHostPath('/dev/null', 'CharDevice');
        await expect(checkHostPath('/dev/null', 'BlockDevice')).rejects.toThrow(
          'hostPath type check failed: /dev/null is not a block device',
        );
        await expect(checkHostPath(path, 'CharDevice')).rejects.toThrow(
          `hostPath type check failed: ${path} is not a character device`,
        );
      } finally {
        server.close();
      }
    }));
});

describe('a sub-path', () => {
  const mounting = (subPath: string): StoredPod =>
    podMounting([{ name: 'data', emptyDir: {} }], [{ name: 'data', mountPath: '/x', subPath }]);

  const traps: { name: string; subPath: string; target: string }[] = [
    { name: 'a link to the root', subPath: 'trap', target: '/' },
    { name: 'a link to the root on the way', subPath: 'trap/etc', target: '/' },
    { name: 'a link upwards with something missing behind it', subPath: 'trap/new/er', target: '../../..' },
    { name: 'a link that leads nowhere', subPath: 'trap', target: '/nowhere/at/all' },
    { name: 'a link to itself', subPath: 'trap/a', target: 'trap' },
  ];
  it.each(traps)('does not leave the volume through $name', ({ subPath, target }) =>
    withDiskWorld(async ({ host }) => {
      const [root = ''] = await prepared(host, podMounting([{ name: 'data', emptyDir: {} }]));
      await symlink(target, join(root, 'trap'));
      await expect(hostPaths(host, mounting(subPath))).rejects.toThrow(
        'failed to prepare subPath for volumeMount "data" of container "main"',
      );
      expect(await readdir(dirname(root))).toEqual(['data']);
    }),
  );

  it('may go through a link inside the volume', () =>
    withDiskWorld(async ({ host }) => {
      const [root = ''] = await prepared(host, podMounting([{ name: 'data', emptyDir: {} }]));
      await mkdir(join(root, 'real'));
      await symlink('real', join(root, 'link'));
      expect(await hostPaths(host, mounting('link/new'))).toEqual([join(root, 'real/new')]);
    }));

  it('below the root of the host is inside it', () =>
    withDiskWorld(async ({ host, hostFolder }) => {
      const volume = { name: 'root', hostPath: { path: '/' } };
      const mount = { name: 'root', mountPath: '/x', subPath: hostFolder.slice(1) };
      expect(await prepared(host, podMounting([volume], [mount]))).toEqual([hostFolder]);
    }));
});

describe('names that would lead out of the data directory', () => {
  it.each(['..', 'a/b', '', '.hidden'])('are refused: %j', (uid) =>
    withDiskWorld(async ({ host }) => {
      await expect(host.teardown(uid, signal)).rejects.toMatchObject({ code: 'INVALID' });
      const pod = podMounting([{ name: 'data', emptyDir: {} }]);
      const hostile = { ...pod, metadata: { ...pod.metadata, uid } };
      const { failures } = await host.prepare(hostile, surroundings(), signal);
      expect(failures).toHaveLength(1);
    }),
  );
});

describe('looking again', () => {
  it('costs no writing when nothing changed', () =>
    withDiskWorld(async ({ host }) => {
      const pod = podMounting([{ name: 'config', configMap: { name: 'app' } }]);
      const around = surroundings({ configMaps: [configMap('app', { a: 'A' })] });
      const [path = ''] = await prepared(host, pod, around);
      // Harm that only a second writing would mend.
      await rm(join(path, 'a'));
      await prepared(host, pod, around);
      await expect(readlink(join(path, 'a'))).rejects.toThrow('ENOENT');
    }));
});

describe('an emptyDir in memory', () => {
  const pod = podWith(
    { volumeMounts: [{ name: 'shm', mountPath: '/shm' }] },
    { volumes: [{ name: 'shm', emptyDir: { medium: 'Memory', sizeLimit: '1Mi' } }] },
  );

  it('is a file system of its own with a limit, or an ordinary directory that is reported as such', () =>
    withDiskWorld(async ({ host, reopen, read, write, mode }) => {
      const { failures, findings } = await host.prepare(pod, surroundings(), signal);
      expect(failures).toEqual([]);
      const [path = ''] = await hostPaths(host, pod);
      expect(await mode(path)).toSatisfy((bits: number) => (bits & 0o777) === 0o777);
      await write(join(path, 'kept'), 'yes');
      if (await isMountPoint(path)) {
        expect(findings).toEqual([]);
        await expect(write(join(path, 'big'), 'x'.repeat(2 ** 21))).rejects.toThrow('ENOSPC');
      } else {
        expect(findings).toMatchObject([{ field: 'spec.volumes[0].emptyDir.medium', severity: 'warn' }]);
        expect((await host.prepare(pod, surroundings(), signal)).findings).toEqual(findings);
      }
      // Another agent finds it mounted and does not mount over it.
      const other = reopen();
      await other.prepare(pod, surroundings(), signal);
      expect(await read(join(path, 'kept'))).toBe('yes');
      await other.teardown('uid-1', signal);
      expect(await mode(path)).toBeUndefined();
    }));
});
