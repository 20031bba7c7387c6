/** With which credentials an image is pulled, by the secrets that its pod names: kubelets look them up the same way. Pure. */

import type { Secret } from '../../api/objects.ts';
import type { Pod } from '../../api/pod.ts';
import type { ImageCredentials } from '../../contract/container-runtime.ts';
import { parseImageReference } from '../../contract/image-reference.ts';
import type { ObjectLookup } from '../environment/surroundings.ts';

export interface PullSecrets {
  /** For the registry of the image, in the order in which they are to be tried. */
  readonly credentials: readonly ImageCredentials[];
  /** Names of secrets that are not there, or cannot be read. */
  readonly missing: readonly string[];
}

/** Throws `IMAGE_NAME_INVALID` when there are any. */
export function pullSecrets(pod: Pod, image: string, objects: Pick<ObjectLookup, 'secret'>): PullSecrets {
  const namespace = pod.metadata.namespace ?? 'default';
  const missing: string[] = [];
  const entries: Entry[] = [];
  for (const { name = '' } of pod.spec.imagePullSecrets ?? []) {
    const secret = objects.secret(namespace, name);
    const found = secret === undefined ? undefined : entriesOf(secret);
    if (found === undefined) missing.push(name);
    else entries.push(...found);
  }
  if (entries.length === 0) return { credentials: [], missing };
  const { name } = parseImageReference(image);
  const own = entries.filter(({ place }) => covers(place, name));
  // As of places that begin alike the longer ones count first.
  own.sort((a, b) => (a.place < b.place ? 1 : a.place > b.place ? -1 : 0));
  const isHub = name.startsWith('docker.io/');
  const usual = own.length > 0 || !isHub ? [] : entries.filter(({ place }) => place === hubPlace);
  return { credentials: [...own, ...usual].map(({ credentials }) => credentials), missing };
}

/** As Docker writes the place of its own registry. */
const hubPlace = 'index.docker.io';

interface Entry {
  /** `registry.example.com:5000/team`, without a scheme. */
  readonly place: string;
  readonly credentials: ImageCredentials;
}

const typeOfFile: Readonly<Record<string, string>> = {
  '.dockerconfigjson': 'kubernetes.io/dockerconfigjson',
  '.dockercfg': 'kubernetes.io/dockercfg',
};

/** `undefined` for a secret that holds something else. */
function entriesOf({ type, data = {} }: Secret): readonly Entry[] | undefined {
  const file = Object.keys(typeOfFile).find((name) => typeOfFile[name] === type);
  const text = file === undefined ? undefined : data[file];
  if (text === undefined) return undefined;
  const content = parsed(Buffer.from(text, 'base64').toString('utf8'));
  const auths = file === '.dockercfg' ? content : fieldsOf(content)?.['auths'];
  const places = fieldsOf(auths);
  if (places === undefined) return undefined;
  return Object.entries(places).flatMap(([server, value]) => {
    const login = loginOf(fieldsOf(value) ?? {});
    const place = placeOf(server);
    return login === undefined || place === undefined
      ? []
      : { place, credentials: { ...login, serverAddress: server } };
  });
}

/** `auth` is what an HTTP header would say, and counts before the two others. */
function loginOf(
  entry: Readonly<Record<string, unknown>>,
): Pick<ImageCredentials, 'username' | 'password'> | undefined {
  const { auth, username, password } = entry;
  if (typeof auth === 'string' && auth !== '') {
    const [, user, secret] = /^([^:]*):([\s\S]*)$/.exec(Buffer.from(auth, 'base64').toString('utf8')) ?? [];
    if (user === undefined || secret === undefined) return undefined;
    return { username: user, password: secret.replace(/\0+$/, '') };
  }
  return typeof username === 'string' && typeof password === 'string' ? { username, password } : undefined;
}

/** Host and path of a server; `/v1/` and `/v2/` are Docker's own paths. `undefined` for what is no address. */
function placeOf(server: string): string | undefined {
  const [, host, path = ''] = /^(?:https?:\/\/)?([^/\s]+)(\/\S*)?$/.exec(server) ?? [];
  if (host === undefined) return undefined;
  const own = path.replace(/^\/v[12](?=\/)/, '').replace(/\/$/, '');
  return `${host}${own}`;
}

/** Stars stand for parts of a host name, never for a dot; the path of an image begins with that of the place. */
function covers(place: string, name: string): boolean {
  const [hostPattern = '', ...pathWords] = place.split('/');
  const [host = '', ...words] = name.split('/');
  const pattern = hostPattern
    .replace(/[.+^${}()|[\]\\]/g, '\\$&')
    .replaceAll('*', '[^.:]*')
    .replaceAll('?', '[^.:]');
  if (!new RegExp(`^${pattern}$`).test(host)) return false;
  return words.join('/').startsWith(pathWords.join('/'));
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // Told as a secret that cannot be read.
    return undefined;
  }
}

function fieldsOf(value: unknown): Readonly<Record<string, unknown>> | undefined {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as Readonly<Record<string, unknown>>)
    : undefined;
}
