import { describe, expect, it } from 'vitest';
import type { Secret } from '../../../src/api/objects.ts';
import type { Pod } from '../../../src/api/pod.ts';
import { pullSecrets } from '../../../src/kubelet/container/pull-secrets.ts';

const base64 = (text: string) => Buffer.from(text).toString('base64');
const secretOf = (type: string, key: string, content: string): Secret => ({
  ...{ apiVersion: 'v1', kind: 'Secret', metadata: { name: 's' }, type, data: { [key]: base64(content) } },
});
const config = (auths: Readonly<Record<string, unknown>>) =>
  secretOf('kubernetes.io/dockerconfigjson', '.dockerconfigjson', JSON.stringify({ auths }));
const login = (username: string) => ({ username, password: 'p' });

/** Who is to ask for an image, and which secrets are told as missing. `undefined` for a secret that is not there. */
function found(image: string, ...secrets: readonly (Secret | undefined)[]) {
  const pod: Pod = {
    ...{ apiVersion: 'v1', kind: 'Pod', metadata: { name: 'web', namespace: 'shop' } },
    spec: { containers: [], imagePullSecrets: secrets.map((_, i) => ({ name: `s${i}` })) },
  };
  const objects = {
    secret: (namespace: string, name: string) =>
      namespace === 'shop' ? secrets[Number(name.slice(1))] : undefined,
  };
  const { credentials, missing } = pullSecrets(pod, image, objects);
  return { users: credentials.map(({ username }) => username), missing, credentials };
}

describe('credentials of a pull', () => {
  const hub = 'https://index.docker.io/v1/';
  it.each([
    ['registry.example.com/app', ['registry.example.com'], ['registry.example.com']],
    ['registry.example.com/app', ['https://registry.example.com/v2/'], ['https://registry.example.com/v2/']],
    ['registry.example.com/app', ['registry.example.com:5000', 'example.com', 'registry.example'], []],
    [
      'registry.example.com:5000/app',
      ['registry.example.com:5000', 'registry.example.com'],
      ['registry.example.com:5000'],
    ],
    ['a.example.com/app', ['*.example.com'], ['*.example.com']],
    ['a.b.example.com/app', ['*.example.com'], []],
    ['r.example.com/team/app', ['r.example.com/team', 'r.example.com/other'], ['r.example.com/team']],
    [
      'r.example.com/team/app',
      ['r.example.com', 'r.example.com/team'],
      ['r.example.com/team', 'r.example.com'],
    ],
    ['nginx', [hub, 'r.example.com'], [hub]],
    ['docker.io/team/app:2', [hub], [hub]],
    ['nginx', ['docker.io', hub], ['docker.io']],
    ['r.example.com/nginx', [hub], []],
  ])('for %s, of %j: %j', (image, places, expected) => {
    const auths = Object.fromEntries(places.map((place) => [place, login(place)]));
    expect(found(image, config(auths))).toMatchObject({ users: expected, missing: [] });
  });

  it('are read in both forms, with a name and a password or both in one word', () => {
    const old = secretOf('kubernetes.io/dockercfg', '.dockercfg', JSON.stringify({ 'r.io': login('old') }));
    const packed = config({ 'r.io': { auth: base64('new:a:b\n') } });
    expect(found('r.io/app', old, packed).credentials).toEqual([
      { username: 'old', password: 'p', serverAddress: 'r.io' },
      { username: 'new', password: 'a:b\n', serverAddress: 'r.io' },
    ]);
  });

  it('are none where a secret is missing, of another type, or cannot be read, and its name is told', () => {
    const opaque = secretOf('Opaque', '.dockerconfigjson', JSON.stringify({ auths: { 'r.io': login('u') } }));
    const broken = secretOf('kubernetes.io/dockerconfigjson', '.dockerconfigjson', '{"auths"');
    const fine = config({ 'r.io': login('fine'), 'x.io': { auth: '%' }, 'y.io': 7 });
    expect(found('r.io/app', undefined, opaque, broken, fine)).toMatchObject({
      ...{ users: ['fine'], missing: ['s0', 's1', 's2'] },
    });
    expect(found('r.io/app')).toMatchObject({ users: [], missing: [] });
  });
});
