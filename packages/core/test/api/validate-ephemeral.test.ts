import { describe, expect, test } from 'vitest';
import { admitPod, admitUpdate } from '../../src/api/admit.ts';
import type { Pod } from '../../src/api/pod.ts';

const manifest = {
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: 'web', uid: 'u1', resourceVersion: '1' },
  spec: {
    containers: [{ name: 'app', image: 'app:1' }],
    initContainers: [{ name: 'init', image: 'init:1' }],
    volumes: [{ name: 'data', emptyDir: {} }],
  },
};
const stored = admitPod(manifest).object as Pod;
const debugged = withEphemeral([{ name: 'old', image: 'busybox' }]);

function withEphemeral(ephemeralContainers: readonly object[], pod: Pod = stored): Pod {
  return { ...pod, spec: { ...pod.spec, ephemeralContainers } } as Pod;
}

/** What is said of this list, written by the sub-resource or else with the whole pod. */
function complaints(
  list: readonly object[],
  { of = stored, isPart = true }: { readonly of?: Pod; readonly isPart?: boolean } = {},
): readonly string[] {
  const subresource = isPart ? ('ephemeralcontainers' as const) : undefined;
  const { errors } = admitUpdate(withEphemeral(list, of), of, { subresource });
  return errors.map(({ field, message }) => `${field}: ${message}`);
}

const plain = { name: 'debug', image: 'busybox' };
const words = 'Forbidden: cannot be set for an Ephemeral Container';

describe('a list of ephemeral containers', () => {
  test('takes new ones, with what clients send along, and fills in defaults', () => {
    const sent = { ...plain, resources: {}, targetContainerName: 'app', stdin: true, tty: true };
    const { object, errors } = admitUpdate(withEphemeral([sent]), stored, {
      subresource: 'ephemeralcontainers',
    });
    expect(errors).toEqual([]);
    expect((object as Pod).spec.ephemeralContainers).toEqual([
      {
        ...sent,
        imagePullPolicy: 'Always',
        terminationMessagePath: '/dev/termination-log',
        terminationMessagePolicy: 'File',
      },
    ]);
  });

  test.each<[string, readonly object[], readonly string[]]>([
    [
      'no name and no image',
      [{}],
      [
        'spec.ephemeralContainers[0].name: Required value',
        'spec.ephemeralContainers[0].image: Required value',
      ],
    ],
    [
      'names that others have',
      [{ ...plain, name: 'app' }, { ...plain, name: 'init' }, plain, plain],
      [0, 1, 3].map(
        (i) => `spec.ephemeralContainers[${i}].name: Duplicate value: "${['app', 'init', '', 'debug'][i]}"`,
      ),
    ],
    [
      'targets that are none',
      [
        { ...plain, targetContainerName: 'nobody' },
        { ...plain, name: 'other', targetContainerName: 'debug' },
      ],
      [
        'spec.ephemeralContainers[0].targetContainerName: Not found: "nobody"',
        'spec.ephemeralContainers[1].targetContainerName: Not found: "debug"',
      ],
    ],
    [
      'what such a container cannot have',
      [
        {
          ...plain,
          ports: [{ containerPort: 80 }],
          resources: { limits: { cpu: '1' } },
          resizePolicy: [{ resourceName: 'cpu', restartPolicy: 'NotRequired' }],
          restartPolicy: 'Always',
          livenessProbe: { exec: { command: ['true'] } },
          readinessProbe: { exec: { command: ['true'] } },
          startupProbe: { exec: { command: ['true'] } },
          lifecycle: { preStop: { sleep: { seconds: 1 } } },
          volumeMounts: [{ name: 'data', mountPath: '/data', subPath: 'a' }],
        },
      ],
      [
        ...['ports', 'resources', 'resizePolicy', 'restartPolicy', 'livenessProbe', 'readinessProbe'],
        ...['startupProbe', 'lifecycle', 'volumeMounts[0].subPath'],
      ].map((field) => `spec.ephemeralContainers[0].${field}: ${words}`),
    ],
    [
      'a volume that the pod has not',
      [{ ...plain, volumeMounts: [{ name: 'none', mountPath: '/x' }] }],
      ['spec.ephemeralContainers[0].volumeMounts[0].name: Not found: "none"'],
    ],
  ])('is refused with %s', (_, list, want) => {
    expect(complaints(list)).toEqual(want);
  });

  test('keeps those that are there as they are', () => {
    const { spec } = admitUpdate(debugged, stored, { subresource: 'ephemeralcontainers' }).object as Pod;
    const of = { ...stored, spec };
    const old = { name: 'old', image: 'busybox' };
    expect(complaints([plain, { ...old, resources: {} }], { of })).toEqual([]);
    expect(complaints([plain], { of })).toEqual([
      'spec.ephemeralContainers: Forbidden: existing ephemeral containers "old" may not be removed',
    ]);
    expect(complaints([{ ...old, image: 'other:1' }], { of })).toEqual([
      'spec.ephemeralContainers: Forbidden: existing ephemeral containers "old" may not be changed',
    ]);
  });

  test('is written by its sub-resource only, and comes along with every other change of the pod', () => {
    expect(complaints([plain], { isPart: false })).toEqual([
      expect.stringMatching(
        /^spec: Forbidden: pod updates may not change fields other than .*: spec\.ephemeralContainers$/,
      ),
    ]);
    const of = admitUpdate(debugged, stored, { subresource: 'ephemeralcontainers' }).object as Pod;
    const changed = { ...of, metadata: { ...of.metadata, labels: { a: 'b' } } };
    expect(admitUpdate(changed, of).errors).toEqual([]);
  });

  test('cannot be had by a static pod', () => {
    const metadata = { ...stored.metadata, annotations: { 'kubernetes.io/config.source': 'file' } };
    expect(complaints([plain], { of: { ...stored, metadata } })).toEqual([
      ': Forbidden: static pods do not support ephemeral containers',
    ]);
  });
});
