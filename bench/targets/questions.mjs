/** What the process that started this one may ask of it, by name. Says when it is up, and ends with the other one. */

export function answerQuestions(answers) {
  process.on('message', async ({ id, name, args }) => {
    try {
      process.send?.({ id, value: await answers[name](...args) });
    } catch (error) {
      process.send?.({ id, error: String(error) });
    }
  });
  process.send?.('up');
  process.once('disconnect', () => process.exit());
}

/** Of this process: since it began, and its memory now. */
export function usage() {
  const { userCPUTime, systemCPUTime, maxRSS } = process.resourceUsage();
  return {
    cpuMs: (userCPUTime + systemCPUTime) / 1000,
    peakBytes: maxRSS * 1024,
    rssBytes: process.memoryUsage.rss(),
  };
}

/** Calls `act` with 0, 1, 2 ... at the rate that is wanted; what a late timer missed is made up for at once. */
export async function atRate(perSecond, seconds, act) {
  const count = perSecond * seconds;
  const beganMs = performance.now();
  for (let done = 0; done < count; ) {
    const due = Math.min(count, ((performance.now() - beganMs) / 1000) * perSecond);
    for (; done < due; done += 1) act(done);
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
}

/** By the clock that all processes of a host share. */
export function nowMicros() {
  return Number(process.hrtime.bigint() / 1000n);
}
