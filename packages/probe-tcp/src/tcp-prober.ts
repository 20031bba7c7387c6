import { defineProber, HandlerSettings, type Prober } from '@mooring/core';
import { dialTCP } from './dial-tcp.ts';

/**
 * The handler `tcpSocket`: success when a connection to `host` (default: the pod's IP) and `port` can be opened. The
 * message of a failure is the dial error.
 */
export function tcpProber(): Prober {
  return defineProber({
    handler: 'tcpSocket',
    network: true,
    parse(raw, path) {
      const settings = new HandlerSettings(raw, path);
      return settings.done({ port: settings.port('port'), host: settings.text('host', '') });
    },
    async probe({ port, host }, target, signal) {
      const problem = await dialTCP(host === '' ? target.podIP : host, target.resolvePort(port), signal);
      return problem === undefined
        ? { outcome: 'success', message: '' }
        : { outcome: 'failure', message: problem };
    },
  });
}
