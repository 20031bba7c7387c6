/** From HTTP to requests of the API and back: who asks, for what, may they, and what are they told. */

import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import { prettied, wantsPretty } from '../http/pretty.ts';
import { readBody } from '../http/read-body.ts';
import { type Answer, isStream, json, writeReply } from '../http/reply.ts';
import { refuseUpgrade } from '../http/upgrade-reply.ts';
import type { ApiRequest, User } from '../request/api-request.ts';
import { parseTarget } from '../request/parse-target.ts';
import { isLongRunning, verbOf } from '../request/verb-of.ts';
import { statusFrom } from '../status/from-error.ts';
import { badRequest, StatusError } from '../status/status-error.ts';
import { beginAudit } from './audit.ts';
import { RequestEndings } from './request-ending.ts';
import type { ServerParts } from './server-parts.ts';
import type { Upgrade } from './subresource-handler.ts';

export interface RequestLimits {
  readonly bodyBytesMax: number;
  readonly requestMsMax: number;
  /** At the same time, watches and streams apart. */
  readonly requestsMax: number;
}

export interface RequestRules {
  /** Throws a `StatusError` when what the request says of its sender is wrong. */
  authenticate(incoming: IncomingMessage): User;
  /** Rejects with a `StatusError` when that is not for this user. */
  authorize(request: ApiRequest): Promise<void>;
  answer(request: ApiRequest): Promise<Answer>;
  upgrade(request: ApiRequest, upgrade: Upgrade): Promise<void>;
  /** Told of each request when it is over. */
  observe(request: ApiRequest, code: number, durationMs: number): void;
}

/** How long the rest of a body that nobody wants is read before the connection is closed. */
const drainMs = 5000;

export class RequestServer {
  private readonly parts: ServerParts;
  private readonly limits: RequestLimits;
  private readonly rules: RequestRules;
  private readonly endings: RequestEndings;
  /** Requests that are being served now, watches and streams apart. */
  underWay = 0;

  constructor(parts: ServerParts, limits: RequestLimits, rules: RequestRules) {
    this.parts = parts;
    this.limits = limits;
    this.rules = rules;
    this.endings = new RequestEndings(parts);
  }

  /** Never rejects. */
  async serve(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
    const ending = this.endings.begin(incoming, response);
    // Told before anything else happens, so that it counts however the request ends.
    response.on('error', (err) => this.parts.logger.debug({ err }, 'connection of a request broke off'));
    // What is between client and server must not answer for it.
    response.setHeader('cache-control', 'no-cache, private');
    let isPretty = false;
    try {
      const request = this.read(incoming, ending.signal);
      isPretty = wantsPretty(request);
      await this.audited(request, async () => {
        if (isLongRunning(request.verb, request.target)) return await this.respond(request, response);
        ending.limit(this.limits.requestMsMax);
        return await this.respondCounted(request, response);
      });
    } catch (error) {
      this.fail(response, error, isPretty);
    } finally {
      ending.clear();
      this.drain(incoming);
    }
  }

  /** Never rejects. */
  async upgrade(incoming: IncomingMessage, socket: Duplex, head: Buffer): Promise<void> {
    const isFresh = unwritten(socket);
    // Without a listener an error of the socket would end the process.
    socket.on('error', (err) => this.parts.logger.debug({ err }, 'connection of an upgrade broke off'));
    const ending = this.endings.begin(incoming, socket);
    try {
      const request = this.read(incoming, ending.signal);
      await this.audited(request, async () => {
        await this.rules.authorize(request);
        await this.rules.upgrade(request, { incoming, socket, head });
        return 101;
      });
    } catch (error) {
      const status = statusFrom(error);
      if (status.code >= 500) this.parts.logger.error({ err: error }, 'upgraded request failed');
      if (isFresh()) refuseUpgrade(socket, status);
      else socket.destroy();
    } finally {
      ending.clear();
    }
  }

