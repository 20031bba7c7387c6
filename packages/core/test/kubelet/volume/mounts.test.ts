import { describe, expect, it } from 'vitest';
import type { Volume, VolumeMount } from '../../../src/api/pod.ts';
import { mountsOf } from '../../../src/kubelet/volume/mounts.ts';
import { podWith } from '../environment/surroundings.ts';

const volumes: Volume[] = [
  { name: 'data', emptyDir: {} },
  { name: 'host', hostPath: { path: '/srv' } },
  { name: 'config', configMap: { name: 'app' } },
];
const env = [
  { name: 'POD', value: 'old' },
  { name: 'POD', value: 'web-1' },
  { name: 'ROOT', value: '/abs' },
  { name: 'UP', value: '../up' },
];

function mounts(...volumeMounts: VolumeMount[]) {
  const pod = podWith({ volumeMounts }, { volumes });
  const [main] = pod.spec.containers;
  if (main === undefined) throw new Error('the pod has no container');
  return mountsOf(pod, main, env, ({ name }) => `/volumes/${name}`);
}

describe('the mounts of a container', () => {
  it('come in the order in which they are declared', () => {
    const result = mounts(
      { name: 'host', mountPath: '/host', readOnly: true },
      { name: 'data', mountPath: 'data' },
      { name: 'data', mountPath: '/sub', subPath: 'a/b' },
      { name: 'data', mountPath: '/expr', subPathExpr: 'x-$(POD)/$$(POD)' },
      { name: 'config', mountPath: '/config', readOnly: false },
    );
    const data = { volumeName: 'data', hostPath: '/volumes/data', readOnly: false };
    expect(result).toEqual({
      ok: true,
      value: [
        { volumeName: 'host', hostPath: '/volumes/host', containerPath: '/host', readOnly: true },
        { ...data, containerPath: '/data' },
        { ...data, containerPath: '/sub', subPath: 'a/b' },
        { ...data, containerPath: '/expr', subPath: 'x-web-1/$(POD)' },
        { volumeName: 'config', hostPath: '/volumes/config', containerPath: '/config', readOnly: true },
      ],
    });
  });

  const errors: { name: string; mount: VolumeMount; want: string }[] = [
    {
      name: 'a volume that the pod does not have',
      mount: { name: 'none', mountPath: '/x' },
      want: 'cannot find volume "none" to mount into container "main"',
    },
    {
      name: 'an absolute sub-path',
      mount: { name: 'data', mountPath: '/x', subPath: '/etc' },
      want: 'error SubPath `/etc` must not be an absolute path',
    },
    {
      name: 'a sub-path that leads out of the volume',
      mount: { name: 'data', mountPath: '/x', subPath: 'a/../../b' },
      want: "unable to provision SubPath `a/../../b`: must not contain '..'",
    },
    {
      name: 'an expanded sub-path that is absolute',
      mount: { name: 'data', mountPath: '/x', subPathExpr: '$(ROOT)/a' },
      want: 'error SubPath `/abs/a` must not be an absolute path',
    },
    {
      name: 'an expanded sub-path that leads out of the volume',
      mount: { name: 'data', mountPath: '/x', subPathExpr: '$(UP)' },
      want: "unable to provision SubPath `../up`: must not contain '..'",
    },
    {
      name: 'a sub-path that names an unknown variable',
      mount: { name: 'data', mountPath: '/x', subPathExpr: '$(POD)/$(WHO)' },
      want: 'missing value for "WHO"',
    },
  ];
  it.each(errors)('cannot be made from $name', ({ mount, want }) => {
    expect(mounts(mount)).toEqual({ ok: false, message: want });
  });
});
