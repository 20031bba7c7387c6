/** The systemd unit of one of moor's daemons. Pure. */

import { dirname } from 'node:path';

export const serviceNames = ['up', 'agent', 'controllers', 'apiserver', 'heal'] as const;
export type ServiceName = (typeof serviceNames)[number];

export interface UnitFacts {
  readonly service: ServiceName;
  /** Program and arguments, absolute: `/usr/bin/node /usr/lib/.../moor.js`. */
  readonly command: readonly string[];
  /** The configuration file, absolute. */
  readonly config: string | undefined;
  /** For the manager of one user, not for that of the host. */
  readonly isOfUser?: boolean;
}

/**
 * `KillMode=process`: a stop or restart of the service never touches containers. `NotifyAccess=all`: the news comes from a
 * child of it (`systemd-notify`).
 */
export function unitText({ service, command, config, isOfUser = false }: UnitFacts): string {
  const words = [...command, service, ...(config === undefined ? [] : ['--config', config])];
  const path = pathWith(command[0] ?? '');
  return `# Written by \`moor install-service ${service}${isOfUser ? ' --user' : ''}\`.
[Unit]
Description=Mooring: ${descriptions[service]}
${isOfUser ? '' : ofHost.unit}# A server that is away for long is no reason to give up.
StartLimitIntervalSec=0

[Service]
Type=notify
NotifyAccess=all
ExecStart=${words.map(quoted).join(' ')}
${path === undefined ? '' : `# Programs of pods are looked for here, too.\nEnvironment=${quoted(`PATH=${path}`)}\n`}SyslogIdentifier=moor-${service}
Restart=always
RestartSec=1
# A mistake in the settings does not mend itself.
RestartPreventExitStatus=2
# Its main loop hangs: it is started anew, and finds its containers again.
WatchdogSec=60
# Until the name of a node that somebody else holds is free, or given up.
TimeoutStartSec=180
# With --on-exit stop it asks for more where pods have longer grace periods.
TimeoutStopSec=120
KillMode=process
Delegate=yes
# Those of all pods count here.
TasksMax=infinity
${isOfUser ? '' : ofHost.service}
[Install]
WantedBy=${isOfUser ? 'default' : 'multi-user'}.target
`;
}

/** What the manager of a user does not know, or may not do. State is kept where `moor` looks for it without a service. */
const ofHost = {
  unit: `Wants=network-online.target
After=network-online.target docker.service nats-server.service
`,
  service: `StateDirectory=moor
StateDirectoryMode=0700
LimitNOFILE=1048576
OOMScoreAdjust=-500
ManagedOOMPreference=avoid
`,
};

/** Where systemd looks for programs. */
const usualPath = ['/usr/local/sbin', '/usr/local/bin', '/usr/sbin', '/usr/bin', '/sbin', '/bin'];

/** `undefined` where the usual one has Node, which the programs of pods may want. */
function pathWith(node: string): string | undefined {
  const directory = dirname(node);
  return usualPath.includes(directory) ? undefined : [directory, ...usualPath].join(':');
}

const descriptions: Readonly<Record<ServiceName, string>> = {
  up: 'a whole cluster on this host',
  agent: 'node agent',
  controllers: 'controllers and scheduler',
  apiserver: 'Kubernetes API server',
  heal: 'healer of Docker containers',
};

/** As `ExecStart` reads it: `%` and `$` stand for themselves only when doubled. */
function quoted(word: string): string {
  const escaped = word.replaceAll('%', '%%').replaceAll('$', () => '$$');
  if (/^[\w@%$+=:,./-]+$/.test(escaped)) return escaped;
  return `"${escaped.replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`;
}
