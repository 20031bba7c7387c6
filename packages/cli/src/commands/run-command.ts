import type { CommandDefinition } from '../command.ts';

export const runCommand: CommandDefinition = {
  name: 'run',
  summary: 'run the pods of manifests here, until they end or Ctrl-C',
  details: `Containers write to standard output, each line with the name of its pod; what happens to them is told on standard
error. Ctrl-C stops them with their grace period, Ctrl-C once more at once. Ends with 0 when every pod has succeeded,
with 1 when one has failed. ReplicaSets, Deployments and Services run too, and never end by themselves.`,
  arguments: [
    {
      name: 'file',
      help: 'manifests, folders of them, or - for standard input',
      isMany: true,
      completes: 'files',
    },
  ],
  settings: [
    'runtime',
    'images',
    'preset',
    'dataDir',
    'docker.host',
    'docker.pull',
    'process.ipRange',
    'crashLoop.initialMs',
    'crashLoop.maxMs',
    'crashLoop.resetAfterMs',
    'logLevel',
  ],
  options: [
    { flag: '--no-logs', help: 'do not show what containers write' },
    { flag: '--timestamps', help: 'show when each line was written' },
  ],
  examples: [
    ['moor run web.yaml', 'the pods of a manifest'],
    [`moor run web.yaml --image 'nginx=node server.js'`, 'a program of this host stands for the image nginx'],
    [
      'moor run job.yaml --image busybox:1.36 && echo done',
      'the command of the pod as it is, and its verdict',
    ],
    ['moor run --runtime docker manifests/', 'in containers of a Docker engine'],
    ['generate | moor run -', 'a manifest from another program'],
  ],
  run: async (context) => (await import('../run/run-pods.ts')).runPods(context),
};
