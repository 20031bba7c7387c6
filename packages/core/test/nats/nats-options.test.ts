/** What is refused before anything is connected; whoever writes without types may give anything. */

import { describe, expect, it } from 'vitest';
import { installNatsStore, nats } from '../../src/nats.ts';

const servers = 'nats://127.0.0.1:1';

describe('the options of nats', () => {
  it.each<[string, object]>([
    ['one server', { servers }],
    ['several', { servers: [servers, servers], mode: 'trusted', install: { replicas: 3 } }],
    ['credentials', { servers, nkeySeed: 'SU', inboxPrefix: '_INBOX_a', mode: { isolated: { node: 'a' } } }],
    [
      'servers by name alone, or over TLS',
      { servers: ['10.0.0.1', 'nats.example:4222', 'tls://[::1]:4222'] },
    ],
    ['what is not given', { servers, user: undefined, tls: { caFile: 'ca.pem' } }],
  ])('may be %s', (_, options) => {
    expect(() => nats(options as never)).not.toThrow();
  });

  it.each<[string, unknown, string]>([
    ['nothing', undefined, 'must be an object'],
    ['no servers', {}, 'servers: Required value'],
    ['an empty list', { servers: [] }, 'servers: Required value'],
    ['a server of something else', { servers: 'http://10.0.0.1' }, 'must be such as nats://10.0.0.1:4222'],
    ['a server of no port', { servers: ['10.0.0.1:4222x'] }, 'servers[0]: Invalid value: "10.0.0.1:4222x"'],
    ['a server of a port too high', { servers: 'nats://10.0.0.1:42222222' }, 'must be such as nats://'],
    ['a typo', { server: servers }, 'server: unknown option (did you mean "servers"?)'],
    ['a mode that would be trusted', { servers, isolated: { node: 'a' } }, 'isolated: unknown option'],
    ['a mode that is none', { servers, mode: 'isolated' }, 'mode: Unsupported value: "isolated"'],
    ['isolated for nobody', { servers, mode: { isolated: {} } }, 'mode.isolated.node: Required value'],
    ['no TLS in words', { servers, tls: { ca: 'ca.pem' } }, 'tls.ca: unknown option'],
  ])('cannot be %s', (_, options, words) => {
    expect(() => nats(options as never)).toThrow(
      expect.objectContaining({ code: 'INVALID', message: expect.stringContaining(words) }),
    );
  });
});

it('the options of installNatsStore are checked too', async () => {
  await expect(installNatsStore({ servers, replica: 3 } as never)).rejects.toMatchObject({
    code: 'INVALID',
    message: expect.stringContaining('replica: unknown option (did you mean "replicas"?)'),
  });
});
