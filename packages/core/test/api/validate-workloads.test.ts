import { describe, expect, it } from 'vitest';
import type { Json } from './pod-examples.ts';
import {
  objectComplaints,
  objectWarnings,
  podTemplate,
  updateComplaints,
  type WorkloadKind,
  workload,
  workloadKinds,
} from './workload-examples.ts';

const mismatch =
  'spec.template.metadata.labels: Invalid value: {"app":"web"}: `selector` does not match template `labels`';

interface Row {
  readonly name: string;
  readonly kinds?: readonly WorkloadKind[];
  readonly spec?: Json;
  readonly want: readonly (string | RegExp)[];
}

const withLabelSelector: readonly WorkloadKind[] = ['ReplicaSet', 'Deployment'];

const rows: readonly Row[] = [
  { name: 'nothing wrong', want: [] },
  {
    name: 'negative numbers, both of them',
    spec: { replicas: -1, minReadySeconds: -2 },
    want: [
      'spec.replicas: Invalid value: -1: must be greater than or equal to 0',
      'spec.minReadySeconds: Invalid value: -2: must be greater than or equal to 0',
    ],
  },
  {
    name: 'numbers as text and unknown fields',
    spec: { replicas: '3', minReadySecond: 1 },
    want: ['spec.replicas: Invalid value: "3": must be a 32-bit integer'],
  },
  {
    name: 'no selector',
    kinds: withLabelSelector,
    spec: { selector: undefined },
    want: ['spec.selector: Required value', mismatch],
  },
  {
    name: 'a selector of everything',
    kinds: withLabelSelector,
    spec: { selector: {} },
    want: ['spec.selector: Invalid value: {}: empty selector is invalid for deployment'],
  },
  {
    name: 'a selector that is broken in every way',
    kinds: withLabelSelector,
    spec: {
      selector: {
        matchLabels: { 'a=b': '-' },
        matchExpressions: [
          { key: 'app', operator: 'In' },
          { key: 'app', operator: 'Exists', values: ['x'] },
          { key: 'a b', operator: 'Near', values: ['y z'] },
        ],
      },
    },
    want: [
      /^spec\.selector\.matchLabels: Invalid value: "a=b": name part must consist of/,
      /^spec\.selector\.matchLabels: Invalid value: "-": a valid label must be/,
      "spec.selector.matchExpressions[0].values: Required value: must be specified when `operator` is 'In' or 'NotIn'",
      "spec.selector.matchExpressions[1].values: Forbidden: may not be specified when `operator` is 'Exists' or 'DoesNotExist'",
      'spec.selector.matchExpressions[2].operator: Invalid value: "Near": not a valid selector operator',
      /^spec\.selector\.matchExpressions\[2\]\.key: Invalid value: "a b": name part must consist of/,
      /^spec\.selector\.matchExpressions\[2\]\.values\[0\]: Invalid value: "y z": a valid label must be/,
      /^spec\.selector: Invalid value: \{.*\}: invalid label selector$/,
    ],
  },
  {
    name: 'a selector of other pods',
    kinds: ['ReplicationController'],
    spec: { selector: { app: 'other' } },
    want: [mismatch],
  },
  {
    name: 'no template where there must be one',
    kinds: ['ReplicationController'],
    spec: { template: undefined },
    want: ['spec.template: Required value'],
  },
  {
    name: 'neither selector nor template',
    kinds: ['ReplicationController'],
    spec: { selector: undefined, template: undefined },
    want: ['spec.selector: Required value', 'spec.template: Required value'],
  },
  {
    name: 'a template without anything',
    kinds: withLabelSelector,
    spec: { template: undefined },
    want: [
      'spec.template.metadata.labels: Invalid value: {}: `selector` does not match template `labels`',
      'spec.template.spec.containers: Required value',
    ],
  },
  {
    name: 'pods that end',
    kinds: withLabelSelector,
    spec: { template: podTemplate({ restartPolicy: 'Never', activeDeadlineSeconds: 30 }) },
    want: [
      'spec.template.spec.restartPolicy: Unsupported value: "Never": supported values: "Always"',
      'spec.template.spec.activeDeadlineSeconds: Forbidden: activeDeadlineSeconds in ReplicaSet is not Supported',
    ],
  },
  {
    name: 'pods with a deadline',
    kinds: ['ReplicationController'],
    spec: { template: podTemplate({ activeDeadlineSeconds: 30 }) },
    want: [
      'spec.template.spec.activeDeadlineSeconds: Forbidden: activeDeadlineSeconds in ReplicationController is not Supported',
    ],
  },
  {
    name: 'mistakes in the pods, all at once',
    spec: {
      template: podTemplate({
        containers: [
          { name: 'Web', image: '', ports: [{ containerPort: 0 }] },
          { name: 'b', image: ' padded ' },
        ],
        ephemeralContainers: [{}],
      }),
    },
    want: [
      /^spec\.template\.spec\.containers\[0\]\.name: Invalid value: "Web": a lowercase RFC 1123 label/,
      'spec.template.spec.containers[0].image: Required value',
      'spec.template.spec.containers[0].ports[0].containerPort: Required value',
      'spec.template.spec.ephemeralContainers: Forbidden: ephemeral containers not allowed in pod template',
    ],
  },
  {
    name: 'annotations of a template that mean something else',
    spec: {
      template: podTemplate(
        {},
        {
          labels: { app: 'web' },
          annotations: { 'a b': '', 'controller.kubernetes.io/pod-deletion-cost': '1.5' },
        },
      ),
    },
    want: [
      /^spec\.template\.annotations: Invalid value: "a b": name part must consist of/,
      'spec.template.annotations[controller.kubernetes.io/pod-deletion-cost]: Invalid value: "1.5": must be a 32bit integer',
    ],
  },
  {
    name: 'ports of the host that follow later',
    spec: {
      template: podTemplate({
        hostNetwork: true,
        containers: [{ name: 'web', image: 'i', ports: [{ containerPort: 80 }] }],
      }),
    },
    want: [],
  },
  {
    name: 'ports of the host that cannot follow',
    spec: {
      template: podTemplate({
        hostNetwork: true,
        containers: [{ name: 'web', image: 'i', ports: [{ containerPort: 80, hostPort: 81 }] }],
      }),
    },
    want: [
      'spec.template.spec.containers[0].ports[0].hostPort: Invalid value: 81: must match `containerPort` when `hostNetwork` is true',
    ],
  },
];

