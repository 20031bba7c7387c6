/** The file that tells kubectl and other clients where the API is. */

import { chmod, mkdir, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { stringify } from 'yaml';

export interface KubeconfigFacts {
  readonly cluster: string;
  /** `http://127.0.0.1:6443` */
  readonly server: string;
  /** Of a server that asks who one is. */
  readonly client?: { readonly ca: string; readonly token: string };
}

/** Gives back its path. Whole at every moment: a client never reads half of it. */
export async function writeKubeconfig(directory: string, facts: KubeconfigFacts): Promise<string> {
  const path = join(directory, 'kubeconfig');
  const draft = `${path}.${process.pid}`;
  await mkdir(directory, { recursive: true, mode: 0o700 });
  await writeFile(draft, kubeconfigText(facts), { mode: 0o600 });
  await chmod(draft, 0o600);
  await rename(draft, path);
  return path;
}

export function kubeconfigText({ cluster, server, client }: KubeconfigFacts): string {
  // Without it clients written in JavaScript refuse http.
  const trust =
    client === undefined
      ? { 'insecure-skip-tls-verify': true }
      : { 'certificate-authority-data': Buffer.from(client.ca).toString('base64') };
  const user = client === undefined ? {} : { token: client.token };
  return stringify({
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name: cluster, cluster: { server, ...trust } }],
    users: [{ name: cluster, user }],
    contexts: [{ name: cluster, context: { cluster, user: cluster, namespace: 'default' } }],
    'current-context': cluster,
  });
}
