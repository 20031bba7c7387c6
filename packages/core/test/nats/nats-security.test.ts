/** Who is let in: every way to prove who one is, against real servers. */

import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { nkeys } from 'nats';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  describeWithEngine,
  engine,
  findProgram,
  replicatedNatsServer,
} from '../../../../test/support/engines.ts';
import { connectNats, type NatsOptions } from '../../src/bus/nats-connection.ts';
import { silentLogger } from '../../src/contract/logger.ts';
import {
  type NatsServerConfig,
  type NatsUser,
  natsServerConfig,
} from '../../src/gateway/nats-server-config.ts';
import { certificates } from './certificates.ts';
import { NatsServer } from './nats-server.ts';

const programs = [
  findProgram('nats-server') ?? 'nats-server',
  ...(engine('nats-cluster').available ? [replicatedNatsServer()] : []),
];

/** As docs/nats-security.md says. Servers up to 2.15 make the imports of an account that is new to them with the next reload. */
const reloadsOfNewNode = 2;

describeWithEngine(['nats-server'], 'a connection to NATS', () => {
  let dir = '';
  beforeAll(() => {
    dir = mkdtempSync(join(tmpdir(), 'mooring-tls-'));
    for (const [name, text] of Object.entries(certificates)) writeFileSync(join(dir, name), text);
  });
  afterAll(() => rmSync(dir, { recursive: true, force: true }));

  const path = (name: keyof typeof certificates) => join(dir, name);
  const connectTo = async (server: NatsServer, options: Partial<NatsOptions>) => {
    const connection = await connectNats(
      { servers: server.url, ...options },
      { noEcho: false, logger: silentLogger },
    );
    await connection.flush();
    await connection.close();
  };
  const refused = { code: 'TRANSPORT_REFUSED' };

  it('is made with a user and password, and with no other ones', async () => {
    await using server = await NatsServer.start({
      plain: true,
      config: 'authorization { user: "a", password: "right" }',
    });
    await connectTo(server, { user: 'a', password: 'right' });
    await expect(connectTo(server, { user: 'a', password: 'wrong' })).rejects.toMatchObject(refused);
    await expect(connectTo(server, {})).rejects.toMatchObject(refused);
  });

  it('is made with a token, and with no other one', async () => {
    await using server = await NatsServer.start({ plain: true, config: 'authorization { token: "right" }' });
    await connectTo(server, { token: 'right' });
    await expect(connectTo(server, { token: 'wrong' })).rejects.toMatchObject(refused);
  });

  it('is made with an nkey, and with no other one', async () => {
    const { users, text } = natsServerConfig({ nodes: [] });
    const config = text.slice(text.indexOf('system_account'));
    await using server = await NatsServer.start({ plain: true, config });
    await connectTo(server, { nkeySeed: users[0]?.nkeySeed ?? '' });
    const other = new TextDecoder().decode(nkeys.createUser().getSeed());
    await expect(connectTo(server, { nkeySeed: other })).rejects.toMatchObject(refused);
    await expect(connectTo(server, {})).rejects.toMatchObject(refused);
  });

  it('is made with a file of credentials, and with none of another operator', async () => {
    const ours = operator();
    const file = join(dir, 'agent.creds');
    writeFileSync(file, ours.creds);
    const strange = join(dir, 'strange.creds');
    writeFileSync(strange, operator().creds);
    await using server = await NatsServer.start({ plain: true, config: ours.config });
    await connectTo(server, { credsFile: file });
    await expect(connectTo(server, { credsFile: strange })).rejects.toMatchObject(refused);
  });

  describe('over TLS where clients need a certificate', () => {
    const tlsConfig = () =>
      `tls { cert_file: "${path('serverCert')}", key_file: "${path('serverKey')}", ca_file: "${path('ca')}", verify: true }`;
    const ca = () => ({ caFile: path('ca') });

    it('is made with one, and refused without', async () => {
      await using server = await NatsServer.start({ plain: true, config: tlsConfig() });
      await connectTo(server, { tls: { ...ca(), certFile: path('clientCert'), keyFile: path('clientKey') } });
      await expect(connectTo(server, { tls: ca(), connectMsMax: 2000 })).rejects.toThrow();
    });

    it('trusts no server that the given authority has not signed', async () => {
      await using server = await NatsServer.start({ plain: true, config: tlsConfig() });
      const client = { certFile: path('clientCert'), keyFile: path('clientKey') };
      await expect(connectTo(server, { tls: client, connectMsMax: 2000 })).rejects.toThrow();
    });

    it('refuses a server without TLS', async () => {
      await using server = await NatsServer.start({ plain: true });
      await expect(connectTo(server, { tls: ca() })).rejects.toMatchObject(refused);
      const overTLS = server.url.replace(/^nats:/, 'tls:');
      await expect(connectTo(server, { servers: overTLS })).rejects.toMatchObject(refused);
      await expect(connectTo(server, { servers: [server.url, overTLS] })).rejects.toMatchObject(refused);
    });
  });
});

