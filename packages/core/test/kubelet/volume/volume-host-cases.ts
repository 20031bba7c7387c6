/** What volumes do, wherever their bytes lie: run against the disk and against memory. */

import { expect } from 'vitest';
import type { Container, StoredPod, Volume, VolumeMount } from '../../../src/api/pod.ts';
import type { Surroundings } from '../../../src/kubelet/environment/surroundings.ts';
import type { VolumeHost } from '../../../src/kubelet/volume/volume-host.ts';
import { configMap, podWith, secret, surroundings } from '../environment/surroundings.ts';

export interface VolumeWorld {
  readonly host: VolumeHost;
  /** The same volumes as another agent would find them after a restart. */
  reopen(): VolumeHost;
  /** An absolute path of the host that tests may use as they like. */
  readonly hostFolder: string;
  read(path: string): Promise<string | undefined>;
  write(path: string, text: string): Promise<void>;
  makeDirectory(path: string): Promise<void>;
  /** Of a file or directory, links followed. */
  mode(path: string): Promise<number | undefined>;
}

export interface VolumeCase {
  readonly name: string;
  run(world: VolumeWorld): Promise<void>;
}

const signal = new AbortController().signal;

export function podMounting(volumes: readonly Volume[], mounts?: readonly VolumeMount[]): StoredPod {
  const volumeMounts = mounts ?? volumes.map(({ name }) => ({ name, mountPath: `/${name}` }));
  return podWith({ volumeMounts }, { volumes });
}

function mainOf(pod: StoredPod): Container {
  const [main] = pod.spec.containers;
  if (main === undefined) throw new Error('the pod has no container');
  return main;
}

export async function prepared(
  host: VolumeHost,
  pod: StoredPod,
  around: Surroundings = surroundings(),
): Promise<string[]> {
  const { failures } = await host.prepare(pod, around, signal);
  expect(failures).toEqual([]);
  return await hostPaths(host, pod);
}

export async function hostPaths(host: VolumeHost, pod: StoredPod): Promise<string[]> {
  const mounts = await host.mountsFor({ pod, container: mainOf(pod), env: [] }, signal);
  if (!mounts.ok) throw new Error(mounts.message);
  return mounts.value.map(({ hostPath }) => hostPath);
}

async function only(paths: Promise<string[]>): Promise<string> {
  const [path] = await paths;
  if (path === undefined) throw new Error('nothing was mounted');
  return path;
}

async function failures(host: VolumeHost, volume: Volume): Promise<readonly string[]> {
  const result = await host.prepare(podMounting([volume]), surroundings(), signal);
  return result.failures.map(({ message }) => message);
}

