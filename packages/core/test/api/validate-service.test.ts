import { describe, expect, it } from 'vitest';
import type { Json } from './pod-examples.ts';
import { objectComplaints, objectWarnings, updateComplaints } from './workload-examples.ts';

function service(spec: Json = {}, metadata: Json = {}): Json {
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: 'web', namespace: 'default', ...metadata },
    spec: { selector: { app: 'web' }, ports: [{ port: 80 }], ...spec },
  };
}

interface Row {
  readonly name: string;
  readonly spec: Json;
  readonly want: readonly (string | RegExp)[];
}

const range = 'provided port is not in the valid range. The range of valid ports is 30000-32767';
const ipWords = 'must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)';

const rows: readonly Row[] = [
  { name: 'no selector', spec: { selector: undefined }, want: [] },
  { name: 'no address and no ports', spec: { clusterIP: 'None', ports: undefined }, want: [] },
  { name: 'no ports', spec: { ports: undefined }, want: ['spec.ports: Required value'] },
  {
    name: 'ports that are wrong in every way',
    spec: {
      ports: [
        { name: 'Web', port: 0, protocol: 'HTTP', appProtocol: 'a b' },
        { port: 70_000, targetPort: 'Web_Server' },
        { name: 'c', port: 81, targetPort: 0 },
        { name: 'c', port: 81 },
      ],
    },
    want: [
      /^spec\.ports\[0\]\.name: Invalid value: "Web": a lowercase RFC 1123 label must consist/,
      'spec.ports[0].port: Invalid value: 0: must be between 1 and 65535, inclusive',
      'spec.ports[0].protocol: Unsupported value: "HTTP": supported values: "SCTP", "TCP", "UDP"',
      /^spec\.ports\[0\]\.appProtocol: Invalid value: "a b": name part must consist/,
      'spec.ports[1].name: Required value',
      'spec.ports[1].port: Invalid value: 70000: must be between 1 and 65535, inclusive',
      'spec.ports[1].targetPort: Invalid value: "Web_Server": must contain only alpha-numeric characters (a-z, 0-9), and hyphens (-)',
      'spec.ports[3].name: Duplicate value: "c"',
      'spec.ports[3]: Duplicate value: {"protocol":"TCP","port":81}',
    ],
  },
  {
    name: 'a long name of a port, which is a label',
    spec: { ports: [{ name: 'a-name-longer-than-those-of-containers', port: 80 }] },
    want: [],
  },
  {
    name: 'node ports',
    spec: {
      type: 'NodePort',
      ports: [
        { name: 'a', port: 80, nodePort: 30_000 },
        { name: 'b', port: 81, nodePort: 80 },
        { name: 'c', port: 82, nodePort: 30_000 },
        { name: 'd', port: 83, nodePort: 30_000, protocol: 'UDP' },
      ],
    },
    want: [
      `spec.ports[1].nodePort: Invalid value: 80: ${range}`,
      'spec.ports[2].nodePort: Duplicate value: 30000',
    ],
  },
  {
    name: 'a node port where there is none',
    spec: { ports: [{ port: 80, nodePort: 30_000 }] },
    want: ["spec.ports[0].nodePort: Forbidden: may not be used when `type` is 'ClusterIP'"],
  },
  {
    name: 'words that there are not',
    spec: { type: 'Bus', sessionAffinity: 'Cookie', internalTrafficPolicy: 'Here', ipFamilyPolicy: 'Both' },
    want: [
      'spec.type: Unsupported value: "Bus": supported values: "ClusterIP", "ExternalName", "LoadBalancer", "NodePort"',
      'spec.sessionAffinity: Unsupported value: "Cookie": supported values: "ClientIP", "None"',
      'spec.ipFamilyPolicy: Unsupported value: "Both": supported values: "SingleStack", "PreferDualStack", "RequireDualStack"',
      'spec.internalTrafficPolicy: Unsupported value: "Here": supported values: "Cluster", "Local"',
    ],
  },
  {
    name: 'a policy for traffic that cannot come',
    spec: { externalTrafficPolicy: 'Local' },
    want: [
      'spec.externalTrafficPolicy: Invalid value: "Local": may only be set for externally-accessible services',
    ],
  },
  {
    name: 'a policy for traffic that can',
    spec: { type: 'LoadBalancer', externalTrafficPolicy: 'There' },
    want: ['spec.externalTrafficPolicy: Unsupported value: "There": supported values: "Cluster", "Local"'],
  },
  {
    name: 'an affinity for longer than a day',
    spec: { sessionAffinity: 'ClientIP', sessionAffinityConfig: { clientIP: { timeoutSeconds: 86_401 } } },
    want: [
      'spec.sessionAffinityConfig.clientIP.timeoutSeconds: Invalid value: 86401: must be greater than 0 and less than 86400',
    ],
  },
  {
    name: 'a selector that is none',
    spec: { selector: { 'a=b': 'c' } },
    want: [/^spec\.selector: Invalid value: "a=b": name part must consist/],
  },
  {
    name: 'addresses that are none',
    spec: { clusterIP: '10.0.0', externalIPs: ['10.0.0.1', 'host'], externalTrafficPolicy: 'Cluster' },
    want: [
      `spec.clusterIPs[0]: Invalid value: "10.0.0": ${ipWords}`,
      `spec.externalIPs[1]: Invalid value: "host": ${ipWords}`,
    ],
  },
  {
    name: 'addresses that contradict each other',
    spec: { clusterIP: '10.0.0.1', clusterIPs: ['10.0.0.2', '10.0.0.3'], ipFamilies: ['IPv6', 'IPv6', 'X'] },
    want: [
      'spec.clusterIPs: Invalid value: ["10.0.0.2","10.0.0.3"]: first value must match `clusterIP`',
      'spec.ipFamilies[1]: Duplicate value: "IPv6"',
      'spec.ipFamilies[2]: Unsupported value: "X": supported values: "IPv4", "IPv6"',
      'spec.clusterIPs: Invalid value: ["10.0.0.2","10.0.0.3"]: may specify no more than one IP for each IP family',
      'spec.clusterIPs[0]: Invalid value: "10.0.0.2": expected an IPv6 value as indicated by `ipFamilies[0]`',
      'spec.clusterIPs[1]: Invalid value: "10.0.0.3": expected an IPv6 value as indicated by `ipFamilies[1]`',
    ],
  },
  {
    name: 'one address of each family',
    spec: { clusterIP: '10.0.0.1', clusterIPs: ['10.0.0.1', 'fd00::1'], ipFamilies: ['IPv4', 'IPv6'] },
    want: [],
  },
  {
    name: 'a second address without a first',
    spec: { clusterIPs: ['10.0.0.1'] },
    want: ['spec.clusterIPs: Invalid value: ["10.0.0.1"]: must be empty when `clusterIP` is not specified'],
  },
  {
    name: 'no address, and one',
    spec: { clusterIP: 'None', clusterIPs: ['None', '10.0.0.1'] },
    want: ['spec.clusterIPs: Invalid value: ["None","10.0.0.1"]: \'None\' must be the first and only value'],
  },
  {
    name: 'a type that needs the address that it has not',
    spec: { type: 'NodePort', clusterIP: 'None' },
    want: ['spec.clusterIPs[0]: Invalid value: "None": may not be set to \'None\' for NodePort services'],
  },
  {
    name: 'a name elsewhere',
    spec: { type: 'ExternalName', externalName: 'example.com.', ports: undefined },
    want: [],
  },
  {
    name: 'a name elsewhere that is missing, and an address here',
    spec: {
      type: 'ExternalName',
      clusterIP: '10.0.0.1',
      ipFamilies: ['IPv4'],
      ipFamilyPolicy: 'SingleStack',
    },
    want: [
      'spec.clusterIPs: Forbidden: may not be set for ExternalName services',
      'spec.ipFamilies: Forbidden: may not be set for ExternalName services',
      'spec.ipFamilyPolicy: Forbidden: may not be set for ExternalName services',
      'spec.externalName: Required value',
    ],
  },
];

