/** An agent with real processes, as users start it. Arguments: its directory, programs as JSON, whether crashes are forgiven soon. */

import { createAgent } from '@mooring/core';
import { processRuntime } from '@mooring/runtime-process';

const [dir = '.', programs = '[]', forgiving = ''] = process.argv.slice(2);

const agent = await createAgent({
  name: 'node-a',
  dataDir: dir,
  ...(forgiving !== '' && { crashLoop: { resetAfterMs: 100 } }),
  plugins: [processRuntime({ images: { program: [] } })],
});
await agent.apply(JSON.parse(programs).map(podOf));
process.once('SIGTERM', async () => {
  await agent.close();
  process.exit();
});
process.send?.('up');

function podOf({ name, command }) {
  const container = { name: 'main', image: 'program', imagePullPolicy: 'IfNotPresent' };
  // In the command of a container `$$` is one dollar.
  const words = command.map((word) => word.replaceAll('$', '$$$$'));
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name },
    spec: { terminationGracePeriodSeconds: 1, containers: [{ ...container, command: words }] },
  };
}
