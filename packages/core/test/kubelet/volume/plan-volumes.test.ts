import { describe, expect, it } from 'vitest';
import type { Pod, Volume } from '../../../src/api/pod.ts';
import { pathProblem } from '../../../src/kubelet/volume/file-path.ts';
import { planVolumes, reviewVolumes } from '../../../src/kubelet/volume/plan-volumes.ts';
import { configMap, podWith, secret, surroundings } from '../environment/surroundings.ts';

const around = surroundings({
  configMaps: [configMap('app', { 'app.yaml': 'a: 1', 'log.conf': 'debug' }, { logo: 'AAEC/w==' })],
  secrets: [secret('login', { user: 'ada', password: 'pässword' })],
});

/** A pod that mounts all its volumes. */
function podMounting(...volumes: Volume[]): Pod {
  return podWith({ volumeMounts: volumes.map(({ name }) => ({ name, mountPath: `/${name}` })) }, { volumes });
}

function plan(volume: Omit<Volume, 'name'>) {
  return planVolumes(podMounting({ ...volume, name: 'v' }), around);
}

/** `path mode content` of each file of the only volume. */
function files(volume: Omit<Volume, 'name'>): string[] {
  const { volumes, failures } = plan(volume);
  expect(failures).toEqual([]);
  const [only] = volumes;
  if (only?.kind !== 'files') throw new Error(`planned ${only?.kind}`);
  return only.files.map(
    ({ path, mode, content }) => `${path} ${mode.toString(8)} ${Buffer.from(content).toString('latin1')}`,
  );
}

describe('the files of a volume', () => {
  const cases: { name: string; volume: Omit<Volume, 'name'>; want: string[] }[] = [
    {
      name: 'are all entries of a ConfigMap, text and binary',
      volume: { configMap: { name: 'app' } },
      want: ['app.yaml 644 a: 1', 'log.conf 644 debug', 'logo 644 \x00\x01\x02\xff'],
    },
    {
      name: 'are the chosen entries, under other paths and with modes of their own',
      volume: {
        configMap: {
          name: 'app',
          defaultMode: 0o400,
          items: [
            { key: 'app.yaml', path: 'conf/main.yaml' },
            { key: 'logo', path: 'logo.png', mode: 0o444 },
          ],
        },
      },
      want: ['conf/main.yaml 400 a: 1', 'logo.png 444 \x00\x01\x02\xff'],
    },
    {
      name: 'are the decoded entries of a Secret',
      volume: { secret: { secretName: 'login', defaultMode: 0o440 } },
      want: ['user 440 ada', `password 440 ${Buffer.from('pässword').toString('latin1')}`],
    },
    {
      name: 'are none when an optional ConfigMap is missing',
      volume: { configMap: { name: 'x', optional: true } },
      want: [],
    },
    {
      name: 'are none when an optional Secret is missing',
      volume: { secret: { secretName: 'x', optional: true } },
      want: [],
    },
    {
      name: 'leave out optional keys that are missing',
      volume: {
        configMap: {
          name: 'app',
          optional: true,
          items: [
            { key: 'none', path: 'none' },
            { key: 'log.conf', path: 'log.conf' },
          ],
        },
      },
      want: ['log.conf 644 debug'],
    },
    {
      name: 'show the pod: labels and annotations as sorted quoted lines',
      volume: {
        downwardAPI: {
          items: [
            { path: 'labels', fieldRef: { fieldPath: 'metadata.labels' } },
            { path: 'notes', fieldRef: { fieldPath: 'metadata.annotations' }, mode: 0o600 },
            { path: 'one', fieldRef: { fieldPath: "metadata.labels['tier']" } },
            { path: 'id/name', fieldRef: { fieldPath: 'metadata.name' } },
            { path: 'cpu', resourceFieldRef: { containerName: 'main', resource: 'limits.cpu' } },
          ],
        },
      },
      want: [
        'labels 644 app="web"\ntier="front"',
        'notes 600 example.com/note="two\\nlines \\"quoted\\""',
        'one 644 front',
        'id/name 644 web',
        'cpu 644 4',
      ],
    },
    {
      name: 'come from several sources, later ones over earlier',
      volume: {
        projected: {
          defaultMode: 0o640,
          sources: [
            { configMap: { name: 'app', items: [{ key: 'log.conf', path: 'x' }] } },
            { secret: { name: 'login', items: [{ key: 'user', path: 'x', mode: 0o600 }] } },
            { downwardAPI: { items: [{ path: 'ns', fieldRef: { fieldPath: 'metadata.namespace' } }] } },
            { configMap: { name: 'none', optional: true } },
          ],
        },
      },
      want: ['x 600 ada', 'ns 640 shop'],
    },
  ];
  it.each(cases)('$name', ({ volume, want }) => {
    expect(files(volume)).toEqual(want);
  });
});

