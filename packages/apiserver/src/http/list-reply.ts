/** Lists on their way to a client: small ones at once, large ones as fast as it reads, without a copy of the whole. */

import type { ServerResponse } from 'node:http';
import { type ListText, sizeOf, writeList } from '../json/list-text.ts';
import { type Answer, jsonBytes } from './reply.ts';

const blockBytes = 256 * 1024;

/** `signal`: that of the request; a client that has not read the whole by then is cut off. */
export async function listReply(list: ListText, signal: AbortSignal): Promise<Answer> {
  const size = sizeOf(list);
  if (size > blockBytes) return { stream: (response) => send(response, { list, size, signal }) };
  let whole: Buffer = Buffer.alloc(0);
  await writeList(list, size, (bytes) => {
    whole = bytes;
  });
  return jsonBytes(whole);
}

interface Sending {
  readonly list: ListText;
  readonly size: number;
  readonly signal: AbortSignal;
}

async function send(response: ServerResponse, { list, size, signal }: Sending): Promise<void> {
  const cutOff = () => response.destroy();
  signal.addEventListener('abort', cutOff, { once: true });
  response.setHeader('content-type', 'application/json');
  response.setHeader('content-length', size);
  response.writeHead(200);
  await writeList(list, blockBytes, (bytes) => taken(response, bytes));
  signal.removeEventListener('abort', cutOff);
  response.end();
}

/** Resolves when the connection has taken the bytes, or is gone. */
function taken(response: ServerResponse, bytes: Buffer): Promise<void> | void {
  if (response.destroyed) return;
  return new Promise((resolve) => {
    const settle = () => {
      response.off('close', settle);
      resolve();
    };
    response.on('close', settle);
    response.write(bytes, settle);
  });
}
