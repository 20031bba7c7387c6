import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { appsInDefault, configMapOf, deploymentOf, inDefault, podOf } from './support/objects.ts';
import { type Served, serve } from './support/server.ts';

let served: Served;
const ask: Served['ask'] = (...args) => served.ask(...args);

beforeAll(async () => {
  served = await serve({ api: { bodyBytesMax: 100_000 } });
});

afterAll(async () => {
  await served[Symbol.asyncDispose]();
});

describe('creating', () => {
  it('fills in what a server fills in, and what admission does', async () => {
    const { code, body } = await ask('POST', `${inDefault}/pods`, podOf('created'));
    expect(code).toBe(201);
    expect(body.metadata).toMatchObject({
      namespace: 'default',
      uid: expect.stringMatching(/^[-0-9a-f]{36}$/),
      creationTimestamp: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/),
      resourceVersion: expect.stringMatching(/^\d+$/),
      generation: 1,
    });
    expect(body.spec).toMatchObject({ restartPolicy: 'Always', terminationGracePeriodSeconds: 30 });
    expect(await ask('GET', `${inDefault}/pods/created`)).toMatchObject({ code: 200, body });
  });

  it('refuses a name that is taken', async () => {
    await ask('POST', `${inDefault}/configmaps`, configMapOf('taken'));
    const { code, body } = await ask('POST', `${inDefault}/configmaps`, configMapOf('taken'));
    expect(code).toBe(409);
    expect(body).toMatchObject({
      kind: 'Status',
      reason: 'AlreadyExists',
      message: 'configmaps "taken" already exists',
      details: { name: 'taken', kind: 'configmaps' },
    });
  });

  it('makes names', async () => {
    const unnamed = configMapOf('', {}, { generateName: 'made-' });
    const { body } = await ask('POST', `${inDefault}/configmaps`, unnamed);
    expect(body.metadata.name).toMatch(/^made-[a-z0-9]{5}$/);
  });

  it('lists every mistake, with the place of each', async () => {
    const broken = deploymentOf('broken', { replicas: -1, selector: { matchLabels: { app: 'other' } } });
    const { code, body } = await ask('POST', `${appsInDefault}/deployments`, broken);
    expect(code).toBe(422);
    expect(body.message).toMatch(/^Deployment\.apps "broken" is invalid: \[/);
    expect(body.details).toMatchObject({ name: 'broken', group: 'apps', kind: 'Deployment' });
    const fields = body.details.causes.map(({ field }: { field: string }) => field);
    expect(fields).toEqual(expect.arrayContaining(['spec.replicas', 'spec.template.metadata.labels']));
    expect(body.details.causes[0]).toMatchObject({
      reason: 'FieldValueInvalid',
      message: expect.stringMatching(/^Invalid value/),
    });
  });

  it.each([
    [
      'a path of another namespace',
      configMapOf('a', {}, { namespace: 'other' }),
      /does not match the namespace/,
    ],
    ['another kind', podOf('a'), /Pod in version "v1" cannot be handled as a ConfigMap/],
    ['another version', { ...configMapOf('a'), apiVersion: 'v2' }, /does not match the expected API version/],
    ['a list', '[]', /must be an object/],
    ['no JSON', '{"a"', /it is no JSON/],
    ['a field of a wrong type', configMapOf('a', { b: 5 }), /data\[b\].*must be a string/],
    ['a key that reaches for the prototype', '{"metadata":{"__proto__":{"a":1}}}', /not allowed/],
  ])('refuses %s', async (_name, body, message) => {
    const answer = await ask('POST', `${inDefault}/configmaps`, body);
    expect(answer).toMatchObject({
      code: 400,
      body: { reason: 'BadRequest', message: expect.stringMatching(message) },
    });
  });

  it('takes YAML, and nothing that it does not know', async () => {
    const yaml = 'metadata: {name: from-yaml}\ndata: {a: "1"}\n';
    const taken = await ask('POST', `${inDefault}/configmaps`, yaml, { 'content-type': 'application/yaml' });
    expect(taken).toMatchObject({ code: 201, body: { kind: 'ConfigMap', data: { a: '1' } } });
    const refused = await ask('POST', `${inDefault}/configmaps`, '<a/>', {
      'content-type': 'application/xml',
    });
    expect(refused).toMatchObject({ code: 415, body: { reason: 'UnsupportedMediaType' } });
  });

  it('makes nothing for those who could not read it', async () => {
    const answer = await ask('POST', `${inDefault}/configmaps`, configMapOf('unread'), {
      accept: 'text/html',
    });
    expect(answer).toMatchObject({ code: 406, body: { reason: 'NotAcceptable' } });
    expect(await ask('GET', `${inDefault}/configmaps/unread`)).toMatchObject({ code: 404 });
  });

  it('refuses a body that is too large', async () => {
    const large = configMapOf('large', { text: 'x'.repeat(200_000) });
    const answer = await ask('POST', `${inDefault}/configmaps`, large);
    expect(answer).toMatchObject({ code: 413, body: { reason: 'RequestEntityTooLarge' } });
  });

  it('puts nothing into a namespace that does not exist', async () => {
    const answer = await ask('POST', '/api/v1/namespaces/nowhere/configmaps', configMapOf('a'));
    expect(answer).toMatchObject({ code: 404, body: { message: 'namespaces "nowhere" not found' } });
    await ask('POST', '/api/v1/namespaces', { metadata: { name: 'somewhere' } });
    const made = await ask('POST', '/api/v1/namespaces/somewhere/configmaps', configMapOf('a'));
    expect(made).toMatchObject({ code: 201, body: { metadata: { namespace: 'somewhere' } } });
  });

  it('takes events of clients, and completes them', async () => {
    const event = {
      metadata: { name: 'e1' },
      involvedObject: { kind: 'Pod', name: 'a', namespace: 'default' },
    };
    const taken = await ask('POST', `${inDefault}/events`, event);
    expect(taken).toMatchObject({ code: 201, body: { type: 'Normal', count: 1 } });
    const refused = await ask('POST', `${inDefault}/events`, { metadata: { name: 'e2' } });
    expect(refused).toMatchObject({
      code: 422,
      body: { details: { causes: [{ field: 'involvedObject' }] } },
    });
  });
});

