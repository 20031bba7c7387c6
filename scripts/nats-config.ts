/**
 * `npm run nats:config -- --nodes a,b,c --out DIR [--listen HOST:PORT --tls-cert FILE --tls-key FILE --tls-ca FILE]`: the
 * configuration of NATS servers for isolated mode, and one file of credentials for each user. Run again with more nodes it
 * keeps the credentials that are there.
 */

import { existsSync } from 'node:fs';
import { chmod, mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { type NatsUser, natsServerConfig } from '@mooring/core/nats';
import { optionsOf } from './options.ts';

const { values } = optionsOf({
  options: {
    nodes: { type: 'string' },
    out: { type: 'string' },
    listen: { type: 'string' },
    'store-dir': { type: 'string' },
    auth: { type: 'string' },
    'tls-cert': { type: 'string' },
    'tls-key': { type: 'string' },
    'tls-ca': { type: 'string' },
    'accept-plaintext': { type: 'boolean' },
  },
});

try {
  await main();
} catch (error) {
  console.error(error instanceof Error ? error.message : String(error));
  process.exitCode = 1;
}

async function main(): Promise<void> {
  const {
    nodes: names,
    out,
    listen,
    auth,
    'store-dir': storeDir,
    'accept-plaintext': acceptPlaintext,
  } = values;
  if (names === undefined || out === undefined)
    throw new Error('usage: nats:config -- --nodes a,b,c --out DIR');
  if (auth !== undefined && auth !== 'nkey' && auth !== 'password')
    throw new Error('--auth: nkey or password');
  const { 'tls-cert': certFile, 'tls-key': keyFile, 'tls-ca': caFile } = values;
  if ((certFile === undefined) !== (keyFile === undefined))
    throw new Error('--tls-cert and --tls-key go together');
  const nodes = names.split(',').filter((name) => name !== '');
  const users = await knownUsers(out, nodes);
  const config = natsServerConfig({
    nodes,
    users,
    ...(listen !== undefined && { listen }),
    ...(auth !== undefined && { auth }),
    ...(storeDir !== undefined && { storeDir }),
    ...(acceptPlaintext !== undefined && { acceptPlaintext }),
    ...(certFile !== undefined &&
      keyFile !== undefined && { tls: { certFile, keyFile, ...(caFile !== undefined && { caFile }) } }),
  });
  await write(join(out, 'server.conf'), config.text);
  for (const user of config.users)
    await write(fileOf(out, user.node), `${JSON.stringify(user, undefined, 2)}\n`);
}

async function knownUsers(out: string, nodes: readonly string[]): Promise<readonly NatsUser[]> {
  const paths = [undefined, ...nodes].map((node) => fileOf(out, node)).filter((path) => existsSync(path));
  return await Promise.all(
    paths.map(async (path): Promise<NatsUser> => JSON.parse(await readFile(path, 'utf8'))),
  );
}

function fileOf(out: string, node: string | undefined): string {
  return node === undefined ? join(out, 'control-plane.json') : join(out, 'nodes', `${node}.json`);
}

/** For its owner only, also where it was there with other rights. */
async function write(path: string, text: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  await writeFile(path, text, { mode: 0o600 });
  await chmod(path, 0o600);
  console.log(`wrote ${path}`);
}
