import { describe, expect, it } from 'vitest';
import { type ManifestOptions, parseManifest } from '../../src/manifest/parse.ts';
import { formatProblem } from '../../src/manifest/problem.ts';

function errorsOf(text: string, options: ManifestOptions = {}): readonly string[] {
  return parseManifest(text, { file: 'web.yaml', ...options }).errors.map(formatProblem);
}

const pod = `apiVersion: v1
kind: Pod
metadata:
  name: web
spec:
  containers:
  - name: web
    image: nginx
`;

describe('a manifest', () => {
  it('of several documents gives their objects in order, empty ones passed over', () => {
    const text = `# a comment\n---\n${pod}---\n---\n${pod.replace('name: web', 'name: second')}...\n`;
    const { objects, errors } = parseManifest(text);
    expect(errors).toEqual([]);
    expect(objects.map(({ object, document, line }) => [object.metadata.name, document, line])).toEqual([
      ['web', 1, 3],
      ['second', 3, 13],
    ]);
  });

  it('may be JSON', () => {
    const json = JSON.stringify({
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: 'c' },
      data: { 'a/b\\u0041"': '' },
    });
    expect(errorsOf(json)).toEqual([
      expect.stringMatching(/^web\.yaml:1 \(document 1\): data\[a\/b\\u0041"\]: Invalid value/),
    ]);
    expect(
      parseManifest('{"apiVersion":"v1","kind":"Namespace","metadata":{"name":"a\\/b"}}').errors,
    ).toHaveLength(1);
  });

  it('may hold a list of objects, each located by itself', () => {
    const text = `apiVersion: v1
kind: List
items:
- apiVersion: v1
  kind: Namespace
  metadata:
    name: good
- apiVersion: v1
  kind: Namespace
  metadata:
    name: Bad
`;
    const { objects, errors } = parseManifest(text, { file: 'l.yaml' });
    expect(objects.map(({ object, line }) => [object.metadata.name, line])).toEqual([['good', 4]]);
    expect(errors.map(formatProblem)).toEqual([
      expect.stringMatching(/^l\.yaml:11 \(document 1\): items\[1\]\.metadata\.name: Invalid value: "Bad"/),
    ]);
  });

  it('names file, document, line and field of every mistake', () => {
    const second = `apiVersion: v1
kind: Pod
metadata:
  name: web
  labels:
    app.example.com/a b: x
spec:
  restartPolicy: always
  containers:
  - name: web
  - name: web
    image: x
    ports:
    - containerPort: 80
    - {containerPort: 0, name: http}
    resources:
      limits: {cpu: much}
`;
    expect(errorsOf(`${pod}---\n${second}`).map((line) => line.slice(0, 72))).toEqual([
      'web.yaml:14 (document 2): metadata.labels: Invalid value: "app.example.c',
      'web.yaml:19 (document 2): spec.containers[0].image: Required value',
      'web.yaml:24 (document 2): spec.containers[1].ports[1].containerPort: Req',
      'web.yaml:26 (document 2): spec.containers[1].resources.limits[cpu]: Inva',
      'web.yaml:26 (document 2): spec.containers[1].resources.requests[cpu]: In'.replace(':26', ':25'),
      'web.yaml:20 (document 2): spec.containers[1].name: Duplicate value: "web',
      'web.yaml:17 (document 2): spec.restartPolicy: Unsupported value: "always',
    ]);
  });

  it('with a mistake in one object still gives the others', () => {
    const { objects, errors } = parseManifest(`a: [\n---\n${pod}`);
    expect(objects).toHaveLength(1);
    expect(errors.length).toBeGreaterThan(0);
  });

  it('reads anchors and merge keys', () => {
    const text = `apiVersion: v1
kind: ConfigMap
metadata: {name: c}
data:
  a: &a text
  b: *a
binaryData: {}
`;
    expect(parseManifest(text).objects[0]?.object).toMatchObject({ data: { a: 'text', b: 'text' } });
    const merged = `apiVersion: v1
kind: Pod
metadata: {name: c}
spec:
  initContainers:
  - &base
    name: a
    image: x
    imagePullPolicy: Never
  containers:
  - <<: *base
    name: b
  - <<: [{name: c}, *base]
`;
    expect(parseManifest(merged).objects[0]?.object).toMatchObject({
      spec: {
        containers: [
          { name: 'b', image: 'x', imagePullPolicy: 'Never' },
          { name: 'c', image: 'x', imagePullPolicy: 'Never' },
        ],
      },
    });
  });

  it('reads file modes as Kubernetes does: a leading zero means octal', () => {
    const text = `${pod}  volumes:\n  - name: v\n    secret: {secretName: s, defaultMode: 0400, items: [{key: a, path: a, mode: 0o644}]}\n`;
    expect(parseManifest(text).objects[0]?.object).toMatchObject({
      spec: { volumes: [{ secret: { defaultMode: 0o400, items: [{ mode: 0o644 }] } }] },
    });
  });

  it('warns about what it does not know', () => {
    const text = pod.replace('image: nginx', 'image: nginx\n    imagePullpolicy: Never');
    expect(parseManifest(text, { file: 'w.yaml' }).warnings.map(formatProblem)).toEqual([
      'w.yaml:9 (document 1): spec.containers[0].imagePullpolicy: unknown field (did you mean "imagePullPolicy"?)',
    ]);
  });

  it('leaves the handlers of plugins to the agent, unless it is told them', () => {
    const text = `${pod}    livenessProbe: {redisPing: {port: 6379}}\n`;
    expect(errorsOf(text)).toEqual([]);
    expect(errorsOf(text, { handlers: new Map() })).toEqual([
      expect.stringContaining(
        'web.yaml:9 (document 1): spec.containers[0].livenessProbe.redisPing: Unsupported value',
      ),
    ]);
  });
});

describe('a fragment', () => {
  it.each([
    [
      'readinessProbe: {tcpSocket: {port: 1}}',
      'readinessProbe belongs to a container: put it under spec.containers[] of a Pod',
    ],
    ['containers: []\nrestartPolicy: Never', 'containers, restartPolicy belongs to the spec of a Pod'],
    ['foo: 1', 'this is no API object, since it has neither apiVersion nor kind'],
  ])('%j is told where it belongs', (text, words) => {
    expect(errorsOf(text)).toEqual([expect.stringContaining(words)]);
  });
});

describe('an unreadable text', () => {
  it.each([
    ['a:\n\tb: 1', 'web.yaml:2 (document 1): Tabs are not allowed as indentation'],
    ['a: 1\na: 2', 'web.yaml:2 (document 1): the key "a" is given twice'],
    ['a: {b: 1, b: 2}', 'web.yaml:1 (document 1): the key "b" is given twice'],
    ['a: b: c', 'web.yaml:1 (document 1): Nested mappings are not allowed in compact mappings'],
    ['\n\na: \u0000', 'web.yaml:3 (document 1): the control character \\x00 is not allowed in a manifest'],
    ['a: !!js/function x', 'web.yaml:1 (document 1): the tag !!js/function is not allowed in a manifest'],
    ['a: !secret x', 'web.yaml:1 (document 1): the tag !secret is not allowed in a manifest'],
    ['a: !!binary aGk=', 'web.yaml:1 (document 1): the tag !!binary is not allowed in a manifest'],
    ['a: &a [*a]', 'web.yaml:1 (document 1): the alias *a contains itself'],
    ['a: *b', 'web.yaml:1 (document 1): the alias *b refers to nothing above it'],
    [
      'x:\n  __proto__: {a: 1}',
      'web.yaml:2 (document 1): the key "__proto__" is not allowed anywhere in an object',
    ],
    ['? [a]\n: b', 'web.yaml:1 (document 1): With stringKeys, all keys must be strings'],
    ['a: ]', 'web.yaml:1 (document 1): there is no bracket that this "]" could close'],
    ['- a', 'web.yaml:1 (document 1): Invalid value: ["a"]: must be an object'],
    ['just words', 'web.yaml:1 (document 1): Invalid value: "just words": must be an object'],
    ['<<: 1\nb: 2', 'web.yaml:1 (document 1): only objects can be merged'],
  ])('%j is answered with its place', (text, want) => {
    expect(errorsOf(text)).toEqual([want]);
  });

  it('of nothing has no objects and no mistakes', () => {
    for (const text of ['', '\n', '---\n', '# c\n', '\uFEFF'])
      expect(parseManifest(text)).toEqual({ objects: [], errors: [], warnings: [] });
  });
});
