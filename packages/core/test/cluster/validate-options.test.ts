import { describe, expect, it, test } from 'vitest';
import { builtInControllerNames } from '../../src/cluster/built-in-controller-names.ts';
import { allControllers } from '../../src/cluster/built-in-controllers.ts';
import { createAgent, createCluster } from '../../src/cluster/create-cluster.ts';
import { validateAgentOptions, validateClusterOptions } from '../../src/cluster/validate-options.ts';
import { MooringError } from '../../src/contract/error.ts';

function mistakes(validate: (options: unknown) => void, options: unknown): readonly string[] {
  try {
    validate(options);
    return [];
  } catch (error) {
    if (!(error instanceof MooringError) || error.code !== 'INVALID') throw error;
    return (error.fields ?? []).map(({ field, message }) => `${field}: ${message}`);
  }
}

const inCluster = (options: unknown) => mistakes(validateClusterOptions, options);
const inAgent = (options: object) => mistakes(validateAgentOptions, { name: 'a', plugins: [], ...options });
const cycle: Record<string, unknown> = {};
cycle['self'] = cycle;

describe('the options of a node', () => {
  it('have addresses where those are needed, and resources that pods can ask for', () => {
    const allocatable = { cpus: '1', pods: 5, 'example.com/gpu': '1', 'hugepages-2Mi': '4Mi' };
    expect(inAgent({ hostIP: 'localhost', serviceProxy: { nodePortAddress: 'eth0' }, allocatable })).toEqual([
      expect.stringMatching(
        /^serviceProxy\.nodePortAddress: Invalid value: "eth0": must be a valid IP address/,
      ),
      expect.stringMatching(/^hostIP: Invalid value: "localhost": must be a valid IP address/),
      expect.stringMatching(
        /^allocatable\[cpus\]: Unsupported value: "cpus": supported values: "cpu", "memory"/,
      ),
    ]);
  });
});

