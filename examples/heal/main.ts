/**
 * Docker notes that a container is unhealthy, and leaves it so. This looks after those of a host that carry the label
 * `mooring.dev/heal=true`, by their own HEALTHCHECK or by a probe in a label, and restarts those that are not well.
 *
 * It shows that on two containers of its own that get sick after a few seconds, and ends. Usage: main.ts [--for-ever]
 */

import { once } from 'node:events';
import { httpProbe } from '@mooring/probe-http';
import { createHealer, type HealerEvent } from '@mooring/runtime-docker';
import { demonstrationLabel, endSick, startSick } from './sick-containers.ts';

const isForEver = process.argv.includes('--for-ever');
const wanted = isForEver ? new Set<string>() : new Set(startSick());
const healed = new AbortController();

await using healer = await createHealer({
  plugins: [httpProbe()],
  ...(!isForEver && { label: demonstrationLabel }),
  onEvent(event: HealerEvent) {
    console.log(event);
    if (event.type === 'restarted') wanted.delete(event.container);
    if (!isForEver && wanted.size === 0) healed.abort();
  },
});
process.once('SIGINT', () => healed.abort());
if (!healed.signal.aborted) await once(healed.signal, 'abort');
if (!isForEver) endSick();
await healer.close();
