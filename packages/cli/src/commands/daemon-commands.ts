import type { CommandDefinition } from '../command.ts';
import type { SettingKey } from '../settings/table.ts';

const nodeKeys: readonly SettingKey[] = [
  'node',
  'dataDir',
  'onExit',
  'runtime',
  'images',
  'manifests',
  'labels',
  'hostIP',
  'fencing',
  'crashLoop.initialMs',
  'crashLoop.maxMs',
  'crashLoop.resetAfterMs',
  'docker.host',
  'docker.pull',
  'process.ipRange',
  'process.logMaxBytes',
  'process.logMaxFiles',
];
const natsKeys: readonly SettingKey[] = [
  'nats.servers',
  'nats.credentials',
  'nats.user',
  'nats.password',
  'nats.token',
  'nats.credsFile',
  'nats.caFile',
  'nats.certFile',
  'nats.keyFile',
];
const apiKeys: readonly SettingKey[] = [
  'api.listen',
  'api.tlsCert',
  'api.tlsKey',
  'api.ca',
  'api.clientCA',
  'api.tokens',
  'api.access',
];
const sharedKeys: readonly SettingKey[] = ['cluster', 'preset', 'listen', 'logLevel', 'logFormat'];

export const upCommand: CommandDefinition = {
  name: 'up',
  summary: 'a whole cluster on this host, with the Kubernetes API, until Ctrl-C',
  details: `Objects, logs and containers outlive it: started again over the same directory it goes on where it was, also
after kill -9. Ctrl-C lets the pods run on; --on-exit stop stops them. The directory is /var/lib/moor for root, else
~/.local/state/moor. Standard output has one line, which makes kubectl use this cluster.`,
  arguments: [],
  settings: [...sharedKeys, ...nodeKeys, ...apiKeys],
  options: [],
  examples: [
    ['moor up', 'processes of this host as containers, the API on 127.0.0.1:6443'],
    ['moor up --runtime docker --data-dir ./state', 'containers of a Docker engine'],
    ['moor up --api-listen 127.0.0.1:0 --on-exit stop', 'any free port, and nothing left afterwards'],
  ],
  run: async (context) => (await import('../up/run-up.ts')).runUp(context),
};

export const agentCommand: CommandDefinition = {
  name: 'agent',
  summary: 'a node of a cluster on many hosts, over NATS, until it is stopped',
  details: `Its containers run on when it ends, and its successor finds them; --on-exit stop stops them.`,
  arguments: [],
  settings: [...sharedKeys, ...nodeKeys, 'nats.mode', ...natsKeys],
  options: [],
  examples: [
    ['moor agent --nats-servers nats://10.0.0.1:4222', 'named as this host'],
    [
      'moor agent --nats-servers tls://10.0.0.1:4222 --nats-credentials nodes/web-1.json',
      'isolated: sees its own pods only',
    ],
    ['moor agent --config /etc/moor/moor.yaml --listen 127.0.0.1:10250', 'with health checks and metrics'],
  ],
  run: async (context) => (await import('../daemon/run-agent.ts')).runAgent(context),
};

export const controllersCommand: CommandDefinition = {
  name: 'controllers',
  summary: 'controllers and scheduler of a cluster over NATS; of several, one works',
  arguments: [],
  settings: [
    ...sharedKeys,
    'dataDir',
    'nats.install',
    'nats.replicas',
    'controllers.serveNodes',
    ...natsKeys,
  ],
  options: [],
  examples: [
    [
      'moor controllers --nats-servers nats://10.0.0.1:4222 --install',
      'makes the bucket of the cluster, once',
    ],
    ['moor controllers --nats-servers nats://10.0.0.1:4222', 'a second one waits until the first is gone'],
    [
      'moor controllers --nats-servers tls://10.0.0.1:4222 --nats-credentials control-plane.json --serve-nodes',
      'for isolated nodes',
    ],
  ],
  run: async (context) => (await import('../daemon/run-controllers.ts')).runControllers(context),
};

export const apiServerCommand: CommandDefinition = {
  name: 'apiserver',
  summary: 'the Kubernetes API of a cluster over NATS',
  arguments: [],
  settings: [...sharedKeys, 'dataDir', ...apiKeys, ...natsKeys],
  options: [],
  examples: [['moor apiserver --nats-servers nats://10.0.0.1:4222', 'writes a kubeconfig, and prints where']],
  run: async (context) => (await import('../daemon/run-apiserver.ts')).runApiServer(context),
};
