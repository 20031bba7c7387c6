/** What a process takes at rest, told to the one that started it when that asks: it says for how many seconds to watch. */

import { setTimeout as sleep } from 'node:timers/promises';

const samples = 12;

export function tellUsage() {
  process.on('message', async (seconds) => {
    const cpuBefore = process.cpuUsage();
    const beganMs = performance.now();
    const sizes = [];
    for (let i = 0; i < samples; i += 1) {
      await sleep((Number(seconds) * 1000) / samples);
      sizes.push(process.memoryUsage.rss());
    }
    const { user, system } = process.cpuUsage(cpuBefore);
    const cpuShare = (user + system) / 1000 / (performance.now() - beganMs);
    process.send?.({ rssBytes: sizes.sort((a, b) => a - b)[samples / 2], cpuShare });
  });
  process.send?.('up');
  process.once('disconnect', () => process.exit());
}
