/** `.../pods/<name>/exec` and `.../attach`: a command in a container, or the container's own input and output. */

import type { AttachRequest, ExecRequest, WantedStreams } from '@mooring/core';
import type { ApiRequest } from '../request/api-request.ts';
import type { ResourceTarget } from '../request/parse-target.ts';
import { isTrue } from '../request/verb-of.ts';
import type { ServerParts } from '../serve/server-parts.ts';
import type { Upgrade } from '../serve/subresource-handler.ts';
import { badRequest } from '../status/status-error.ts';
import { type CommandSession, runSession } from './command-session.ts';
import { containerOfRequest, podOfRequest } from './pod-of-request.ts';
import { acceptSpdy } from './spdy/accept-spdy.ts';
import { commandProtocol, serveSpdySession } from './spdy/spdy-session.ts';
import { acceptWebSocket, chooseProtocol, wantsWebSocket } from './websocket/accept-websocket.ts';
import { commandProtocols, webSocketSession } from './websocket/websocket-session.ts';

/** Resolves when the connection is over. Rejects with a `StatusError` before the handshake. */
export async function serveCommand(
  parts: ServerParts,
  request: ApiRequest,
  target: ResourceTarget,
  upgrade: Upgrade,
): Promise<void> {
  const { pod, node, target: podTarget } = await podOfRequest(parts, target, request.signal);
  const container = containerOfRequest(pod, request).name;
  const wanted = wantedStreams(request.query);
  const base = { ...podTarget, container, ...wanted };
  const asked: ExecRequest | AttachRequest =
    target.subresource === 'exec'
      ? { type: 'exec', ...base, command: commandOf(request.query) }
      : { type: 'attach', ...base };
  const run = (session: CommandSession) => runSession(parts.cluster.streams, node, asked, session);
  if (wantsWebSocket(request)) {
    const protocol = chooseProtocol(request, commandProtocols);
    await run(webSocketSession(await acceptWebSocket(upgrade, protocol), protocol, parts.clock));
    return;
  }
  acceptSpdy(request, upgrade, commandProtocol);
  await serveSpdySession(upgrade, wanted, parts.clock, run);
}

/** Throws a `StatusError` when nothing is wanted at all. */
export function wantedStreams(query: URLSearchParams): WantedStreams {
  const [stdin, stdout, stderr, tty] = ['stdin', 'stdout', 'stderr', 'tty'].map((name) =>
    isTrue(query.get(name)),
  );
  if (!stdin && !stdout && !stderr) throw badRequest('you must specify at least 1 of stdin, stdout, stderr');
  // A terminal has one output; some clients ask for both all the same.
  return {
    stdin: stdin === true,
    stdout: stdout === true,
    stderr: stderr === true && !tty,
    tty: tty === true,
  };
}

function commandOf(query: URLSearchParams): readonly string[] {
  const command = query.getAll('command');
  if (command.length === 0) throw badRequest('you must specify at least one command for the container');
  return command;
}