describe('fields that a kind does not have', () => {
  const odd = (name: string) => podOf(name, { bogusField: 1 });
  const path = (mode: string) => `${inDefault}/pods?fieldValidation=${mode}`;

  it('are refused where that is wanted', async () => {
    const { code, body } = await ask('POST', path('Strict'), odd('strict'));
    expect(code).toBe(400);
    expect(body.message).toBe(
      'Pod in version "v1" cannot be handled as a Pod: strict decoding error: unknown field "spec.bogusField"',
    );
  });

  it('are warned about, or not, and never kept', async () => {
    const warned = await ask('POST', path('Warn'), odd('warned'));
    expect(warned.headers.get('warning')).toBe('299 - "unknown field \\"spec.bogusField\\""');
    const ignored = await ask('POST', path('Ignore'), odd('ignored'));
    expect(ignored.headers.get('warning')).toBeNull();
    expect([warned.body.spec.bogusField, ignored.body.spec.bogusField]).toEqual([undefined, undefined]);
  });
});

describe('fields that are given twice', () => {
  const text = (name: string) =>
    `{"metadata":{"name":"${name}","labels":{"a":"1"}},"spec":{"odd":1,"odd":2,"containers":` +
    `[{"name":"c","image":"one"},{"name":"d","command":["\\\\"],"image":"two","im\\u0061ge":"three"}],"containers ":[]},"metadata":{"name":"${name}"}}`;
  const path = (mode: string) => `${inDefault}/pods?fieldValidation=${mode}`;
  const wrong = [
    'unknown field "spec.odd"',
    'unknown field "spec.containers "',
    'duplicate field "spec.containers[1].image"',
    'duplicate field "metadata"',
  ];

  it('are refused where that is wanted', async () => {
    const { code, body } = await ask('POST', path('Strict'), text('twice'));
    expect({ code, message: body.message }).toEqual({
      code: 400,
      message: `Pod in version "v1" cannot be handled as a Pod: strict decoding error: ${wrong.join(', ')}`,
    });
  });

  it('are warned about, or not; the last one counts', async () => {
    const warned = await ask('POST', path('Warn'), text('twice-warned'));
    expect(warned.headers.get('warning')).toBe(
      wrong.map((words) => `299 - "${words.replaceAll('"', '\\"')}"`).join(', '),
    );
    expect(warned.body.spec.containers[1].image).toBe('three');
    const ignored = await ask('POST', path('Ignore'), text('twice-ignored'));
    expect([ignored.code, ignored.headers.get('warning')]).toEqual([201, null]);
  });

  it.each([
    ['strategic-merge-patch+json', 'strict decoding error: duplicate field "data.a"'],
    ['merge-patch+json', 'strict decoding error: duplicate field "data.a"'],
    [
      'apply-patch+yaml',
      'error strict decoding YAML: error converting YAML to JSON: yaml: unmarshal errors:\n  line 1: key "a" already set in map',
    ],
  ])('are refused in a patch, too: %s', async (type, words) => {
    await ask('POST', `${inDefault}/configmaps`, configMapOf('patched-twice'));
    const where = `${inDefault}/configmaps/patched-twice?fieldValidation=Strict&fieldManager=me`;
    const patch = '{"data":{"a":"1","a":"2"}}';
    const answer = await ask('PATCH', where, patch, { 'content-type': `application/${type}` });
    expect(answer).toMatchObject({
      code: 400,
      body: { message: expect.stringContaining(words) },
    });
  });

  describe('in YAML', () => {
    const yaml = (name: string) =>
      [
        `metadata: { name: ${name} }`,
        'spec:',
        '  odd: 1',
        '  containers:',
        '  - name: c',
        '    env:',
        '    - { name: A, name: B, value: x }',
        '    image: one',
        '    image: two',
        '    true: 1',
        '    true: 2',
        'metadata:',
        '  # Where the value begins.',
        `  name: ${name}`,
      ].join('\n');
    const asYAML = { 'content-type': 'application/yaml' };
    const lines = [
      'line 7: key "name" already set in map',
      'line 9: key "image" already set in map',
      'line 11: key true already set in map',
      'line 14: key "metadata" already set in map',
    ];
    const unknown = ['unknown field "spec.odd"', 'unknown field "spec.containers[0].true"'];

    it('are refused where that is wanted, with their lines', async () => {
      const { code, body } = await ask('POST', path('Strict'), yaml('lines'), asYAML);
      expect({ code, message: body.message }).toEqual({
        code: 400,
        message:
          'Pod in version "v1" cannot be handled as a Pod: strict decoding error: yaml: unmarshal errors:\n' +
          `${lines.map((line) => `  ${line}`).join('\n')}, ${unknown.join(', ')}`,
      });
    });

    it('are warned about, each by itself; the last one counts', async () => {
      const warned = await ask('POST', path('Warn'), yaml('lines-warned'), asYAML);
      expect(warned.headers.get('warning')).toBe(
        [...lines, ...unknown].map((words) => `299 - "${words.replaceAll('"', '\\"')}"`).join(', '),
      );
      expect(warned.body.spec.containers[0]).toMatchObject({ image: 'two', env: [{ name: 'B' }] });
    });

    it('are told as of YAML where JSON calls itself so', async () => {
      const { body } = await ask('POST', path('Strict'), text('json'), asYAML);
      expect(body.message).toContain('strict decoding error: yaml: unmarshal errors:\n  line 1: key "odd"');
    });
  });
});