describe('the options of a cluster', () => {
  it('may be nothing but plugins, or everything', () => {
    const node = {
      name: 'node-1.example.com',
      hostIP: '10.0.0.1',
      crashLoop: { initialMs: 0.5 },
      relistMs: 1,
    };
    expect(inCluster({ plugins: [] })).toEqual([]);
    expect(inCluster({ plugins: [], dataDir: undefined, name: 'c', nodes: [node], eventTtlMs: 1 })).toEqual(
      [],
    );
  });

  it('are told of every mistake at once, by its path', () => {
    const nodes = [
      { name: 'Bad Name' },
      { name: 'b', crashLoop: { initialMs: '10s', maxMs: Number.NaN } },
      { name: 'b', relistMs: 0 },
      { hostIP: 'web-1' },
    ];
    const name = expect.stringMatching(
      /^nodes\[0\]\.name: Invalid value: "Bad Name": a lowercase RFC 1123 subdomain/,
    );
    expect(inCluster({ nodes, dataDir: 5, eventTtlMs: -1 })).toEqual([
      'plugins: Required value',
      'dataDir: Invalid value: 5: must be a string',
      'eventTtlMs: Invalid value: -1: must be finite and greater than 0',
      name,
      'nodes[1].crashLoop.initialMs: Invalid value: "10s": must be a number',
      'nodes[1].crashLoop.maxMs: Invalid value: NaN: must be finite and greater than 0',
      'nodes[2].relistMs: Invalid value: 0: must be finite and greater than 0',
      'nodes[2].name: Duplicate value: "b"',
      'nodes[3].name: Required value',
      'nodes[3].hostIP: Invalid value: "web-1": must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)',
    ]);
  });

  it.each<[string, unknown, readonly string[]]>([
    ['nothing', undefined, [': Invalid value: null: must be an object']],
    ['a list', [], [': Invalid value: "object": must be an object']],
    [
      'slices that are too large',
      { plugins: [], controllers: { endpointsPerSliceMax: 1001 } },
      [
        'controllers.endpointsPerSliceMax: Invalid value: 1001: must be an integer between 1 and 1000, inclusive',
      ],
    ],
    ['plugins that are none', { plugins: {} }, ['plugins: Invalid value: "object": must be an array']],
    ['nodes that are none', { plugins: [], nodes: 'a' }, ['nodes: Invalid value: "a": must be an array']],
    [
      'a node that is null',
      { plugins: [], nodes: [null] },
      ['nodes[0]: Invalid value: null: must be an object'],
    ],
    ['a cycle', { plugins: [], name: cycle }, ['name: Invalid value: "object": must be a string']],
    ['a big integer', { plugins: [], eventTtlMs: 1n }, ['eventTtlMs: Invalid value: 1: must be a number']],
    ['a typo', { plugins: [], dataDirr: '/x' }, ['dataDirr: unknown option (did you mean "dataDir"?)']],
    [
      'a logger or a clock of another make',
      { plugins: [], logger: {}, clock: { now: () => 0, setTimeout, clearTimeout } },
      [
        'clock: Invalid value: "object": must have the methods monotonicMs',
        'logger: Invalid value: "object": must have the methods debug, info, warn, error, child',
      ],
    ],
    [
      'without a controller that there is not',
      { plugins: [], controllers: { without: ['deploymnt'] } },
      [
        expect.stringMatching(
          /^controllers\.without\[0\]: Unsupported value: "deploymnt": supported values: /,
        ),
      ],
    ],
    [
      'so much of a resource that nobody can read it',
      { plugins: [], nodes: [{ name: 'a', allocatable: { cpu: 2, memory: '2 GB', pods: null } }] },
      [
        expect.stringMatching(
          /^nodes\[0\]\.allocatable\[memory\]: Invalid value: "2 GB": quantities must match/,
        ),
        'nodes[0].allocatable[pods]: Invalid value: null: must be a quantity',
      ],
    ],
    [
      'something between it and a carrier that there is not',
      { plugins: [], carriers: { stores: () => undefined } },
      ['carriers.stores: unknown option (did you mean "store"?)'],
    ],
    ['a stranger', { plugins: [], zzz: 1 }, ['zzz: unknown option']],
    [
      'addresses of Services that are no range',
      { plugins: [], services: { clusterIPRange: '127.96.0.0/31' } },
      [
        'services.clusterIPRange: Invalid value: "127.96.0.0/31": must be a range of at least 4 IPv4 addresses, such as 127.96.0.0/12',
      ],
    ],
    [
      'a proxy for half a connection',
      { plugins: [], serviceProxy: { connectionsMax: 1.5, nodePortAddress: '' } },
      [
        'serviceProxy.nodePortAddress: Invalid value: "": must not be empty',
        'serviceProxy.connectionsMax: Invalid value: 1.5: must be a whole number',
      ],
    ],
  ])('cannot be %s', (_, options, expected) => {
    expect(inCluster(options)).toEqual(expected);
  });
});

test('built-in controllers are left out by the names that they have', () => {
  const names = allControllers({}, []).map(({ name }) => name);
  expect(names.toSorted()).toEqual([...builtInControllerNames].toSorted());
});

