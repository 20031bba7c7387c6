/** A probe of one's own: `redisPing: { port: 6379 }` asks Redis itself whether it is well. */

import { once } from 'node:events';
import { connect } from 'node:net';
import { defineProber, errorMessage, HandlerSettings, type Plugin } from '@mooring/core';

export const redisPingProber = defineProber({
  handler: 'redisPing',
  network: true,
  parse(raw, path) {
    const settings = new HandlerSettings(raw, path);
    return settings.done({ port: settings.port('port') });
  },
  async probe({ port }, target, signal) {
    const socket = connect(target.resolvePort(port), target.podIP, () => socket.write('PING\r\n'));
    try {
      const [reply] = await once(socket, 'data', { signal });
      return { outcome: /^\+PONG/.test(reply) ? 'success' : 'failure', message: String(reply).trim() };
    } catch (error) {
      return { outcome: 'failure', message: errorMessage(error) };
    } finally {
      socket.destroy();
    }
  },
});

export const redisPing: Plugin = {
  name: 'redis-ping',
  core: '^0.1.0',
  register: (registry) => registry.addProber(redisPingProber),
};