describe('replacing', () => {
  it('needs the state that it was made from, where it names one', async () => {
    const path = `${inDefault}/configmaps/replaced`;
    const { body: first } = await ask('POST', `${inDefault}/configmaps`, configMapOf('replaced', { a: '1' }));
    const second = await ask('PUT', path, { ...first, data: { a: '2' } });
    expect(second).toMatchObject({ code: 200, body: { data: { a: '2' } } });
    const stale = await ask('PUT', path, { ...first, data: { a: '3' } });
    expect(stale).toMatchObject({
      code: 409,
      body: {
        reason: 'Conflict',
        message:
          'Operation cannot be fulfilled on configmaps "replaced": the object has been modified; please apply your changes to the latest version and try again',
      },
    });
    const blind = await ask('PUT', path, configMapOf('replaced', { a: '4' }));
    expect(blind).toMatchObject({
      code: 200,
      body: { data: { a: '4' }, metadata: { uid: first.metadata.uid } },
    });
    const same = await ask('PUT', path, configMapOf('replaced', { a: '4' }));
    expect(same.body.metadata.resourceVersion).toBe(blind.body.metadata.resourceVersion);
  });

  it('is for the object of the path', async () => {
    const other = await ask('PUT', `${inDefault}/configmaps/one`, configMapOf('two'));
    expect(other).toMatchObject({
      code: 400,
      body: { message: 'the name of the object (two) does not match the name on the URL (one)' },
    });
    const missing = await ask('PUT', `${inDefault}/configmaps/missing`, configMapOf('missing'));
    expect(missing).toMatchObject({ code: 404, body: { message: 'configmaps "missing" not found' } });
  });

  it.each([
    ['/api/v1', 'endpoints', { subsets: [] }],
    ['/api/v1', 'services', { spec: { ports: [{ port: 80 }] } }],
    ['/api/v1', 'events', { involvedObject: { kind: 'Pod', name: 'a', namespace: 'default' } }],
    ['/apis/coordination.k8s.io/v1', 'leases', { spec: { holderIdentity: 'me' } }],
  ])('creates what is not there, of some kinds: %s/%s', async (group, resource, fields) => {
    const path = `${group}/namespaces/default/${resource}/put`;
    const object = (metadata: object = {}) => ({ metadata: { name: 'put', ...metadata }, ...fields });
    expect(await ask('PUT', path, object({ uid: 'of-another' }))).toMatchObject({
      code: 409,
      body: { message: expect.stringContaining('UID in precondition: of-another, UID in object meta: ') },
    });
    expect(await ask('PUT', `${path}?dryRun=All`, object())).toMatchObject({ code: 201 });
    expect(await ask('GET', path)).toMatchObject({ code: 404 });
    const made = await ask('PUT', path, object({ resourceVersion: '1' }));
    expect(made).toMatchObject({ code: 201, body: { metadata: { uid: expect.any(String) } } });
    expect(await ask('PUT', path, made.body)).toMatchObject({ code: 200 });
  });

  it('creates nothing in a namespace that does not exist', async () => {
    const service = { metadata: { name: 'put' }, spec: { ports: [{ port: 80 }] } };
    const answer = await ask('PUT', '/api/v1/namespaces/nowhere/services/put', service);
    expect(answer).toMatchObject({ code: 404, body: { message: 'namespaces "nowhere" not found' } });
  });

  it('of the status leaves the rest alone, and the other way round', async () => {
    await ask('POST', `${appsInDefault}/deployments`, deploymentOf('stated'));
    const path = `${appsInDefault}/deployments/stated`;
    const status = { ...deploymentOf('stated', { replicas: 7 }), status: { replicas: 2, readyReplicas: 1 } };
    const { body } = await ask('PUT', `${path}/status`, status);
    expect(body).toMatchObject({ spec: { replicas: 2 }, status: { readyReplicas: 1 } });
    const { body: scaled } = await ask('PUT', path, { ...status, status: { replicas: 99 } });
    expect(scaled).toMatchObject({
      spec: { replicas: 7 },
      status: { replicas: 2 },
      metadata: { generation: 2 },
    });
  });
});

