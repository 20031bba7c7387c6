import { describe, expect, it } from 'vitest';
import { admitPod } from '../../src/api/admit.ts';
import { validatePodUpdate } from '../../src/api/validate-pod-update.ts';
import { complaints, type Json, podManifest, warnings } from './pod-examples.ts';

interface Row {
  readonly name: string;
  readonly spec?: Json;
  readonly container?: Json;
  readonly want: readonly string[];
}

const at = 'spec.containers[0]';
const nodeAffinity = 'spec.affinity.nodeAffinity';
const required = `${nodeAffinity}.requiredDuringSchedulingIgnoredDuringExecution.nodeSelectorTerms`;
const preferred = `${nodeAffinity}.preferredDuringSchedulingIgnoredDuringExecution`;

/** What the vectors leave out; the message is part of the promise here. */
const rows: readonly Row[] = [
  {
    name: 'a restart policy in the wrong case',
    spec: { restartPolicy: 'always' },
    want: [
      'spec.restartPolicy: Unsupported value: "always": supported values: "Always", "OnFailure", "Never"',
    ],
  },
  {
    name: 'rules for restarts without a policy, too many, incomplete',
    container: {
      restartPolicyRules: [
        { action: 'Stop' },
        ...Array(20).fill({ action: 'Restart', exitCodes: { operator: 'In', values: [1] } }),
      ],
    },
    want: [
      `${at}.restartPolicy: Required value: must specify restartPolicy when restart rules are used`,
      `${at}.restartPolicyRules: Too many: 21: must have at most 20 items`,
      `${at}.restartPolicyRules[0].action: Unsupported value: "Stop": supported values: "Restart", "RestartAllContainers"`,
      `${at}.restartPolicyRules[0].exitCodes: Required value: must be specified`,
    ],
  },
  {
    name: 'too many exit codes and a wrong operator',
    container: {
      restartPolicy: 'Never',
      restartPolicyRules: [{ action: 'Restart', exitCodes: { operator: 'Is', values: Array(256).fill(1) } }],
    },
    want: [
      `${at}.restartPolicyRules[0].exitCodes.operator: Unsupported value: "Is": supported values: "In", "NotIn"`,
      `${at}.restartPolicyRules[0].exitCodes.values: Too many: 256: must have at most 255 items`,
    ],
  },
  {
    name: 'container policies of their own',
    container: { restartPolicy: 'OnFailure' },
    want: [],
  },
  {
    name: 'a sleep longer than the grace period',
    container: { lifecycle: { preStop: { sleep: { seconds: 40 } } } },
    want: [
      `${at}.lifecycle.preStop.sleep: Invalid value: 40: must be non-negative and less than terminationGracePeriodSeconds (30)`,
    ],
  },
  { name: 'a sleep of nothing', container: { lifecycle: { preStop: { sleep: {} } } }, want: [] },
  {
    name: 'a stop signal of no operating system',
    container: { lifecycle: { stopSignal: 'SIGUSR1' } },
    want: [
      `${at}.lifecycle.stopSignal: Forbidden: may not be set for containers with empty \`spec.os.name\``,
    ],
  },
  {
    name: 'a stop signal of Linux',
    spec: { os: { name: 'linux' } },
    container: { lifecycle: { stopSignal: 'SIGUSR1' } },
    want: [],
  },
  {
    name: 'a grace period on a readiness probe',
    container: { readinessProbe: { exec: { command: ['a'] }, terminationGracePeriodSeconds: 5 } },
    want: [
      `${at}.readinessProbe.terminationGracePeriodSeconds: Invalid value: 5: must not be set for readinessProbes`,
    ],
  },
  {
    name: 'a header that is none',
    container: { livenessProbe: { httpGet: { port: 80, httpHeaders: [{ name: 'a b', value: '' }] } } },
    want: [
      `${at}.livenessProbe.httpGet.httpHeaders: Invalid value: "a b": a valid HTTP header must consist of alphanumeric characters or '-' (e.g. 'X-Header-Name', regex used for validation is '[-A-Za-z0-9]+')`,
    ],
  },
  {
    name: 'a host port that is not the container port on the network of the host',
    spec: { hostNetwork: true },
    container: { ports: [{ containerPort: 80, hostPort: 81 }] },
    want: [
      `${at}.ports[0].hostPort: Invalid value: 81: must match \`containerPort\` when \`hostNetwork\` is true`,
    ],
  },
  {
    name: 'mounts of nothing, twice at one place, and upwards',
    spec: { volumes: [{ name: 'data' }] },
    container: {
      volumeMounts: [
        { name: 'data', mountPath: '/a', subPath: '../b' },
        { name: 'gone', mountPath: '/a', subPath: '/c', subPathExpr: 'd' },
        {},
      ],
    },
    want: [
      `${at}.volumeMounts[0].subPath: Invalid value: "../b": must not contain '..'`,
      `${at}.volumeMounts[1].name: Not found: "gone"`,
      `${at}.volumeMounts[1].mountPath: Invalid value: "/a": must be unique`,
      `${at}.volumeMounts[1].subPath: Invalid value: "/c": must be a relative path`,
      `${at}.volumeMounts[1].subPathExpr: Invalid value: "d": subPathExpr and subPath are mutually exclusive`,
      `${at}.volumeMounts[2].name: Required value`,
      `${at}.volumeMounts[2].name: Not found: ""`,
      `${at}.volumeMounts[2].mountPath: Required value`,
    ],
  },
  {
    name: 'volumes of every wrong kind',
    spec: {
      volumes: [
        { name: 'a', emptyDir: {}, hostPath: { path: '/x' } },
        { name: 'b', hostPath: { path: '/a/../b', type: 'Dir' } },
        { name: 'c', secret: { defaultMode: 512, items: [{ path: '..data' }] } },
        { name: 'd', emptyDir: { sizeLimit: '-1' } },
        { name: 'e', hostpath: { path: '/' } },
        {
          name: 'f',
          downwardAPI: { items: [{ path: 'a' }, { path: 'b', fieldRef: { fieldPath: 'status.podIP' } }] },
        },
        { name: 'g', configMap: {} },
      ],
    },
    want: [
      'spec.volumes[0].hostPath: Forbidden: may not specify more than 1 volume type',
      `spec.volumes[1].hostPath.path: Invalid value: "/a/../b": must not contain '..'`,
      'spec.volumes[1].hostPath.type: Unsupported value: "Dir": supported values: "", "BlockDevice", "CharDevice", "Directory", "DirectoryOrCreate", "File", "FileOrCreate", "Socket"',
      'spec.volumes[2].secret.secretName: Required value',
      'spec.volumes[2].secret.defaultMode: Invalid value: 512: must be a number between 0 and 0777 (octal), both inclusive',
      'spec.volumes[2].secret.items[0].key: Required value',
      `spec.volumes[2].secret.items[0].path: Invalid value: "..data": must not start with '..'`,
      'spec.volumes[3].emptyDir.sizeLimit: Forbidden: SizeLimit field must be a valid resource quantity',
      'spec.volumes[4].hostpath: Unsupported value: "hostpath": supported values: "configMap", "downwardAPI", "emptyDir", "hostPath", "projected", "secret" (did you mean "hostPath"?)',
      'spec.volumes[5].downwardAPI.items[0]: Required value: one of fieldRef and resourceFieldRef is required',
      'spec.volumes[5].downwardAPI.items[1].fieldRef.fieldPath: Unsupported value: "status.podIP": supported values: "metadata.annotations", "metadata.labels", "metadata.name", "metadata.namespace", "metadata.uid"',
      'spec.volumes[6].configMap.name: Required value',
    ],
  },
  {
    name: 'mistakes in projected volumes',
    spec: {
      volumes: [
        {
          name: 'a',
          projected: {
            defaultMode: 512,
            sources: [
              { secret: { items: [{ key: 'k' }] } },
              { configMap: { name: 'c', items: [{ key: 'k', path: 'f' }] }, downwardAPI: {} },
              { downwardAPI: { items: [{ path: 'f', fieldRef: { fieldPath: 'metadata.name' } }, {}] } },
              { configmap: { name: 'c' } },
            ],
          },
        },
        { name: 'b', projected: { sources: [null] } },
        { name: 'c', projected: { sources: 'c' } },
      ],
    },
    want: [
      'spec.volumes[1].projected.sources[0]: Invalid value: null: must be an object',
      'spec.volumes[2].projected.sources: Invalid value: "c": must be a list',
      'spec.volumes[0].projected.defaultMode: Invalid value: 512: must be a number between 0 and 0777 (octal), both inclusive',
      'spec.volumes[0].projected.sources[0].secret.name: Required value',
      'spec.volumes[0].projected.sources[0].secret.items[0].path: Required value',
      'spec.volumes[0].projected.sources[1]: Forbidden: may not specify more than 1 volume type per source',
      'spec.volumes[0].projected.sources[2].downwardAPI.items[1].path: Required value',
      'spec.volumes[0].projected.sources[2].downwardAPI.items[1]: Required value: one of fieldRef and resourceFieldRef is required',
      'spec.volumes[0].projected: Invalid value: "f": conflicting duplicate paths',
      'spec.volumes[0].projected.sources[3].configmap: Unsupported value: "configmap": supported values: "configMap", "downwardAPI", "secret" (did you mean "configMap"?)',
    ],
  },
  {
    name: 'resources that cannot be read, counted or borrowed',
    container: {
      resources: {
        limits: { cpu: 'much', 'example.com/gpu': '1500m' },
        requests: { 'example.com/card': '1', memory: '1' },
      },
    },
    want: [
      `${at}.resources.limits[cpu]: Invalid value: "much": quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'`,
      `${at}.resources.limits[example.com/gpu]: Invalid value: "1500m": must be an integer`,
      `${at}.resources.requests[cpu]: Invalid value: "much": quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'`,
      `${at}.resources.requests[example.com/gpu]: Invalid value: "1500m": must be an integer`,
      `${at}.resources.limits: Required value: Limit must be set for non overcommitable resources`,
    ],
  },
  {
    name: 'a request above its limit, printed canonically',
    container: { resources: { limits: { cpu: '1000m' }, requests: { cpu: '2000m' } } },
    want: [`${at}.resources.requests: Invalid value: "2": must be less than or equal to cpu limit of 1`],
  },
  {
    name: 'environment from everywhere at once',
    container: {
      env: [
        { name: 'A', value: 'x', valueFrom: { fieldRef: { fieldPath: 'metadata.name' } } },
        { name: 'B', valueFrom: { resourceFieldRef: { resource: 'limits.cpu', divisor: '2' } } },
        { name: 'C', valueFrom: { fieldRef: { fieldPath: "spec.nodeName['a']" } } },
      ],
      envFrom: [{ prefix: 'a=' }, { configMapRef: { name: 'a' }, secretRef: { name: 'b' } }],
    },
    want: [
      `${at}.env[0].valueFrom: Invalid value: "": may not be specified when \`value\` is not empty`,
      `${at}.env[1].valueFrom.resourceFieldRef.divisor: Invalid value: "limits.cpu": only divisor's values 1m and 1 are supported with the cpu resource`,
      `${at}.env[2].valueFrom.fieldRef.fieldPath: Invalid value: "spec.nodeName['a']": error converting fieldPath: field label does not support subscript: spec.nodeName`,
      `${at}.envFrom[0].prefix: Invalid value: "a=": a valid environment variable name must consist only of printable ASCII characters other than '='`,
      `${at}.envFrom: Invalid value: "": must specify one of: \`configMapRef\` or \`secretRef\``,
      `${at}.envFrom: Invalid value: "": may not have more than one field specified at a time`,
    ],
  },
  {
    name: 'identities out of range and contradictions of privilege',
    spec: { securityContext: { runAsUser: -1, supplementalGroups: [2_147_483_648] } },
    container: { securityContext: { runAsGroup: -5, privileged: true, allowPrivilegeEscalation: false } },
    want: [
      `${at}.securityContext.runAsGroup: Invalid value: -5: must be between 0 and 2147483647, inclusive`,
      `${at}.securityContext: Invalid value: {"runAsGroup":-5,"privileged":true,"allowPrivilegeEscalation":false}: cannot set \`allowPrivilegeEscalation\` to false and \`privileged\` to true`,
      'spec.securityContext.runAsUser: Invalid value: -1: must be between 0 and 2147483647, inclusive',
      'spec.securityContext.supplementalGroups[0]: Invalid value: 2147483648: must be between 0 and 2147483647, inclusive',
    ],
  },
  {
    name: 'profiles of seccomp and settings of the kernel',
    spec: {
      securityContext: {
        seccompProfile: { type: 'Localhost' },
        sysctls: [{ name: 'net.x' }, { name: 'net.x', value: '' }, {}, { name: 'A b' }],
      },
    },
    container: { securityContext: { seccompProfile: { type: 'Default', localhostProfile: 'x' } } },
    want: [
      `${at}.securityContext.seccompProfile.type: Unsupported value: "Default": supported values: "Localhost", "RuntimeDefault", "Unconfined"`,
      `${at}.securityContext.seccompProfile.localhostProfile: Invalid value: "x": can only be set when seccomp type is Localhost`,
      'spec.securityContext.seccompProfile.localhostProfile: Required value: must be set when seccomp type is Localhost',
      'spec.securityContext.sysctls[1].name: Duplicate value: "net.x"',
      'spec.securityContext.sysctls[2].name: Required value',
      expect.stringMatching(
        /^spec.securityContext.sysctls\[3\].name: Invalid value: "A b": must have at most 253/,
      ),
    ],
  },
  {
    name: 'DNS of one s own without servers',
    spec: { dnsPolicy: 'None' },
    want: ['spec.dnsConfig: Required value: must provide `dnsConfig` when `dnsPolicy` is None'],
  },
  {
    name: 'DNS with too many and wrong servers',
    spec: {
      dnsConfig: { nameservers: ['1.1.1.1', '::1', 'dns', '8.8.8.8'], searches: ['a_b.c.', '.', 'A'] },
    },
    want: [
      'spec.dnsConfig.nameservers: Invalid value: ["1.1.1.1","::1","dns","8.8.8.8"]: must not have more than 3 nameservers',
      'spec.dnsConfig.nameservers[2]: Invalid value: "dns": must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)',
      expect.stringMatching(
        /^spec\.dnsConfig\.searches\[2\]: Invalid value: "A": a lowercase RFC 1123 subdomain/,
      ),
    ],
  },
  {
    name: 'node affinity that cannot be',
    spec: {
      affinity: {
        nodeAffinity: {
          requiredDuringSchedulingIgnoredDuringExecution: {
            nodeSelectorTerms: [
              {
                matchExpressions: [
                  { key: 'a', operator: 'In' },
                  { key: 'a', operator: 'Exists', values: ['b'] },
                  { key: 'a', operator: 'Gt', values: ['1', '2'] },
                  { key: 'a b', operator: 'in', values: ['c d'] },
                ],
              },
              {
                matchFields: [
                  { key: 'metadata.name', operator: 'Exists' },
                  { key: 'metadata.name', operator: 'In', values: ['a', 'b'] },
                  { key: 'metadata.uid', operator: 'In', values: ['a'] },
                ],
              },
            ],
          },
          preferredDuringSchedulingIgnoredDuringExecution: [
            { weight: 101, preference: { matchExpressions: [{ key: 'a', operator: 'NotIn' }] } },
            { weight: 0, preference: {} },
          ],
        },
      },
    },
    want: [
      `${required}[0].matchExpressions[0].values: Required value: must be specified when \`operator\` is 'In' or 'NotIn'`,
      `${required}[0].matchExpressions[1].values: Forbidden: may not be specified when \`operator\` is 'Exists' or 'DoesNotExist'`,
      `${required}[0].matchExpressions[2].values: Required value: must be specified single value when \`operator\` is 'Lt' or 'Gt'`,
      `${required}[0].matchExpressions[3].operator: Invalid value: "in": not a valid selector operator`,
      `${required}[0].matchExpressions[3].key: Invalid value: "a b": name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')`,
      `${required}[0].matchExpressions[3].values[0]: Invalid value: "c d": a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')`,
      `${required}[1].matchFields[0].operator: Invalid value: "Exists": not a valid selector operator`,
      `${required}[1].matchFields[1].values: Required value: must be only one value when \`operator\` is 'In' or 'NotIn' for node field selector`,
      `${required}[1].matchFields[2].key: Invalid value: "metadata.uid": not a valid field selector key`,
      `${preferred}[0].weight: Invalid value: 101: must be in the range 1-100`,
      `${preferred}[0].preference.matchExpressions[0].values: Required value: must be specified when \`operator\` is 'In' or 'NotIn'`,
      `${preferred}[1].weight: Invalid value: 0: must be in the range 1-100`,
    ],
  },
  {
    name: 'node affinity without a term',
    spec: {
      affinity: {
        nodeAffinity: { requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms: [] } },
      },
    },
    want: [`${required}: Required value: must have at least one node selector term`],
  },
  {
    name: 'tolerations that cannot be',
    spec: {
      tolerations: [
        { operator: 'Equal' },
        { key: 'a', operator: 'Exists', value: 'b' },
        { key: 'a', tolerationSeconds: 1 },
        { key: 'a', effect: 'Never' },
      ],
    },
    want: [
      'spec.tolerations[0].operator: Invalid value: "Equal": operator must be Exists when `key` is empty, which means "match all values and all keys"',
      `spec.tolerations[1].operator: Invalid value: "b": value must be empty when \`operator\` is 'Exists'`,
      `spec.tolerations[2].effect: Invalid value: "": effect must be 'NoExecute' when \`tolerationSeconds\` is set`,
      'spec.tolerations[3].effect: Unsupported value: "Never": supported values: "NoSchedule", "PreferNoSchedule", "NoExecute"',
    ],
  },
  {
    name: 'ephemeral containers at birth',
    spec: { ephemeralContainers: [{}] },
    want: ['spec.ephemeralContainers: Forbidden: cannot be set on create'],
  },
  {
    name: 'a deadline of no time',
    spec: { activeDeadlineSeconds: 0 },
    want: ['spec.activeDeadlineSeconds: Invalid value: 0: must be between 1 and 2147483647, inclusive'],
  },
];

