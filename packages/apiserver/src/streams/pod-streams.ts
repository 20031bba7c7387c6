/** What is streamed from and to a pod: its logs, commands that run in it, its ports. */

import type { ServerParts } from '../serve/server-parts.ts';
import type { SubresourceHandler } from '../serve/subresource-handler.ts';

/** The handlers of the sub-resources log, exec, attach and portforward of pods. */
export function podStreams(_parts: ServerParts): readonly SubresourceHandler[] {
  return [];
}