  /** Resolves with the code of the answer. */
  private async respond(request: ApiRequest, response: ServerResponse): Promise<number> {
    await this.rules.authorize(request);
    const answer = await this.rules.answer(request);
    if (isStream(answer)) await answer.stream(response);
    else writeReply(response, wantsPretty(request) ? prettied(answer) : answer);
    return response.statusCode;
  }

  private async respondCounted(request: ApiRequest, response: ServerResponse): Promise<number> {
    const { requestsMax } = this.limits;
    if (this.underWay >= requestsMax) {
      const words = `too many requests: ${requestsMax} are being served; please try again later`;
      throw new StatusError('TooManyRequests', words, { retryAfterSeconds: 1 });
    }
    this.underWay += 1;
    try {
      return await this.respond(request, response);
    } finally {
      this.underWay -= 1;
    }
  }

  /** `serve` gives back the code of the answer. */
  private async audited(request: ApiRequest, serve: () => Promise<number>): Promise<void> {
    const { logger, clock } = this.parts;
    const beganMs = clock.monotonicMs();
    const audit = beginAudit(logger, clock, request);
    let code = 500;
    try {
      code = await serve();
    } catch (error) {
      code = statusFrom(error).code;
      throw error;
    } finally {
      audit.done(code);
      this.rules.observe(request, code, clock.monotonicMs() - beganMs);
    }
  }

  private read(incoming: IncomingMessage, signal: AbortSignal): ApiRequest {
    const { method = 'GET', url = '/', headers, socket } = incoming;
    const { path, query } = parseURL(url);
    const target = parseTarget(path);
    let body: Promise<Buffer> | undefined;
    return {
      id: this.parts.random.uuid(),
      method,
      target,
      verb: verbOf(method, target, query),
      query,
      headers,
      user: this.rules.authenticate(incoming),
      remoteAddress: socket.remoteAddress ?? '',
      signal,
      body: () => {
        body ??= readBody(incoming, this.limits.bodyBytesMax, signal);
        return body;
      },
    };
  }

  private fail(response: ServerResponse, error: unknown, isPretty: boolean): void {
    const status = statusFrom(error);
    if (status.code >= 500 && !response.destroyed)
      this.parts.logger.error({ err: error }, 'request could not be served');
    if (response.headersSent || response.destroyed) {
      response.destroy();
      return;
    }
    const { retryAfterSeconds } = status.body.details ?? {};
    if (retryAfterSeconds !== undefined) response.setHeader('retry-after', String(retryAfterSeconds));
    const reply = json(status.body, status.code);
    writeReply(response, isPretty ? prettied(reply) : reply);
  }

  /** What is left of a body that nobody wanted must not be taken for the next request, nor go on for ever. */
  private drain(incoming: IncomingMessage): void {
    if (incoming.complete || incoming.destroyed) return;
    const { clock } = this.parts;
    const timer = clock.setTimeout(() => incoming.socket.destroy(), drainMs);
    incoming.on('close', () => clock.clearTimeout(timer)).on('end', () => clock.clearTimeout(timer));
    incoming.resume();
  }
}

function unwritten(socket: Duplex): () => boolean {
  const { bytesWritten = 0 } = socket as { bytesWritten?: number };
  return () =>
    !socket.destroyed && ((socket as { bytesWritten?: number }).bytesWritten ?? 0) === bytesWritten;
}

interface ParsedURL {
  readonly path: string;
  readonly query: URLSearchParams;
}

/** Nothing in it means anything else than it says. */
const plainPath = /^(?:\/[-.\w]*[-\w])+$/;

function parseURL(url: string): ParsedURL {
  const end = url.indexOf('?');
  const path = end < 0 ? url : url.slice(0, end);
  if (plainPath.test(path)) return { path, query: new URLSearchParams(end < 0 ? '' : url.slice(end + 1)) };
  try {
    // Two slashes at the beginning are no name of another server.
    const { pathname, searchParams } = new URL(url.startsWith('/') ? `http://server${url}` : url);
    return { path: pathname, query: searchParams };
  } catch {
    throw badRequest('the URL of the request cannot be read');
  }
}
