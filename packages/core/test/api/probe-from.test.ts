import { describe, expect, it } from 'vitest';
import { admitObject } from '../../src/api/admit.ts';
import { formatFieldError } from '../../src/api/field-error.ts';
import { parseProbeFrom, probeFromAnnotation, probeFromOf } from '../../src/api/probe-from.ts';
import type { HandlerCompiler, ProbeHandlers } from '../../src/api/validate-probe.ts';
import { complaints, type Json, podManifest } from './pod-examples.ts';

describe('the annotation', () => {
  it.each([
    ['node-b', [{ nodes: ['node-b'], quorum: 'majority' }]],
    ['any of node-b, node-c', [{ nodes: ['node-b', 'node-c'], quorum: 'any' }]],
    ['all of a.example,b', [{ nodes: ['a.example', 'b'], quorum: 'all' }]],
    ['2 of a, b, c', [{ nodes: ['a', 'b', 'c'], quorum: 2 }]],
    ['readiness: a', [{ type: 'readiness', nodes: ['a'], quorum: 'majority' }]],
    [
      ' web/liveness : any of a ;\nstartup:b\n',
      [
        { container: 'web', type: 'liveness', nodes: ['a'], quorum: 'any' },
        { type: 'startup', nodes: ['b'], quorum: 'majority' },
      ],
    ],
    // Words of the syntax are names of nodes where a name stands.
    ['any', [{ nodes: ['any'], quorum: 'majority' }]],
    ['liveness', [{ nodes: ['liveness'], quorum: 'majority' }]],
  ])('%j is read', (text, rules) => {
    expect(parseProbeFrom(text)).toMatchObject({ ok: true, value: rules });
  });

  it.each([
    ['', 'names no node'],
    [' ; ', 'names no node'],
    ['readiness:', 'must be node names with commas'],
    ['a,,b', 'must be node names with commas'],
    ['any of ', '"any of" is no node name'],
    ['Node_B', '"Node_B" is no node name'],
    ['redines: a', '"redines: a" is no node name'],
    ['web: a', '"web: a" is no node name'],
    ['most of a, b', '"most of a" is no node name'],
    ['a;'.repeat(5000), 'must be at most 4096 characters'],
    ['a, a', 'must name each node once'],
    ['0 of a, b', 'must ask for 1 to 2 of 2 nodes'],
    ['3 of a, b', 'must ask for 1 to 2 of 2 nodes'],
    ['a; any of b', 'is a second rule for the same probes'],
    ['web/readiness: a; web/readiness: b', 'is a second rule for the same probes'],
    [Array.from({ length: 17 }, (_, i) => `n${i}`).join(), 'must name at most 16 nodes'],
  ])('%j is refused, and why', (text, problem) => {
    const parsed = parseProbeFrom(text);
    expect(parsed.ok ? [] : parsed.errors.map(({ message }) => message).join()).toContain(problem);
  });

  it('names all mistakes at once', () => {
    const parsed = parseProbeFrom('a, a; 5 of b');
    expect(parsed.ok ? 0 : parsed.errors.length).toBe(3);
  });

  it('is followed by the rule that names a probe most exactly', () => {
    const annotations = { [probeFromAnnotation]: 'a; readiness: b; web/readiness: c' };
    const nodes = (container: string, type: 'liveness' | 'readiness') =>
      probeFromOf(annotations, container, type)?.nodes;
    expect(nodes('web', 'liveness')).toEqual(['a']);
    expect(nodes('log', 'readiness')).toEqual(['b']);
    expect(nodes('web', 'readiness')).toEqual(['c']);
    expect(probeFromOf({ [probeFromAnnotation]: 'readiness: b' }, 'web', 'liveness')).toBeUndefined();
    expect(probeFromOf({}, 'web', 'liveness')).toBeUndefined();
  });
});

const compiler = (network?: boolean): HandlerCompiler => ({
  compile: () => ({ ok: true, value: undefined }),
  ...(network !== undefined && { network }),
});
const handlers = new Map([
  ['redisPing', compiler(true)],
  ['fileAge', compiler()],
]);
const http = { httpGet: { port: 80 } };
const exec = { exec: { command: ['true'] } };
const path = `metadata.annotations[${probeFromAnnotation}]`;

function pod(text: string, container: Json): Json {
  const metadata = { name: 'web', namespace: 'default', annotations: { [probeFromAnnotation]: text } };
  return { ...podManifest({}, container), metadata };
}

const cases: readonly (readonly [what: string, text: string, container: Json, said: readonly string[]])[] = [
  ['an HTTP probe', 'b', { readinessProbe: http }, []],
  ['a handler that says so', 'b', { readinessProbe: { redisPing: {} } }, []],
  [
    'a command',
    'b',
    { readinessProbe: http, livenessProbe: exec },
    [
      `${path}: Forbidden: web/liveness: the handler "exec" works at the container only: name the probes that other nodes can make, such as "web/readiness: node-b"`,
    ],
  ],
  ['a command that is not named', 'readiness: b', { readinessProbe: http, livenessProbe: exec }, []],
  [
    'a handler that says nothing',
    'b',
    { readinessProbe: { fileAge: {} } },
    [expect.stringContaining('the handler "fileAge" works at the container only')],
  ],
  [
    'another host',
    'b',
    { readinessProbe: { httpGet: { port: 80, host: '169.254.169.254' } } },
    [
      `${path}: Forbidden: web/readiness: another node probes the pod itself and nothing else: leave out readinessProbe.httpGet.host`,
    ],
  ],
  [
    'a very long time-out',
    'b',
    { readinessProbe: { ...http, timeoutSeconds: 61 } },
    [expect.stringContaining('readinessProbe.timeoutSeconds may be at most 60')],
  ],
  [
    'a probe that is not there',
    'liveness: b',
    { readinessProbe: http },
    [`${path}: Invalid value: "liveness: b": the pod has no livenessProbe: name a probe that it has`],
  ],
  [
    'a container that is not there',
    'log/readiness: b',
    { readinessProbe: http },
    [expect.stringContaining('the pod has no readinessProbe in a container log')],
  ],
  ['no probes at all', 'b', {}, [expect.stringContaining('the pod has no probes')]],
  ['what cannot be read', 'a,,b', { readinessProbe: http }, [expect.stringContaining(path)]],
];

it.each(cases)('%s is admitted where it can be made elsewhere', (_, text, container, said) => {
  expect(complaints(pod(text, container), handlers)).toEqual(said);
});

it('is taken for possible where the plugins of the agent are not known, but for commands', () => {
  const of = (probe: Json, known: ProbeHandlers) => complaints(pod('b', { readinessProbe: probe }), known);
  expect(of({ whatever: {} }, 'unchecked')).toEqual([]);
  expect(of(exec, 'unchecked')).toHaveLength(1);
});

it('is looked at in templates too', () => {
  const labels = { app: 'web' };
  const template = {
    metadata: { labels, annotations: { [probeFromAnnotation]: 'b' } },
    spec: { containers: [{ name: 'web', image: 'i', readinessProbe: exec }] },
  };
  const set = {
    apiVersion: 'apps/v1',
    kind: 'ReplicaSet',
    metadata: { name: 'web' },
    spec: { replicas: 1, selector: { matchLabels: labels }, template },
  };
  expect(admitObject(set).errors.map(formatFieldError)).toEqual([
    expect.stringContaining(
      `annotations[${probeFromAnnotation}]: Forbidden: web/readiness: the handler "exec"`,
    ),
  ]);
});
