/** An agent in a process of its own, to be killed: opens the runtime, runs one container, prints its ID. */

import { silentLogger, systemClock } from '@mooring/core';
import { openProcessRuntime } from '../../src/open-process-runtime.ts';
import { defaultOptions } from '../../src/options.ts';

/** Given as `ephemeral:<directory>`: an agent whose directory goes with it. */
const [place = '', ...scripts] = process.argv.slice(2);
const isEphemeral = place.startsWith('ephemeral:');
const dataDir = place.replace('ephemeral:', '');
const never = new AbortController().signal;
const runtime = await openProcessRuntime(
  { nodeName: 'killed', dataDir, isEphemeral, clock: systemClock, logger: silentLogger },
  { ...defaultOptions, images: { sh: ['/bin/sh', '-c'] } },
);
const pod = { podUID: 'adopted', podName: 'adopted', namespace: 'default' };
const sandbox = await runtime.createSandbox(
  { ...pod, attempt: 0, hostname: 'adopted', hostNetwork: false, labels: {}, ports: [] },
  never,
);
const ids: string[] = [];
for (const [attempt, script] of scripts.entries()) {
  const id = await runtime.createContainer(
    {
      ...{
        ...pod,
        name: `adopted_main_${attempt}`,
        sandboxID: sandbox.id,
        containerName: `c${attempt}`,
        attempt,
      },
      ...{
        labels: { app: 'web' },
        image: 'sh',
        imageRef: 'sh',
        args: [script],
        env: [],
        mounts: [],
        ports: [],
      },
      ...{ resources: {}, stdin: false, tty: false },
    },
    never,
  );
  await runtime.startContainer(id, never);
  ids.push(id);
}
process.stdout.write(`${JSON.stringify(ids)}\n`);
