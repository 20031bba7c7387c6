/** A ReplicaSet whose pods have one container and no probes. */
export function replicaSetOf(name: string, replicas: number) {
  const labels = { set: name };
  return {
    apiVersion: 'apps/v1',
    kind: 'ReplicaSet',
    metadata: { name },
    spec: {
      replicas,
      selector: { matchLabels: labels },
      template: { metadata: { labels }, spec: { containers: [{ name: 'main', image: 'anything' }] } },
    },
  };
}