describeWithEngine(['nats-server'], 'the configuration for isolated mode', () => {
  const options = { nodes: ['n1', 'n2.example'] };

  const judge = (text: string, program: string) => {
    const dir = mkdtempSync(join(tmpdir(), 'mooring-config-'));
    writeFileSync(join(dir, 'server.conf'), text);
    const { status, stderr } = spawnSync(program, ['-t', '-c', join(dir, 'server.conf')], {
      encoding: 'utf8',
    });
    rmSync(dir, { recursive: true });
    return { status, stderr };
  };

  it.each(programs)('is taken by %s', (program) => {
    for (const auth of ['nkey', 'password'] as const)
      expect(judge(natsServerConfig({ ...options, auth }).text, program)).toMatchObject({ status: 0 });
  });

  it.each(programs)('lets no node import the subjects of another: %s', (program) => {
    const { text } = natsServerConfig(options);
    const stolen = text.replace(
      'account: STORE, subject: "api.node.n1.>"',
      'account: STORE, subject: "api.node.n3.>"',
    );
    expect(stolen).not.toBe(text);
    expect(judge(stolen, program).stderr).toContain('service import not authorized');
    const overheard = text.replace(
      'account: STORE, subject: "watch.node.n1.>"',
      'account: STORE, subject: "watch.node.*.>"',
    );
    expect(judge(overheard, program).stderr).toContain('stream import not authorized');
  });

  it('keeps the credentials of those who were there', () => {
    const before = natsServerConfig({ nodes: ['n1'] });
    const after = natsServerConfig({ nodes: ['n1', 'n2'], users: before.users });
    expect(after.users.slice(0, 2)).toEqual(before.users);
    expect(after.users[2]).toMatchObject({ node: 'n2', inboxPrefix: '_INBOX_n2' });
  });

  it.each(programs)('lets a new node in with the second reload: %s', async (program) => {
    const accountsOf = ({ text }: NatsServerConfig) => text.slice(text.indexOf('system_account'));
    const before = natsServerConfig({ nodes: ['n1'] });
    await using server = await NatsServer.start({ plain: true, program, config: accountsOf(before) });
    const connectAs = ({ nkeySeed = '', inboxPrefix = '_INBOX' }: NatsUser) =>
      connectNats({ servers: server.url, nkeySeed, inboxPrefix }, { noEcho: false, logger: silentLogger });
    const control = await connectAs(before.users[0] ?? {});
    control.subscribe('api.node.*.>', { callback: (_, message) => void message.respond('ok') });
    await control.flush();

    const after = natsServerConfig({ nodes: ['n1', 'n2'], users: before.users });
    for (let times = 0; times < reloadsOfNewNode; times += 1) await server.reload(accountsOf(after));
    for (const user of after.users.slice(1)) {
      const node = await connectAs(user);
      const answer = await node.request(`api.node.${user.node}.get`, '', { timeout: 5000 });
      expect(answer.string()).toBe('ok');
      await node.close();
    }
    await control.close();
  });

  it('holds no secret where users have nkeys', () => {
    const { text, users } = natsServerConfig(options);
    for (const { nkeySeed = '' } of users) {
      expect(nkeySeed).toMatch(/^SU/);
      expect(text).not.toContain(nkeySeed);
    }
  });

  it.each([
    [{ nodes: ['a b'] }, 'nodes: "a b"'],
    [{ nodes: ['a', 'a'] }, 'the same name'],
    [{ nodes: ['STORE'] }, 'nodes: "STORE"'],
    [{ nodes: [], listen: '0.0.0.0:4222' }, 'without TLS'],
    [{ nodes: [], storeDir: '/a"b' }, 'cannot stand in a configuration'],
  ])('refuses %j', (given, words) => {
    expect(() => natsServerConfig(given)).toThrow(words);
  });

  it('is written by a script, for its owner only', () => {
    const out = mkdtempSync(join(tmpdir(), 'mooring-script-'));
    const run = (nodes: string) =>
      spawnSync(
        process.execPath,
        [
          '--import=tsx',
          '--conditions=@mooring/source',
          'scripts/nats-config.ts',
          '--nodes',
          nodes,
          '--out',
          out,
        ],
        { encoding: 'utf8' },
      );
    const first = run('a');
    expect(first.stderr).toBe('');
    const seed = (name: string) =>
      JSON.parse(readFileSync(join(out, 'nodes', `${name}.json`), 'utf8')).nkeySeed;
    const before = seed('a');
    expect(first.stdout).not.toContain(before);
    expect(run('a,b').status).toBe(0);
    expect(seed('a')).toBe(before);
    expect(seed('b')).toMatch(/^SU/);
    for (const file of ['server.conf', 'control-plane.json', 'nodes/a.json'])
      expect(statSync(join(out, file)).mode & 0o777).toBe(0o600);
    expect(judge(readFileSync(join(out, 'server.conf'), 'utf8'), programs[0] ?? '').status).toBe(0);
    expect(run('a b').status).toBe(1);
    rmSync(out, { recursive: true });
  });
});

