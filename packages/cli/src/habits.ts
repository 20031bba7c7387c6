/** Where those who come from other programs find what they are used to. */

const kubectl = (words: string) => `With the KUBECONFIG that \`moor up\` prints: kubectl ${words}.`;

const commands: Readonly<Record<string, string>> = {
  ps: '`moor status` lists the pods.',
  ls: '`moor status` lists the pods.',
  list: '`moor status` lists the pods.',
  get: `\`moor status\` lists the pods. ${kubectl('get pods -o wide')}`,
  describe: `\`moor why web\` tells of a pod. ${kubectl('describe pod web')}`,
  logs: `\`moor run\` shows them, \`moor why web\` the last ones. ${kubectl('logs -f web')}`,
  start:
    '`moor run web.yaml` runs a manifest until Ctrl-C; `moor up` stays, and takes it by kubectl apply -f web.yaml.',
  apply: kubectl('apply -f web.yaml'),
  stop: `${kubectl('delete pod web')} Or scale what keeps it: kubectl scale deployment web --replicas 0.`,
  delete: kubectl('delete pod web'),
  rm: kubectl('delete pod web'),
  down: `Ctrl-C or SIGTERM ends \`moor up\`. ${kubectl('delete -f web.yaml')}`,
  restart: `${kubectl('rollout restart deployment web')} A pod that waits to be tried again: \`moor retry web\`.`,
  reload: kubectl('rollout restart deployment web'),
  scale: kubectl('scale deployment web --replicas 3'),
  exec: kubectl('exec -it web -- sh'),
  startup: '`moor install-service up` writes a systemd unit.',
};

const options: Readonly<Record<string, string>> = {
  'run -f': 'Files are named without a flag: moor run web.yaml.',
  'run --filename': 'Files are named without a flag: moor run web.yaml.',
  'run -d': '`moor run` stays in front; `moor up` and `moor install-service up` are for what is to stay.',
  'run --detach':
    '`moor run` stays in front; `moor up` and `moor install-service up` are for what is to stay.',
  'up -d': 'Put it behind with `moor up &`, or make it a service: moor install-service up.',
  'up --detach': 'Put it behind with `moor up &`, or make it a service: moor install-service up.',
};

/** For a command that there is not, or a flag that it does not have; absent when nothing is known about it. */
export function habitHint(argv: readonly string[]): string | undefined {
  const [command = '', ...rest] = argv;
  if (Object.hasOwn(commands, command)) return commands[command];
  const flag = rest.find((word) => Object.hasOwn(options, `${command} ${word}`));
  return flag && options[`${command} ${flag}`];
}