describe('validation of a pod', () => {
  it.each(rows)('answers $name', ({ spec, container, want }) => {
    expect(complaints(podManifest(spec, container))).toEqual(want);
  });

  it('reports an init container that bears the name of an app container, on the init container', () => {
    const initContainers = [{ name: 'web', image: 'a' }];
    expect(complaints(podManifest({ initContainers }))).toEqual([
      'spec.initContainers[0].name: Duplicate value: "web"',
    ]);
  });

  it('checks metadata: names, labels, annotations, owners', () => {
    const owner = { apiVersion: 'v1', kind: 'Pod', name: 'a', uid: 'u', controller: true };
    const metadata = {
      generateName: 'Web-',
      namespace: 'a.b',
      labels: { 'a b': '!' },
      annotations: { big: 'x'.repeat(262_144) },
      ownerReferences: [owner, owner, {}],
      finalizers: ['a b'],
    };
    const fields = admitPod({ ...podManifest(), metadata }).errors.map(
      ({ field, type }) => `${field} ${type}`,
    );
    expect(fields).toEqual([
      'metadata.generateName FieldValueInvalid',
      'metadata.namespace FieldValueInvalid',
      'metadata.labels FieldValueInvalid',
      'metadata.labels FieldValueInvalid',
      'metadata.annotations FieldValueTooLong',
      'metadata.ownerReferences[2].apiVersion FieldValueInvalid',
      'metadata.ownerReferences[2].kind FieldValueInvalid',
      'metadata.ownerReferences[2].name FieldValueInvalid',
      'metadata.ownerReferences[2].uid FieldValueInvalid',
      'metadata.ownerReferences FieldValueInvalid',
      'metadata.finalizers FieldValueInvalid',
    ]);
  });

  it('accepts a prefix for a name that ends in a hyphen', () => {
    expect(complaints({ ...podManifest(), metadata: { generateName: 'web-' } })).toEqual([]);
  });

  it('warns about volumes that no runtime can mount and fields without effect', () => {
    const volumes = [
      { name: 'a', persistentVolumeClaim: { claimName: 'c' } },
      {
        name: 'b',
        projected: { sources: [{ configMap: { name: 'c' } }, { serviceAccountToken: { path: 't' } }] },
      },
    ];
    const manifest = podManifest({ volumes, affinity: { podAffinity: {} } });
    expect(complaints(manifest)).toEqual([]);
    expect(warnings(manifest)).toEqual([
      'spec.affinity.podAffinity: this field is kept, but has no effect: Mooring does not act on it',
      'spec.volumes[0].persistentVolumeClaim: Mooring cannot mount this kind of volume: containers that mount it will not start',
      'spec.volumes[1].projected.sources[1].serviceAccountToken: Mooring cannot bring what this source stands for: containers that mount it will not start',
    ]);
  });
});