/** What `nsc` makes: an operator, an account and a user, each vouched for by the one above. */
function operator(): { readonly config: string; readonly creds: string } {
  const [top, account, user] = [nkeys.createOperator(), nkeys.createAccount(), nkeys.createUser()];
  const encode = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const jwt = (subject: { getPublicKey(): string }, issuer: typeof top, nats: object) => {
    const body = {
      jti: 'x',
      iat: 1,
      iss: issuer.getPublicKey(),
      name: 'test',
      sub: subject.getPublicKey(),
      nats,
    };
    const signed = `${encode({ typ: 'JWT', alg: 'ed25519-nkey' })}.${encode(body)}`;
    return `${signed}.${Buffer.from(issuer.sign(new TextEncoder().encode(signed))).toString('base64url')}`;
  };
  const unlimited = { subs: -1, data: -1, payload: -1 };
  const limits = { ...unlimited, imports: -1, exports: -1, wildcards: true, conn: -1, leaf: -1 };
  const accountJwt = jwt(account, top, { limits, type: 'account', version: 2 });
  const userJwt = jwt(user, account, { ...unlimited, type: 'user', version: 2 });
  const config = `operator: "${jwt(top, top, { type: 'operator', version: 2 })}"
resolver: MEMORY
resolver_preload: { ${account.getPublicKey()}: "${accountJwt}" }`;
  const seed = new TextDecoder().decode(user.getSeed());
  const block = (what: string, text: string) =>
    `-----BEGIN ${what}-----\n${text}\n------END ${what}------\n\n`;
  return { config, creds: block('NATS USER JWT', userJwt) + block('USER NKEY SEED', seed) };
}