describe('a volume cannot be set up', () => {
  const cases: { name: string; volume: Omit<Volume, 'name'>; want: string }[] = [
    {
      name: 'without its ConfigMap',
      volume: { configMap: { name: 'none' } },
      want: 'configmap "none" not found',
    },
    {
      name: 'without its Secret',
      volume: { secret: { secretName: 'none' } },
      want: 'secret "none" not found',
    },
    {
      name: 'without a key of its ConfigMap',
      volume: { configMap: { name: 'app', items: [{ key: 'k', path: 'p' }] } },
      want: 'configmap references non-existent config key: k',
    },
    {
      name: 'without a key of its Secret',
      volume: { secret: { secretName: 'login', items: [{ key: 'k', path: 'p' }] } },
      want: 'references non-existent secret key: k',
    },
    {
      name: 'with a field that volumes do not show',
      volume: { downwardAPI: { items: [{ path: 'ip', fieldRef: { fieldPath: 'status.podIP' } }] } },
      want: 'unsupported fieldPath: status.podIP',
    },
    {
      name: 'with a path that leads out of it',
      volume: { configMap: { name: 'app', items: [{ key: 'logo', path: 'a/../../b' }] } },
      want: "invalid path: must not contain '..': a/../../b",
    },
    {
      name: 'with a source of a projected volume that nodes do not offer',
      volume: { projected: { sources: [{ serviceAccountToken: { path: 'token' } }] } },
      want: 'projected source serviceAccountToken is not supported by this node',
    },
    {
      name: 'from a source that nodes do not offer',
      volume: { persistentVolumeClaim: { claimName: 'data' } },
      want: 'spec.volumes[0].persistentVolumeClaim: this node offers emptyDir, hostPath, configMap, secret, downwardAPI and projected volumes only',
    },
  ];
  it.each(cases)('$name', ({ volume, want }) => {
    expect(plan(volume)).toEqual({
      volumes: [],
      failures: [{ volume: 'v', message: `MountVolume.SetUp failed for volume "v" : ${want}` }],
    });
  });

  it('and the others are planned all the same', () => {
    const pod = podMounting(
      { name: 'bad', configMap: { name: 'none' } },
      { name: 'good', emptyDir: {} },
      { name: 'worse', nfs: {} },
    );
    const { volumes, failures } = planVolumes(pod, around);
    expect(volumes).toEqual([{ kind: 'emptyDir', name: 'good' }]);
    expect(failures.map(({ volume }) => volume)).toEqual(['bad', 'worse']);
  });
});

