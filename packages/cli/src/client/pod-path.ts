import { UserError } from '../user-error.ts';

/** `web`, `pod/web` and `pods/web` are the same pod. */
export function podNameOf(word: string): string {
  const [kind, name, ...more] = word.includes('/') ? word.split('/') : ['pod', word];
  if (more.length === 0 && name && ['pod', 'pods', 'po'].includes(kind ?? '')) return name;
  const isNamespace = more.length === 0 && kind && name && !otherKinds.test(kind);
  const next = isNamespace
    ? `A namespace is named as in \`moor why ${name} -n ${kind}\`.`
    : 'Name it as in `moor why web` or `moor why pod/web`.';
  throw new UserError(`${JSON.stringify(word)} is no pod`, { next });
}

const otherKinds =
  /^(?:deploy(?:ments?)?|r[sc]|replicasets?|replicationcontrollers?|svc|services?|no(?:des?)?)(?:\.|$)/;

/** How a command of moor that is recommended names a pod, wherever it is. */
export function podWords(namespace: string, name: string): string {
  return namespace === 'default' ? name : `${name} -n ${namespace}`;
}

export function podsPath(namespace: string): string {
  return `/api/v1/namespaces/${encodeURIComponent(namespace)}/pods`;
}

export function podPath(namespace: string, name: string, rest = ''): string {
  return `${podsPath(namespace)}/${encodeURIComponent(name)}${rest}`;
}
