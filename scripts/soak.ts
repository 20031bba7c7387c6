/** `npm run soak -- [--minutes N] [--rate R] [--runtime fake|process] [--nats URL]`: ends with 1 when something grows. */

import { optionsOf } from './options.ts';
import { soak } from './soak/soak.ts';

const { values } = optionsOf({
  options: {
    minutes: { type: 'string', default: '1' },
    rate: { type: 'string', default: '10' },
    runtime: { type: 'string', default: 'fake' },
    nats: { type: 'string' },
  },
});
if (values.runtime !== 'fake' && values.runtime !== 'process')
  throw new Error(`--runtime is "fake" or "process", not "${values.runtime}"`);
const seconds = Number(values.minutes) * 60;
const rate = Number(values.rate);
if (!(seconds > 0) || !(rate > 0)) throw new Error('--minutes and --rate are numbers above 0');

const { counts, trends } = await soak({
  seconds,
  rate,
  runtime: values.runtime,
  servers: values.nats,
  say: (line) => console.log(line),
});
const words = Object.entries(counts).map(([deed, count]) => `${count} ${deed}`);
console.log(`pods and sets: ${words.join(', ')}`);
for (const { gauge, trend, isFlat } of trends) {
  const slope = `${trend.perMinute.toFixed(1)} ± ${trend.error.toFixed(1)} a minute`;
  console.log(`${isFlat ? 'flat ' : 'GROWS'} ${gauge}: ${Math.round(trend.mean)}, ${slope}`);
}
process.exitCode = trends.every(({ isFlat }) => isFlat) ? 0 : 1;
