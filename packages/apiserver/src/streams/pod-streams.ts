/** What is streamed from and to a pod: its logs, commands that run in it, its ports. */

import type { ServerParts } from '../serve/server-parts.ts';
import type { SubresourceHandler } from '../serve/subresource-handler.ts';
import { badRequest } from '../status/status-error.ts';
import { serveCommand } from './serve-command.ts';
import { serveLog } from './serve-log.ts';
import { servePorts } from './serve-ports.ts';

/** The handlers of the sub-resources log, exec, attach and portforward of pods. */
export function podStreams(parts: ServerParts): readonly SubresourceHandler[] {
  const verbs = ['create', 'get'];
  const upgraded = (name: string, kind: string, serve: typeof serveCommand): SubresourceHandler => ({
    resource: 'pods',
    info: { name, kind, verbs },
    serve: () => Promise.reject(badRequest('Upgrade request required')),
    upgrade: (request, target, upgrade) => serve(parts, request, target, upgrade),
  });
  return [
    {
      resource: 'pods',
      info: { name: 'log', kind: 'Pod', verbs: ['get'] },
      serve: (request, target) => serveLog(parts, request, target),
    },
    upgraded('exec', 'PodExecOptions', serveCommand),
    upgraded('attach', 'PodAttachOptions', serveCommand),
    upgraded('portforward', 'PodPortForwardOptions', servePorts),
  ];
}
