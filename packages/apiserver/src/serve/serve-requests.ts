/** From HTTP to requests of the API and back: who asks, for what, may they, and what are they told. */

import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import { MooringError } from '@mooring/core';
import { readBody } from '../http/read-body.ts';
import { type Answer, isStream, json, writeReply } from '../http/reply.ts';
import { refuseUpgrade } from '../http/upgrade-reply.ts';
import type { ApiRequest, User } from '../request/api-request.ts';
import { parseTarget } from '../request/parse-target.ts';
import { isLongRunning, verbOf } from '../request/verb-of.ts';
import { statusFrom } from '../status/from-error.ts';
import { badRequest } from '../status/status-error.ts';
import type { ServerParts } from './server-parts.ts';
import type { Upgrade } from './subresource-handler.ts';

export interface RequestLimits {
  readonly bodyBytesMax: number;
  readonly requestMsMax: number;
}

export interface RequestRules {
  /** Throws a `StatusError` when what the request says of its sender is wrong. */
  authenticate(incoming: IncomingMessage): User;
  /** Throws a `StatusError` when that is not for this user. */
  authorize(request: ApiRequest): void;
  answer(request: ApiRequest): Promise<Answer>;
  upgrade(request: ApiRequest, upgrade: Upgrade): Promise<void>;
}

export class RequestServer {
  private readonly parts: ServerParts;
  private readonly limits: RequestLimits;
  private readonly rules: RequestRules;

  constructor(parts: ServerParts, limits: RequestLimits, rules: RequestRules) {
    this.parts = parts;
    this.limits = limits;
    this.rules = rules;
  }

  /** Never rejects. */
  async serve(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
    const ending = this.ending(incoming, response);
    try {
      const request = this.read(incoming, ending.signal);
      if (!isLongRunning(request.verb, request.target)) ending.limit();
      this.rules.authorize(request);
      const answer = await this.rules.answer(request);
      if (isStream(answer)) await answer.stream(response);
      else writeReply(response, answer);
    } catch (error) {
      this.fail(response, error);
    } finally {
      ending.clear();
      // What is left of a body that nobody wanted must not be taken for the next request.
      if (!incoming.complete) incoming.resume();
    }
  }

  /** Never rejects. */
  async upgrade(incoming: IncomingMessage, socket: Duplex, head: Buffer): Promise<void> {
    const isFresh = unwritten(socket);
    // Without a listener an error of the socket would end the process.
    socket.on('error', (err) => this.parts.logger.debug({ err }, 'connection of an upgrade broke off'));
    const ending = this.ending(incoming, socket);
    try {
      const request = this.read(incoming, ending.signal);
      this.rules.authorize(request);
      await this.rules.upgrade(request, { incoming, socket, head });
    } catch (error) {
      const status = statusFrom(error);
      if (status.code >= 500) this.parts.logger.error({ err: error }, 'upgraded request failed');
      if (isFresh()) refuseUpgrade(socket, status);
      else socket.destroy();
    } finally {
      ending.clear();
    }
  }

  private read(incoming: IncomingMessage, signal: AbortSignal): ApiRequest {
    const { method = 'GET', url = '/', headers, socket } = incoming;
    const parsed = parseURL(url);
    const target = parseTarget(parsed.pathname);
    const query = parsed.searchParams;
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

  private fail(response: ServerResponse, error: unknown): void {
    const status = statusFrom(error);
    if (status.code >= 500 && !response.destroyed)
      this.parts.logger.error({ err: error }, 'request could not be served');
    if (response.headersSent || response.destroyed) {
      response.destroy();
      return;
    }
    const { retryAfterSeconds } = status.body.details ?? {};
    if (retryAfterSeconds !== undefined) response.setHeader('retry-after', String(retryAfterSeconds));
    writeReply(response, json(status.body, status.code));
  }

  /** A signal for one request: the client has gone, the server closes, or its time is over. */
  private ending(incoming: IncomingMessage, outgoing: ServerResponse | Duplex) {
    const { clock, signal } = this.parts;
    const { requestMsMax } = this.limits;
    const controller = new AbortController();
    const stop = () => controller.abort(new MooringError('ABORTED', 'the server is closing'));
    const gone = () => controller.abort(new MooringError('ABORTED', 'the client has gone'));
    const late = () =>
      controller.abort(
        new MooringError(
          'DEADLINE_EXCEEDED',
          `Timeout: request did not complete within ${requestMsMax / 1000} s`,
        ),
      );
    let timer: ReturnType<typeof clock.setTimeout> | undefined;
    signal.addEventListener('abort', stop, { once: true });
    outgoing.once('close', gone);
    if (signal.aborted) stop();
    if (incoming.destroyed) gone();
    return {
      signal: controller.signal,
      limit: () => {
        timer = clock.setTimeout(late, requestMsMax);
      },
      clear: () => {
        clock.clearTimeout(timer);
        signal.removeEventListener('abort', stop);
        outgoing.off('close', gone);
      },
    };
  }
}

function unwritten(socket: Duplex): () => boolean {
  const { bytesWritten = 0 } = socket as { bytesWritten?: number };
  return () =>
    !socket.destroyed && ((socket as { bytesWritten?: number }).bytesWritten ?? 0) === bytesWritten;
}

function parseURL(url: string): URL {
  try {
    return new URL(url, 'http://server');
  } catch {
    throw badRequest('the URL of the request cannot be read');
  }
}
