import type { CommandDefinition } from '../command.ts';
import { serviceNames } from '../service/unit-text.ts';

export const healCommand: CommandDefinition = {
  name: 'heal',
  summary: 'restart containers of a Docker host that are not well, until it is stopped',
  details: `Looks after containers that run already, without a manifest: those with the label mooring.dev/heal=true, by their own
HEALTHCHECK or by a probe in the label mooring.dev/heal-probe. What somebody stopped is left alone.`,
  arguments: [],
  settings: ['docker.host', 'heal.containers', 'heal.label', 'listen', 'logLevel', 'logFormat'],
  options: [],
  examples: [
    ['moor heal', 'those with the label'],
    ['moor heal --containers all', 'all but those with mooring.dev/heal=false'],
    [
      `docker run --label mooring.dev/heal=true --label mooring.dev/heal-probe='{"httpGet":{"port":80}}' nginx`,
      'such a container',
    ],
  ],
  run: async (context) => (await import('../heal/run-heal.ts')).runHeal(context),
};

export const installServiceCommand: CommandDefinition = {
  name: 'install-service',
  summary: 'write a systemd unit, so that a daemon of moor survives reboots and hangs',
  details: `The unit is of Type=notify with a watchdog. A stop or restart of it never touches containers. Settings come from
--config, else from /etc/moor/moor.yaml where that is there.`,
  arguments: [{ name: 'service', help: serviceNames.join(', '), completes: serviceNames }],
  settings: [],
  options: [
    { flag: '--print', help: 'print the unit instead of writing it' },
    { flag: '--user', help: 'a service of yours, not of the host: in ~/.config/systemd/user' },
    { flag: '--directory', placeholder: '<directory>', help: 'instead of the usual one' },
  ],
  examples: [
    [
      'moor install-service agent --config /etc/moor/moor.yaml',
      'writes /etc/systemd/system/moor-agent.service',
    ],
    ['moor install-service up --user', 'for `systemctl --user`, without being root'],
    ['moor install-service up --print', 'only shows it'],
  ],
  run: async (context) => (await import('../service/install-service.ts')).installService(context),
};