describe('a Service', () => {
  it.each(rows)('with $name', ({ spec, want }) => {
    expect(objectComplaints(service(spec))).toEqual(
      want.map((line) => (typeof line === 'string' ? line : expect.stringMatching(line))),
    );
  });

  it('has a name that begins with a letter, since it becomes one of the DNS', () => {
    expect(objectComplaints(service({}, { name: '1web' }))).toEqual([
      expect.stringMatching(/^metadata\.name: Invalid value: "1web": a DNS-1035 label must consist/),
    ]);
  });

  it('is warned about what nobody acts on', () => {
    expect(objectWarnings(service({ type: 'LoadBalancer', loadBalancerIP: '10.0.0.1' }))).toEqual([
      'spec.loadBalancerIP: this field is kept, but has no effect: Mooring does not act on it',
    ]);
    expect(objectWarnings(service({ selectors: { a: 'b' } }))).toEqual([
      'spec.selectors: unknown field (did you mean "selector"?)',
    ]);
  });

  it('with fifty thousand ports has a hundred mistakes listed', () => {
    const ports = Array.from({ length: 50_000 }, () => ({}));
    expect(objectComplaints(service({ ports }))).toHaveLength(101);
  });
});

describe('an update of a Service', () => {
  const addressed = service({ clusterIP: '10.0.0.1' });

  it.each<[string, Json, Json, readonly string[]]>([
    [
      'may not take another address',
      service({ clusterIP: '10.0.0.2' }),
      addressed,
      ['spec.clusterIPs[0]: Invalid value: ["10.0.0.2"]: may not change once set'],
    ],
    [
      'may not give its address up',
      service({ clusterIP: 'None' }),
      addressed,
      ['spec.clusterIPs[0]: Invalid value: ["None"]: may not change once set'],
    ],
    ['may be given an address', addressed, service(), []],
    [
      'may be given an address of the other family',
      service({ clusterIP: '10.0.0.1', clusterIPs: ['10.0.0.1', 'fd00::1'] }),
      addressed,
      [],
    ],
    [
      'may point elsewhere',
      service({ type: 'ExternalName', externalName: 'example.com', clusterIP: '10.0.0.1' }),
      addressed,
      [],
    ],
    ['may select other pods', service({ selector: { app: 'other' } }), service(), []],
  ])('%s', (_, changed, stored, want) => {
    expect(updateComplaints(changed, stored)).toEqual(want);
  });
});
