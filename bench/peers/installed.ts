/** Supervisors that users come from, where they are installed: `npm run peers`. */

import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { findProgram } from '../../test/support/engines.ts';

const ownFolder = process.env['MOORING_ENGINES_DIR'] ?? '/var/lib/mooring-engines';

export const peers = {
  supervisord: () => findProgram('supervisord'),
  pm2: () => {
    const own = join(ownFolder, 'pm2/node_modules/.bin/pm2');
    return existsSync(own) ? own : findProgram('pm2');
  },
} as const;
export type PeerName = keyof typeof peers;

/** Those that are there; says of the others how they come. */
export function installedPeers(): readonly (readonly [PeerName, string])[] {
  const found: (readonly [PeerName, string])[] = [];
  for (const [name, find] of Object.entries(peers) as [PeerName, () => string | undefined][]) {
    const path = find();
    if (path === undefined)
      console.log(`${name} is left out: it is not installed; bring it with: npm run peers`);
    else found.push([name, path]);
  }
  return found;
}