describe('an update of a pod', () => {
  function update(change: Json, old: Json = {}, container: Json = {}): readonly string[] {
    const oldPod = admitPod(podManifest(old)).object;
    const newPod = admitPod(podManifest({ ...old, ...change }, container)).object;
    if (oldPod === undefined || newPod === undefined) throw new Error('the pods of the test are not valid');
    return validatePodUpdate(newPod, oldPod).map(({ field, message }) => `${field}: ${message}`);
  }

  it('may bring another image and further tolerations', () => {
    const tolerations = [{ key: 'a', operator: 'Exists' }];
    const more = [...tolerations, { key: 'b', operator: 'Exists' }];
    expect(update({ tolerations: more }, { tolerations }, { image: 'nginx:2' })).toEqual([]);
  });

  it('may not take a toleration away', () => {
    expect(update({ tolerations: [] }, { tolerations: [{ key: 'a', operator: 'Exists' }] })).toEqual([
      'spec.tolerations: Forbidden: existing toleration can not be modified except its tolerationSeconds',
    ]);
  });

  it('may not change anything else, and says what changed', () => {
    expect(update({ restartPolicy: 'Never' }, {}, { args: ['x'], env: [{ name: 'A' }] })).toEqual([
      expect.stringMatching(
        /^spec: Forbidden: pod updates may not change fields other than `spec\.containers\[\*\]\.image`,.*: spec\.containers\[0\]\.args, spec\.containers\[0\]\.env, spec\.restartPolicy$/,
      ),
    ]);
  });

  it('may not rename a pod or give it another identity', () => {
    const pod = admitPod(podManifest()).object;
    if (pod === undefined) throw new Error('the pod of the test is not valid');
    const old = { ...pod, metadata: { ...pod.metadata, uid: 'a' } };
    const renamed = { ...pod, metadata: { ...pod.metadata, name: 'other', uid: 'b' } };
    expect(validatePodUpdate(renamed, old).map((error) => error.field)).toEqual([
      'metadata.name',
      'metadata.uid',
    ]);
  });
});