describe('a rehearsal', () => {
  it('answers as the write would and stores nothing', async () => {
    const created = await ask(
      'POST',
      `${inDefault}/configmaps?dryRun=All`,
      configMapOf('rehearsed', { a: '1' }),
    );
    expect(created).toMatchObject({ code: 201, body: { metadata: { uid: expect.any(String) } } });
    // So that it can be created, as it is.
    expect(created.body.metadata).not.toHaveProperty('resourceVersion');
    expect(await ask('GET', `${inDefault}/configmaps/rehearsed`)).toMatchObject({ code: 404 });
    await ask('POST', `${inDefault}/configmaps`, configMapOf('rehearsed'));
    await ask('DELETE', `${inDefault}/configmaps/rehearsed`, { dryRun: ['All'] });
    expect(await ask('GET', `${inDefault}/configmaps/rehearsed`)).toMatchObject({ code: 200 });
  });
});

describe('deleting', () => {
  it('removes what needs no time', async () => {
    const { body } = await ask('POST', `${inDefault}/configmaps`, configMapOf('deleted'));
    const answer = await ask('DELETE', `${inDefault}/configmaps/deleted`, {
      propagationPolicy: 'Background',
    });
    expect(answer).toMatchObject({
      code: 200,
      body: { kind: 'Status', status: 'Success', details: { name: 'deleted', uid: body.metadata.uid } },
    });
    expect(await ask('DELETE', `${inDefault}/configmaps/deleted`)).toMatchObject({ code: 404 });
  });

  it('gives a pod its time, and takes it when it is asked to', async () => {
    await ask('POST', `${inDefault}/pods`, podOf('slow', { nodeName: 'node-a' }));
    const marked = await ask('DELETE', `${inDefault}/pods/slow?gracePeriodSeconds=20`, '', {});
    expect(marked.body).toMatchObject({ kind: 'Pod', metadata: { deletionGracePeriodSeconds: 20 } });
    const gone = await ask('DELETE', `${inDefault}/pods/slow`, { gracePeriodSeconds: 0 });
    expect(gone.code).toBe(200);
    expect(await ask('GET', `${inDefault}/pods/slow`)).toMatchObject({ code: 404 });
  });

  it('waits for finalizers', async () => {
    const held = configMapOf('held', {}, { finalizers: ['example.com/hold'] });
    await ask('POST', `${inDefault}/configmaps`, held);
    const { body } = await ask('DELETE', `${inDefault}/configmaps/held`);
    expect(body.metadata.deletionTimestamp).toEqual(expect.any(String));
    await ask('PUT', `${inDefault}/configmaps/held`, configMapOf('held', {}, { finalizers: [] }));
    expect(await ask('GET', `${inDefault}/configmaps/held`)).toMatchObject({ code: 404 });
  });

  it('checks what it was made for', async () => {
    await ask('POST', `${inDefault}/configmaps`, configMapOf('guarded'));
    const path = `${inDefault}/configmaps/guarded`;
    const other = await ask('DELETE', path, { preconditions: { uid: 'other' } });
    expect(other).toMatchObject({
      code: 409,
      body: { message: expect.stringContaining('Precondition failed') },
    });
    expect(await ask('DELETE', path, { propagationPolicy: 'Sideways' })).toMatchObject({ code: 422 });
    expect(await ask('DELETE', path, { gracePeriodSeconds: 'soon' })).toMatchObject({ code: 400 });
  });

  it('of a collection takes those that are selected', async () => {
    for (const name of ['c1', 'c2', 'c3'])
      await ask(
        'POST',
        `${inDefault}/configmaps`,
        configMapOf(name, {}, { labels: { own: String(name !== 'c3') } }),
      );
    const { body } = await ask('DELETE', `${inDefault}/configmaps?labelSelector=own%3Dtrue`);
    expect(body.items).toHaveLength(2);
    expect(await ask('GET', `${inDefault}/configmaps/c3`)).toMatchObject({ code: 200 });
  });

  it('of what must be there is forbidden', async () => {
    const answer = await ask('DELETE', '/api/v1/namespaces/default');
    expect(answer).toMatchObject({ code: 403, body: { reason: 'Forbidden' } });
  });
});

