/** The few requests that moor makes of an API server. */

import { type IncomingMessage, type RequestOptions, request as requestHttp } from 'node:http';
import { request as requestHttps } from 'node:https';
import { text } from 'node:stream/consumers';
import { errorMessage } from '@mooring/core';
import { exitCodes } from '../exit-codes.ts';
import { UserError } from '../user-error.ts';
import type { ApiAccess } from './kubeconfig.ts';

export interface ApiClient {
  /** The namespace of the kubeconfig. */
  readonly namespace: string;
  /** Rejects with a `UserError`, as all of these. */
  get(path: string): Promise<unknown>;
  /** As text: a log. */
  text(path: string): Promise<string>;
  /** A merge patch. */
  patch(path: string, patch: object): Promise<unknown>;
}

/** How long an answer may take. Longer than a server tries a write whose store is away: what that says is worth waiting for. */
export const answerMsMaxDefault = 45_000;

export function createApiClient(
  access: ApiAccess,
  signal: AbortSignal,
  answerMsMax = answerMsMaxDefault,
): ApiClient {
  const ask = async (method: string, path: string, body?: object) => {
    const { statusCode = 0, answer } = await send(access, { method, path, body, signal, answerMsMax });
    if (statusCode >= 200 && statusCode < 300) return answer;
    throw refusal(statusCode, answer);
  };
  return {
    namespace: access.namespace,
    get: async (path) => asJSON(access, await ask('GET', path)),
    text: (path) => ask('GET', path),
    patch: async (path, patch) => asJSON(access, await ask('PATCH', path, patch)),
  };
}

function asJSON({ server }: ApiAccess, answer: string): unknown {
  try {
    return JSON.parse(answer);
  } catch {
    // The page of a proxy, or a server of another kind.
    const begin = JSON.stringify(answer.slice(0, 40));
    throw new UserError(`${server} is no API server: it answers with no JSON, but ${begin}`, {
      exitCode: exitCodes.unavailable,
      next: 'Another server is named with --kubeconfig or --context.',
    });
  }
}

interface Question {
  readonly method: string;
  readonly path: string;
  readonly body: object | undefined;
  readonly signal: AbortSignal;
  readonly answerMsMax: number;
}

async function send(access: ApiAccess, { method, path, body, signal, answerMsMax }: Question) {
  // A server may be a path of another one.
  const url = new URL(access.server.replace(/\/+$/, '') + path);
  const options: RequestOptions & { ca?: string; cert?: string; key?: string; rejectUnauthorized?: boolean } =
    {
      method,
      signal,
      timeout: answerMsMax,
      headers: {
        accept: 'application/json, */*',
        'user-agent': 'moor',
        ...(body !== undefined && { 'content-type': 'application/merge-patch+json' }),
        ...(access.token !== undefined && { authorization: `Bearer ${access.token}` }),
      },
      ...(access.ca !== undefined && { ca: access.ca }),
      ...(access.certificate !== undefined && { cert: access.certificate }),
      ...(access.key !== undefined && { key: access.key }),
      ...(access.isInsecure && { rejectUnauthorized: false }),
    };
  try {
    const response = await new Promise<IncomingMessage>((resolve, reject) => {
      const request = (url.protocol === 'https:' ? requestHttps : requestHttp)(url, options, resolve);
      request.on('error', reject);
      request.on('timeout', () => request.destroy(new NoAnswer(`no answer within ${answerMsMax / 1000} s`)));
      request.end(body === undefined ? undefined : JSON.stringify(body));
    });
    return { statusCode: response.statusCode, answer: await text(response) };
  } catch (error) {
    signal.throwIfAborted();
    throw new UserError(`the API server at ${access.server} does not answer: ${errorMessage(error)}`, {
      exitCode: exitCodes.unavailable,
      next:
        error instanceof NoAnswer
          ? 'It takes connections, so it runs, and may wait for its store: its log says more.'
          : 'Is `moor up` running? Another server is named with --kubeconfig or --context.',
    });
  }
}

class NoAnswer extends Error {}

/** The words of a Status. */
function refusal(statusCode: number, answer: string): UserError {
  const exitCode = statusCode >= 500 ? exitCodes.unavailable : exitCodes.failed;
  return new UserError(`the API server refuses (${statusCode}): ${wordsOf(answer)}`, {
    exitCode,
    statusCode,
  });
}

function wordsOf(answer: string): string {
  try {
    const { message } = JSON.parse(answer) as { readonly message?: unknown };
    if (typeof message === 'string') return message;
  } catch {
    // No Status: the text itself has to do.
  }
  return answer.trim().slice(0, 500) || 'without a reason';
}
