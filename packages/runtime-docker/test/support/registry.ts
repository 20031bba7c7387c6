/** A registry of one image on loopback, for pulls that are seen. The engine takes no offence at plain HTTP there. */

import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gzipSync } from 'node:zlib';
import { pauseProgram } from '../../src/pause-program.ts';
import { tarOf } from '../../src/tar.ts';

/** The one that it takes. */
export const registryLogin = { username: 'robot', password: 'pa:ss' };

interface Blob {
  readonly digest: string;
  readonly bytes: Buffer;
}

const mediaTypes = {
  manifest: 'application/vnd.docker.distribution.manifest.v2+json',
  config: 'application/vnd.docker.container.image.v1+json',
  layer: 'application/vnd.docker.image.rootfs.diff.tar.gzip',
} as const;

export class Registry implements AsyncDisposable {
  /** `127.0.0.1:40001` */
  readonly address: string;
  /** Who has got blobs. */
  readonly users = new Set<string>();
  private readonly server: Server;
  private readonly manifest: Blob;
  private readonly blobs: readonly Blob[];

  private constructor(server: Server) {
    this.server = server;
    this.address = `127.0.0.1:${(server.address() as AddressInfo).port}`;
    const { manifest, blobs } = imageOf();
    this.manifest = manifest;
    this.blobs = blobs;
    server.on('request', (request, response) => this.answer(request, response));
  }

  static async open(): Promise<Registry> {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    return new Registry(server);
  }

  private answer({ method, url = '', headers }: IncomingMessage, response: ServerResponse): void {
    const user = this.userOf(headers.authorization);
    const send = (status: number, type: string, { bytes, digest }: Blob) => {
      const about = { 'content-type': type, 'content-length': bytes.length, 'docker-content-digest': digest };
      response.writeHead(status, about).end(method === 'HEAD' ? undefined : bytes);
    };
    if (user === undefined) {
      response.writeHead(401, { 'www-authenticate': 'Basic realm="test"' }).end();
      return;
    }
    if (url === '/v2/') response.writeHead(200).end();
    else if (/\/manifests\//.test(url)) send(200, mediaTypes.manifest, this.manifest);
    else {
      const blob = this.blobs.find(({ digest }) => url.endsWith(digest));
      this.users.add(user);
      if (blob === undefined) response.writeHead(404).end();
      else send(200, 'application/octet-stream', blob);
    }
  }

  private userOf(authorization = ''): string | undefined {
    const { username, password } = registryLogin;
    const expected = `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`;
    return authorization === expected ? username : undefined;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.server.closeAllConnections();
    this.server.close();
    await once(this.server, 'close');
  }
}

/** An image with one program, which does nothing. */
function imageOf(): { readonly manifest: Blob; readonly blobs: readonly Blob[] } {
  const architecture = process.arch === 'x64' ? 'amd64' : process.arch;
  const program = pauseProgram(architecture);
  if (program === undefined) throw new Error(`no program for ${architecture}`);
  const tar = tarOf('pause', program, 0o755);
  const layer = blobOf(gzipSync(tar));
  const config = blobOf(
    JSON.stringify({
      ...{ architecture, os: 'linux', config: { Entrypoint: ['/pause'] } },
      rootfs: { type: 'layers', diff_ids: [digestOf(tar)] },
      history: [{ created: '2026-01-01T00:00:00Z' }],
    }),
  );
  const part = (mediaType: string, { bytes, digest }: Blob) => ({ mediaType, size: bytes.length, digest });
  const manifest = blobOf(
    JSON.stringify({
      ...{ schemaVersion: 2, mediaType: mediaTypes.manifest },
      ...{ config: part(mediaTypes.config, config), layers: [part(mediaTypes.layer, layer)] },
    }),
  );
  return { manifest, blobs: [config, layer] };
}

function blobOf(content: string | Buffer): Blob {
  const bytes = Buffer.from(content);
  return { bytes, digest: digestOf(bytes) };
}

function digestOf(bytes: Buffer): string {
  return `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
}
