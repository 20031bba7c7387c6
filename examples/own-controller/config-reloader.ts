/** A controller of one's own: when a ConfigMap changes, the Deployments that use it are rolled, so that pods see the new values. */

import { createHash } from 'node:crypto';
import { type Deployment, defineController, type Plugin, watchKind } from '@mooring/core';

export const configReloaderController = defineController({
  name: 'config-reloader',
  kind: 'ConfigMap',
  watches: [
    watchKind('Deployment', ({ object }) =>
      configMapsOf(object).map((name) => ({ namespace: object.metadata.namespace, name })),
    ),
  ],
  async reconcile({ namespace = 'default', name }, { cache, objects, recordEvent }, signal) {
    const config = cache('ConfigMap').get(namespace, name);
    if (config === undefined) return undefined;
    const version = createHash('sha256').update(JSON.stringify(config.data)).digest('hex').slice(0, 12);
    for (const deployment of cache('Deployment').byIndex('namespace', namespace)) {
      if (!configMapsOf(deployment).includes(name) || versionIn(deployment, name) === version) continue;
      const stamp = (now: Deployment) => withVersion(now, name, version);
      await objects.patchWith('Deployment', namespace, deployment.metadata.name, stamp, { signal });
      recordEvent(deployment, {
        type: 'Normal',
        reason: 'ConfigChanged',
        message: `Rolling for ConfigMap ${name}`,
      });
    }
    return undefined;
  },
});

export const configReloader: Plugin = {
  name: 'config-reloader',
  core: '^0.1.0',
  register: (registry) => registry.addController(configReloaderController),
};

/** Names of the ConfigMaps that fill the environment of the pods. */
function configMapsOf({ spec }: Deployment): readonly string[] {
  const sources = spec.template.spec.containers.flatMap(({ envFrom = [] }) => envFrom);
  return sources.flatMap(({ configMapRef }) => configMapRef?.name ?? []);
}

const annotationOf = (name: string) => `config-reloader/${name}`;

function versionIn({ spec }: Deployment, name: string): string | undefined {
  return spec.template.metadata?.annotations?.[annotationOf(name)];
}

/** A changed template is a new revision: the Deployment controller does the rest. */
function withVersion(deployment: Deployment, name: string, version: string): Deployment {
  const { template } = deployment.spec;
  const annotations = { ...template.metadata?.annotations, [annotationOf(name)]: version };
  const metadata = { ...template.metadata, annotations };
  return { ...deployment, spec: { ...deployment.spec, template: { ...template, metadata } } };
}
