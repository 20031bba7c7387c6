/** The systemd unit of one of moor's daemons. Pure. */

export const serviceNames = ['up', 'agent', 'controllers', 'apiserver', 'heal'] as const;
export type ServiceName = (typeof serviceNames)[number];

export interface UnitFacts {
  readonly service: ServiceName;
  /** Program and arguments, absolute: `/usr/bin/node /usr/lib/.../moor.js`. */
  readonly command: readonly string[];
  /** The configuration file, absolute. */
  readonly config: string | undefined;
}

/**
 * `KillMode=process`: a stop or restart of the service never touches containers. `NotifyAccess=all`: the news comes from a
 * child of it (`systemd-notify`).
 */
export function unitText({ service, command, config }: UnitFacts): string {
  const words = [...command, service, ...(config === undefined ? [] : ['--config', config])];
  return `# Written by \`moor install-service ${service}\`.
[Unit]
Description=Mooring: ${descriptions[service]}
Wants=network-online.target
After=network-online.target docker.service nats-server.service

[Service]
Type=notify
NotifyAccess=all
ExecStart=${words.map(quoted).join(' ')}
Restart=always
RestartSec=1
# A mistake in the settings does not mend itself.
RestartPreventExitStatus=2
# Its main loop hangs: it is started anew, and finds its containers again.
WatchdogSec=60
# Until the name of a node that somebody else holds is free, or given up.
TimeoutStartSec=180
TimeoutStopSec=120
KillMode=process
Delegate=yes
StateDirectory=moor
StateDirectoryMode=0700
LimitNOFILE=1048576
OOMScoreAdjust=-500

[Install]
WantedBy=multi-user.target
`;
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