describe.each(workloadKinds)('a %s', (kind) => {
  it.each(rows.filter(({ kinds = workloadKinds }) => kinds.includes(kind)))(
    'with $name',
    ({ spec, want }) => {
      expect(objectComplaints(workload(kind, spec))).toEqual(
        want.map((line) => (typeof line === 'string' ? line : expect.stringMatching(line))),
      );
    },
  );

  it('that has a name for objects only is warned about', () => {
    const words = 'this is used in Pod names and hostnames, which can result in surprising behavior';
    expect(objectWarnings(workload(kind, {}, { name: 'web.v1' }))).toEqual([
      `metadata.name: ${words}; a DNS label is recommended: [must not contain dots]`,
    ]);
    expect(objectComplaints(workload(kind, {}, { name: 'a'.repeat(254) }))).toHaveLength(1);
  });

  it('with fields that nobody knows is told what was meant', () => {
    const spec = {
      replica: 3,
      template: podTemplate({ containers: [{ name: 'a', image: 'b', imagePull: 1 }] }),
    };
    expect(objectWarnings(workload(kind, spec))).toEqual([
      'spec.template.spec.containers[0].imagePull: unknown field',
      'spec.replica: unknown field (did you mean "replicas"?)',
    ]);
  });

  it('is warned about volumes of its pods that cannot be mounted', () => {
    const template = podTemplate({ volumes: [{ name: 'data', nfs: { server: 's', path: '/' } }] });
    expect(objectWarnings(workload(kind, { template }))).toEqual([
      expect.stringMatching(/^spec\.template\.spec\.volumes\[0\]\.nfs: Mooring cannot mount this kind/),
    ]);
  });

  it('may be scaled and given another template', () => {
    const image = podTemplate({ containers: [{ name: 'web', image: 'nginx:2' }] });
    expect(updateComplaints(workload(kind, { replicas: 0, template: image }), workload(kind))).toEqual([]);
    expect(updateComplaints(workload(kind, {}, { uid: 'b' }), workload(kind, {}, { uid: 'a' }))).toEqual([
      'metadata.uid: Invalid value: "b": field is immutable',
    ]);
  });
});

describe('a selector', () => {
  const other = {
    selector: { matchLabels: { app: 'x' } },
    template: podTemplate({}, { labels: { app: 'x' } }),
  };

  it.each(withLabelSelector)('of a %s never changes', (kind) => {
    expect(updateComplaints(workload(kind, other), workload(kind))).toEqual([
      'spec.selector: Invalid value: {"matchLabels":{"app":"x"}}: field is immutable',
    ]);
    const same = { selector: { matchLabels: { app: 'web' }, matchExpressions: [] } };
    expect(updateComplaints(workload(kind, same), workload(kind))).toEqual([]);
  });

  it('of a ReplicationController may, and follows the template when it is left open', () => {
    const stored = workload('ReplicationController');
    const changed = { selector: { app: 'x' }, template: other.template };
    expect(updateComplaints(workload('ReplicationController', changed), stored)).toEqual([]);
    const open = { selector: undefined, template: other.template };
    expect(updateComplaints(workload('ReplicationController', open), stored)).toEqual([]);
  });
});