export const volumeHostCases: readonly VolumeCase[] = [
  {
    name: 'an emptyDir is open to everybody and keeps what is in it',
    async run({ host, reopen, read, write, mode }) {
      const pod = podMounting([{ name: 'data', emptyDir: {} }]);
      const path = await only(prepared(host, pod));
      expect(await mode(path)).toBe(0o777);
      await write(`${path}/kept`, 'yes');
      expect(await only(prepared(host, pod))).toBe(path);
      expect(await only(prepared(reopen(), pod))).toBe(path);
      expect(await read(`${path}/kept`)).toBe('yes');
    },
  },
  {
    name: 'files of objects appear with their modes and follow their objects',
    async run({ host, read, mode }) {
      const pod = podMounting([
        { name: 'config', configMap: { name: 'app' } },
        { name: 'login', secret: { secretName: 'login', defaultMode: 0o400 } },
      ]);
      const before = surroundings({
        configMaps: [configMap('app', { a: 'one', b: 'stays' })],
        secrets: [secret('login', { user: 'ada' })],
      });
      const [config, login] = await prepared(host, pod, before);
      expect(await read(`${config}/a`)).toBe('one');
      expect(await mode(`${config}/a`)).toBe(0o644);
      expect(await read(`${login}/user`)).toBe('ada');
      expect(await mode(`${login}/user`)).toBe(0o400);
      const after = surroundings({
        configMaps: [configMap('app', { b: 'stays', c: 'new' })],
        secrets: [secret('login', { user: 'eve' })],
      });
      expect(await prepared(host, pod, after)).toEqual([config, login]);
      expect(await read(`${config}/a`)).toBeUndefined();
      expect(await read(`${config}/b`)).toBe('stays');
      expect(await read(`${config}/c`)).toBe('new');
      expect(await read(`${login}/user`)).toBe('eve');
    },
  },
  {
    name: 'files lie in the folders that their items name',
    async run({ host, read }) {
      const items = [
        { key: 'a', path: 'deep/er/a' },
        { key: 'b', path: 'deep/b', mode: 0o600 },
      ];
      const pod = podMounting([{ name: 'config', configMap: { name: 'app', items } }]);
      const around = surroundings({ configMaps: [configMap('app', { a: 'A', b: 'B' })] });
      const path = await only(prepared(host, pod, around));
      expect(await read(`${path}/deep/er/a`)).toBe('A');
      expect(await read(`${path}/deep/b`)).toBe('B');
    },
  },
  {
    name: 'one volume that fails does not keep the others from being made',
    async run({ host, mode }) {
      const pod = podMounting([
        { name: 'bad', configMap: { name: 'none' } },
        { name: 'data', emptyDir: {} },
      ]);
      const result = await host.prepare(pod, surroundings(), signal);
      expect(result.failures).toEqual([
        { volume: 'bad', message: 'MountVolume.SetUp failed for volume "bad" : configmap "none" not found' },
      ]);
      const [, data] = await hostPaths(host, pod);
      expect(await mode(data ?? '')).toBe(0o777);
    },
  },
  {
    name: 'a hostPath is mounted as it is and survives the pod',
    async run({ host, hostFolder, read, write, makeDirectory }) {
      const path = `${hostFolder}/srv`;
      await makeDirectory(path);
      await write(`${path}/kept`, 'yes');
      const pod = podMounting([{ name: 'srv', hostPath: { path, type: 'Directory' } }]);
      expect(await prepared(host, pod)).toEqual([path]);
      await host.teardown('uid-1', signal);
      expect(await read(`${path}/kept`)).toBe('yes');
    },
  },
  {
    name: 'a hostPath is made where its type says so, and what is there must be what the type says',
    async run({ host, hostFolder, write, mode }) {
      const file = `${hostFolder}/file`;
      await write(file, '');
      const at = (
        path: string,
        type: 'Directory' | 'File' | 'Socket' | 'DirectoryOrCreate' | 'FileOrCreate' | '',
      ) => failures(host, { name: 'h', hostPath: { path, type } });
      const failure = (path: string, what: string) => [
        `MountVolume.SetUp failed for volume "h" : hostPath type check failed: ${path} is not ${what}`,
      ];
      expect(await at(file, 'Directory')).toEqual(failure(file, 'a directory'));
      expect(await at(file, 'DirectoryOrCreate')).toEqual(failure(file, 'a directory'));
      expect(await at(`${hostFolder}/none`, 'Directory')).toEqual(
        failure(`${hostFolder}/none`, 'a directory'),
      );
      expect(await at(`${hostFolder}/none`, 'File')).toEqual(failure(`${hostFolder}/none`, 'a file'));
      expect(await at(file, 'Socket')).toEqual(failure(file, 'a socket file'));
      expect(await at(file, 'File')).toEqual([]);
      expect(await at(`${hostFolder}/made/deep`, 'DirectoryOrCreate')).toEqual([]);
      expect(await mode(`${hostFolder}/made/deep`)).toBe(0o755);
      expect(await at(`${hostFolder}/made/deep`, 'File')).toEqual(
        failure(`${hostFolder}/made/deep`, 'a file'),
      );
      expect(await at(`${hostFolder}/made-file`, 'FileOrCreate')).toEqual([]);
      expect(await mode(`${hostFolder}/made-file`)).toBe(0o644);
      expect(await at(`${hostFolder}/untyped`, '')).toEqual([]);
      expect(await mode(`${hostFolder}/untyped`)).toBe(0o755);
    },
  },
  {
    name: 'a missing sub-path is made with the mode of its volume, one that is there is left alone',
    async run({ host, read, write, mode }) {
      const data = { name: 'data', emptyDir: {} };
      const root = await only(prepared(host, podMounting([data])));
      const pod = podMounting([data], [{ name: 'data', mountPath: '/x', subPath: 'a/b' }]);
      const path = await only(prepared(host, pod));
      expect(path).toBe(`${root}/a/b`);
      expect(await mode(path)).toBe(0o777);
      await write(`${path}/kept`, 'yes');
      expect(await only(prepared(host, pod))).toBe(path);
      expect(await read(`${path}/kept`)).toBe('yes');
    },
  },
  {
    name: 'one file of an object can be mounted alone',
    async run({ host, read }) {
      const around = surroundings({ configMaps: [configMap('app', { a: 'A' })] });
      const volume = { name: 'config', configMap: { name: 'app' } };
      const pod = podMounting([volume], [{ name: 'config', mountPath: '/etc/a', subPath: 'a' }]);
      expect(await read(await only(prepared(host, pod, around)))).toBe('A');
    },
  },
  {
    name: 'nothing is left of a pod after its teardown, and tearing down twice is fine',
    async run({ host, reopen, mode }) {
      const pod = podMounting([
        { name: 'data', emptyDir: {} },
        { name: 'config', configMap: { name: 'app' } },
      ]);
      const around = surroundings({ configMaps: [configMap('app', { a: 'A' })] });
      const [data, config] = await prepared(host, pod, around);
      expect(await host.list(signal)).toEqual(['uid-1']);
      expect(await reopen().list(signal)).toEqual(['uid-1']);
      await host.teardown('uid-1', signal);
      expect(await mode(data ?? '')).toBeUndefined();
      expect(await mode(config ?? '')).toBeUndefined();
      expect(await host.list(signal)).toEqual([]);
      await host.teardown('uid-1', signal);
      expect(await prepared(host, pod, around)).toEqual([data, config]);
      expect(await mode(`${config}/a`)).toBe(0o644);
    },
  },
  {
    name: 'a pod without volumes leaves nothing behind',
    async run({ host }) {
      expect(await prepared(host, podMounting([]))).toEqual([]);
      expect(await host.list(signal)).toEqual([]);
    },
  },
  {
    name: 'an aborted preparation rejects with the reason of the abort',
    async run({ host }) {
      const pod = podMounting([{ name: 'data', emptyDir: {} }]);
      const reason = new Error('the pod is gone');
      await expect(host.prepare(pod, surroundings(), AbortSignal.abort(reason))).rejects.toBe(reason);
    },
  },
];