describe('the plan', () => {
  it('passes over volumes that no container mounts', () => {
    const volumes = [{ name: 'unused', configMap: { name: 'none' } }];
    expect(planVolumes(podWith({}, { volumes }), around)).toEqual({ volumes: [], failures: [] });
  });

  it('counts the mounts of init containers', () => {
    const mounting = { name: 'i', image: 'i', volumeMounts: [{ name: 'v', mountPath: '/v' }] };
    const pod = podWith({}, { volumes: [{ name: 'v' }], initContainers: [mounting] });
    expect(planVolumes(pod, around).volumes).toEqual([{ kind: 'emptyDir', name: 'v' }]);
  });

  const memory: { name: string; sizeLimit?: string; limit?: string; want: number }[] = [
    { name: 'what the node has', want: 8 * 2 ** 30 },
    { name: 'its own limit', sizeLimit: '64Mi', limit: '1Gi', want: 64 * 2 ** 20 },
    { name: 'the memory limit of the pod', sizeLimit: '1Gi', limit: '32Mi', want: 32 * 2 ** 20 },
  ];
  it.each(memory)('bounds a volume in memory by $name', ({ sizeLimit, limit, want }) => {
    const emptyDir = { medium: 'Memory' as const, ...(sizeLimit === undefined ? {} : { sizeLimit }) };
    const resources = limit === undefined ? {} : { limits: { memory: limit } };
    const volumeMounts = [{ name: 'v', mountPath: '/v' }];
    const pod = podWith({ volumeMounts, resources }, { volumes: [{ name: 'v', emptyDir }] });
    expect(planVolumes(pod, around).volumes).toEqual([{ kind: 'memory', name: 'v', bytesMax: want }]);
  });
});

describe('the review of a pod', () => {
  it('refuses sources that the node does not offer, each by its field', () => {
    const sources = [{ configMap: { name: 'app' } }, { serviceAccountToken: {} }];
    const pod = podMounting(
      { name: 'a', emptyDir: {} },
      { name: 'b', csi: {} },
      { name: 'c', projected: { sources } },
    );
    expect(reviewVolumes(pod).map(({ field, severity }) => `${severity} ${field}`)).toEqual([
      'refuse spec.volumes[1].csi',
      'refuse spec.volumes[2].projected.sources[1].serviceAccountToken',
    ]);
  });

  it('warns about limits and groups that are not enforced', () => {
    const pod = podWith(
      {},
      {
        volumes: [
          { name: 'a', emptyDir: { sizeLimit: '1Mi' } },
          { name: 'b', emptyDir: { sizeLimit: '1Mi', medium: 'Memory' } },
        ],
        securityContext: { fsGroup: 1000 },
      },
    );
    expect(reviewVolumes(pod).map(({ field, severity }) => `${severity} ${field}`)).toEqual([
      'warn spec.volumes[0].emptyDir.sizeLimit',
      'warn spec.securityContext.fsGroup',
    ]);
  });

  it('finds nothing in an ordinary pod', () => {
    expect(reviewVolumes(podMounting({ name: 'a' }, { name: 'b', secret: { secretName: 'x' } }))).toEqual([]);
  });
});

describe('the path of a file', () => {
  const cases: [path: string, problem: string | undefined][] = [
    ['app.yaml', undefined],
    ['a/b/c', undefined],
    ['.hidden', undefined],
    ['a..b', undefined],
    ['', 'invalid path: must not be empty: ""'],
    ['/etc/passwd', 'invalid path: must be relative path: /etc/passwd'],
    ['..', "invalid path: must not contain '..': .."],
    ['a/../b', "invalid path: must not contain '..': a/../b"],
    ['..data', "invalid path: must not start with '..': ..data"],
    ['a//b', 'invalid path: must be clean: a//b'],
    ['./a', 'invalid path: must be clean: ./a'],
    ['a\0', 'invalid path: must not hold a NUL byte'],
    ['n'.repeat(256), 'invalid path: filenames must be less than or equal to 255 characters'],
    ['n/'.repeat(2049), 'invalid path: must be less than or equal to 4096 characters'],
  ];
  it.each(cases)('%j gives %j', (path, problem) => {
    expect(pathProblem([path])).toBe(problem);
  });

  it('cannot also be a folder', () => {
    expect(pathProblem(['a/b', 'a'])).toBe('invalid path: a is both a file and the folder of a/b');
  });
});