describe('numbers that belong together', () => {
  it.each<[string, object, readonly string[]]>([
    ['of a preset are right', { preset: 'small' }, []],
    [
      'may all be set',
      { controllers: { nodeLifecycle: { graceMs: 90_000, evictionRate: 0 }, podGC: { quarantineMs: 0 } } },
      [],
    ],
    [
      'have a preset that exists',
      { preset: 'tiny' },
      ['preset: Unsupported value: "tiny": supported values: "kubernetes", "small"'],
    ],
    [
      'leave room for one more try',
      { controllers: { nodeLifecycle: { graceMs: 30_000 } } },
      [
        'controllers.nodeLifecycle.graceMs: Invalid value: 30000: must be more than 35000: three renewals of node localhost, 10000 ms each, and one monitorPeriodMs',
        'controllers.nodeLifecycle.graceMs: Invalid value: 30000: must be more than 40000: so long does a lease of node localhost last',
      ],
    ],
    [
      'hold for each node',
      {
        preset: 'small',
        nodes: [{ name: 'a' }, { name: 'b', heartbeat: { leaseMs: 13_000, renewMs: 2000 } }],
      },
      [
        'controllers.nodeLifecycle.graceMs: Invalid value: 12000: must be more than 13000: so long does a lease of node b last',
      ],
    ],
    [
      'stop pods before they are replaced, and not for one lost renewal',
      {
        nodes: [
          { name: 'a', fencing: { afterMs: 60_000 } },
          { name: 'b', fencing: { afterMs: 20_000 } },
          { name: 'c', fencing: true },
        ],
      },
      [
        'nodes[0].fencing.afterMs: Invalid value: 60000: must be at most 50000 (controllers.nodeLifecycle.graceMs): pods have to end before they are replaced',
        'nodes[1].fencing.afterMs: Invalid value: 20000: must leave time for two renewals of 10000 ms before the first pods are stopped, which is after 10750 ms',
      ],
    ],
    [
      'are not compared when the controllers are elsewhere',
      { controllers: false, nodes: [{ name: 'a', heartbeat: { leaseMs: 90_000 } }] },
      [],
    ],
    [
      'are numbers of their kind',
      {
        controllers: {
          nodeLifecycle: { unhealthyZoneThreshold: 55, evictionRate: -1 },
          podGC: { finishesFencedPods: 1 },
        },
      },
      [
        'controllers.nodeLifecycle.evictionRate: Invalid value: -1: must be finite and greater than or equal to 0',
        'controllers.nodeLifecycle.unhealthyZoneThreshold: Invalid value: 55: must be at most 1',
        'controllers.podGC.finishesFencedPods: Invalid value: 1: must be a boolean',
      ],
    ],
  ])('%s', (_, options, expected) => {
    expect(inCluster({ plugins: [], ...options })).toEqual(expected);
  });
});

describe('the options of an agent', () => {
  it.each<[string, object, readonly string[]]>([
    ['right', { cluster: 'c', manifests: '/etc/pods', crashLoop: {}, pullMsMax: 1 }, []],
    ['without waits and proxy', { withdrawMsMax: 0, drainMsMax: 0, serviceProxy: false, services: {} }, []],
    ['a wait of less than nothing', { drainMsMax: -1 }, [expect.stringMatching(/^drainMsMax: /)]],
    ['an empty name', { name: '' }, ['name: Invalid value: "": must not be empty']],
    [
      'a way out of the directory',
      { name: '../../evil' },
      [expect.stringMatching(/^name: Invalid value: "..\/..\/evil"/)],
    ],
    ['an endless wait', { crashLoop: { maxMs: Infinity } }, [expect.stringMatching(/^crashLoop\.maxMs: /)]],
    [
      'a typo inside',
      { crashLoop: { initalMs: 5 } },
      ['crashLoop.initalMs: unknown option (did you mean "initialMs"?)'],
    ],
    [
      'labels and taints',
      { labels: { 'example.com/zone': 'z1' }, taints: [{ key: 'gpu', value: 'x', effect: 'NoExecute' }] },
      [],
    ],
    [
      'labels that are none',
      { labels: { 'a b': 'x', zone: 5 } },
      [
        expect.stringMatching(/^labels: Invalid value: "a b": name part /),
        'labels[zone]: Invalid value: 5: must be a string',
      ],
    ],
    [
      'taints that are none',
      { taints: [{ key: 'gpu', effect: 'Sometimes' }, { effect: 'NoExecute' }] },
      [
        'taints[0].effect: Unsupported value: "Sometimes": supported values: "NoSchedule", "PreferNoSchedule", "NoExecute"',
        'taints[1].key: Required value',
      ],
    ],
    [
      'a lease that one lost renewal ends',
      { heartbeat: { leaseMs: 10_000, renewMs: 6000 } },
      [
        'heartbeat.renewMs: Invalid value: 6000: must be at most half of leaseMs: one lost renewal is no outage',
      ],
    ],
    ['an option of clusters', { nodes: [] }, [expect.stringMatching(/^nodes: unknown option/)]],
  ])('are named without the node: %s', (_, options, expected) => {
    expect(inAgent(options)).toEqual(expected);
  });
});

describe('wrong options', () => {
  it('reject the call, and never throw out of it', async () => {
    const code = 'INVALID';
    await expect(createAgent({ name: 'Bad', plugins: [] })).rejects.toMatchObject({ code });
    await expect(createCluster({ plugins: [], nodes: [{ name: 'Bad' }] })).rejects.toMatchObject({ code });
  });
});
