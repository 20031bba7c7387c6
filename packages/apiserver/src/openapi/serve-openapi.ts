/** The descriptions of the API, made when they are first asked for. */

import { createHash } from 'node:crypto';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import { json, type Reply } from '../http/reply.ts';
import type { ApiRequest } from '../request/api-request.ts';
import type { ResourceInfo } from '../resources/resource-table.ts';
import { loadDefinitions } from './load-definitions.ts';
import { openapiV2 } from './openapi-v2.ts';
import { openapiV3 } from './openapi-v3.ts';

interface Document {
  readonly plain: Buffer;
  readonly zipped: Buffer;
  readonly hash: string;
  readonly contentType: string;
}

interface Documents {
  readonly v2: Document;
  /** By `api/v1`. */
  readonly v3: ReadonlyMap<string, Document>;
}

const v2Type = 'application/com.github.proto-openapi.spec.v2.v1.0+protobuf';
const v3Root = '/openapi/v3';

export class OpenAPI {
  private readonly resources: readonly ResourceInfo[];
  private documents: Promise<Documents> | undefined;

  constructor(resources: readonly ResourceInfo[]) {
    this.resources = resources;
  }

  /** `undefined` where the path is none of these. */
  async answer(request: ApiRequest, path: string): Promise<Reply | undefined> {
    if (path !== '/openapi/v2' && path !== v3Root && !path.startsWith(`${v3Root}/`)) return undefined;
    const { v2, v3 } = await this.made();
    if (path === '/openapi/v2') return reply(request, v2);
    if (path === v3Root) return json({ paths: Object.fromEntries([...v3].map(linkTo)) });
    const document = v3.get(path.slice(v3Root.length + 1));
    return document && reply(request, document);
  }

  /** Made again after an attempt that has failed. */
  private async made(): Promise<Documents> {
    this.documents ??= make(this.resources);
    try {
      return await this.documents;
    } catch (error) {
      this.documents = undefined;
      throw error;
    }
  }
}

function linkTo([path, { hash }]: readonly [string, Document]) {
  return [path, { serverRelativeURL: `${v3Root}/${path}?hash=${hash}` }];
}

async function make(resources: readonly ResourceInfo[]): Promise<Documents> {
  const definitions = await loadDefinitions();
  const v3 = new Map<string, Document>();
  for (const [path, document] of openapiV3(definitions, resources))
    v3.set(path, await documentOf(Buffer.from(JSON.stringify(document)), 'application/json'));
  return { v2: await documentOf(openapiV2(definitions, resources), v2Type), v3 };
}

async function documentOf(plain: Buffer, contentType: string): Promise<Document> {
  const hash = createHash('sha256').update(plain).digest('hex').slice(0, 32).toUpperCase();
  return { plain, zipped: await promisify(gzip)(plain), hash, contentType };
}

function reply({ headers }: ApiRequest, { plain, zipped, hash, contentType }: Document): Reply {
  const etag = `"${hash}"`;
  const shared = { etag, vary: 'Accept-Encoding' };
  if (headers['if-none-match'] === etag) return { code: 304, body: '', contentType, headers: shared };
  if (!/\bgzip\b/.test(String(headers['accept-encoding'] ?? '')))
    return { code: 200, body: plain, contentType, headers: shared };
  return { code: 200, body: zipped, contentType, headers: { ...shared, 'content-encoding': 'gzip' } };
}