describe('sub-resources', () => {
  it('scale is the size and nothing else', async () => {
    await ask('POST', `${appsInDefault}/deployments`, deploymentOf('sized'));
    const path = `${appsInDefault}/deployments/sized/scale`;
    const { body } = await ask('GET', path);
    expect(body).toMatchObject({
      kind: 'Scale',
      apiVersion: 'autoscaling/v1',
      spec: { replicas: 2 },
      status: { selector: 'app=sized' },
    });
    const accept = 'application/json;as=Table;v=v1;g=meta.k8s.io,application/json';
    const { body: table } = await ask('GET', path, undefined, { accept });
    expect(table.columnDefinitions.map(({ name }: { name: string }) => name).join()).toBe(
      'Name,Desired,Available,Age',
    );
    expect(table.rows[0].cells.slice(0, 3)).toEqual(['sized', 2, 0]);
    const put = await ask('PUT', path, { ...body, spec: { replicas: 3 } });
    expect(put.body.spec.replicas).toBe(3);
    const stale = await ask('PUT', path, { ...body, spec: { replicas: 4 } });
    expect(stale).toMatchObject({ code: 409, body: { reason: 'Conflict' } });
    const ofAnother = { ...body, metadata: { name: 'sized', uid: 'another' }, spec: { replicas: 4 } };
    expect(await ask('PUT', path, ofAnother)).toMatchObject({
      code: 409,
      body: { message: expect.stringContaining('Precondition failed: UID in precondition: another') },
    });
    const negative = await ask('PATCH', path, { spec: { replicas: -1 } }, mergePatch);
    expect(negative).toMatchObject({
      code: 422,
      body: { details: { causes: [{ field: 'spec.replicas' }] } },
    });
    const patched = await ask('PATCH', path, { spec: { replicas: 5 } }, mergePatch);
    expect(patched.body.spec.replicas).toBe(5);
    expect((await ask('GET', path.replace('/scale', ''))).body.spec.replicas).toBe(5);
  });

  it('binding gives a pod its node once', async () => {
    await ask('POST', `${inDefault}/pods`, podOf('bound'));
    const binding = { target: { kind: 'Node', name: 'node-a' } };
    const elsewhere = { target: { kind: 'Pod', name: 'node-a' } };
    expect(await ask('POST', `${inDefault}/pods/bound/binding`, elsewhere)).toMatchObject({
      code: 422,
      body: {
        message:
          'Binding "bound" is invalid: target.kind: Unsupported value: "Pod": supported values: "Node", "<empty>"',
      },
    });
    expect(await ask('POST', `${inDefault}/pods/bound/binding`, binding)).toMatchObject({ code: 201 });
    expect(await ask('POST', `${inDefault}/pods/bound/binding`, binding)).toMatchObject({ code: 409 });
    expect(await ask('POST', `${inDefault}/pods/bound/binding`, {})).toMatchObject({ code: 422 });
    expect((await ask('GET', `${inDefault}/pods/bound`)).body.spec.nodeName).toBe('node-a');
  });

  it('eviction deletes with grace', async () => {
    await ask('POST', `${inDefault}/pods`, podOf('evicted', { nodeName: 'node-a' }));
    const eviction = { apiVersion: 'policy/v1beta1', kind: 'Eviction', metadata: { name: 'evicted' } };
    const answer = await ask('POST', `${inDefault}/pods/evicted/eviction`, eviction);
    expect(answer).toMatchObject({ code: 201, body: { status: 'Success' } });
    expect((await ask('GET', `${inDefault}/pods/evicted`)).body.metadata.deletionTimestamp).toBeDefined();
    expect(await ask('POST', `${inDefault}/pods/evicted/eviction`, podOf('evicted'))).toMatchObject({
      code: 400,
      body: { message: 'Pod in version "v1" cannot be handled as a Eviction' },
    });
    expect(await ask('POST', `${inDefault}/pods/nobody/eviction`, {})).toMatchObject({ code: 404 });
  });
});

const mergePatch = { 'content-type': 'application/merge-patch+json' };

describe('what is not there', () => {
  it.each([
    ['GET', `${inDefault}/pods/nobody`, 404, 'pods "nobody" not found'],
    ['GET', `${appsInDefault}/deployments/nobody`, 404, 'deployments.apps "nobody" not found'],
    ['GET', `${inDefault}/pods/nobody/nothing`, 404, 'the server could not find the requested resource'],
    ['GET', `${inDefault}/nodes`, 404, 'the server could not find the requested resource'],
    ['GET', `${inDefault}/pods/no%20body`, 404, 'pods "no body" not found'],
    ['POST', `${inDefault}/pods/web`, 405, 'the server does not allow this method on the requested resource'],
    ['OPTIONS', `${inDefault}/pods`, 405, 'the server does not allow this method on the requested resource'],
    ['DELETE', '/api/v1/configmaps', 405, 'the server does not allow this method on the requested resource'],
    ['DELETE', '/api/v1/namespaces', 405, 'the server does not allow this method on the requested resource'],
  ])('%s %s', async (method, path, code, message) => {
    expect(await ask(method, path)).toMatchObject({ code, body: { status: 'Failure', code, message } });
  });
});
