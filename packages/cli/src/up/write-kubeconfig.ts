/** The file that tells kubectl and other clients where the API is. */

import { chmod, mkdir, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { stringify } from 'yaml';

export interface KubeconfigFacts {
  readonly cluster: string;
  /** `http://127.0.0.1:6443` */
  readonly server: string;
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

export function kubeconfigText({ cluster, server }: KubeconfigFacts): string {
  return stringify({
    apiVersion: 'v1',
    kind: 'Config',
    // Without it clients written in JavaScript refuse http.
    clusters: [{ name: cluster, cluster: { server, 'insecure-skip-tls-verify': true } }],
    users: [{ name: cluster, user: {} }],
    contexts: [{ name: cluster, context: { cluster, user: cluster, namespace: 'default' } }],
    'current-context': cluster,
  });
}
