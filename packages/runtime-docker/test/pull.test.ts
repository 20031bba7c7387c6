/** Pulls of an engine that says what the test says. */

import { PassThrough } from 'node:stream';
import type { Logger } from '@mooring/core';
import { silentLogger } from '@mooring/core';
import { TestClock } from '@mooring/core/testing';
import { expect, it } from 'vitest';
import { Engine } from '../src/engine.ts';
import { Images } from '../src/images.ts';
import { defaultOptions } from '../src/options.ts';
import { pull } from '../src/pull.ts';

const never = new AbortController().signal;

async function scene() {
  const clock = new TestClock();
  const engine = await Engine.open('unix:///nowhere', clock);
  const progress = new PassThrough();
  const answer = { begins: true };
  engine.docker.pull = (async () => {
    if (!answer.begins) await new Promise(() => undefined);
    return progress;
  }) as unknown as typeof engine.docker.pull;
  const told: unknown[] = [];
  const logger = { ...silentLogger, info: (fields: unknown) => void told.push(fields) } as Logger;
  const line = (current: number) =>
    progress.write(
      `${JSON.stringify({ id: 'c0ffee', status: 'Downloading', progressDetail: { current, total: 90 } })}\n`,
    );
  const pulling = pull({ engine, clock, logger, progressMsMax: 60_000 }, 'web:1', undefined, never);
  const outcome = pulling.then(
    () => 'done',
    (error: unknown) => (error as Error).message,
  );
  return { clock, progress, answer, told, line, outcome };
}

it('a pull that gets further goes on for as long as it takes, and is told of now and then', async () => {
  const { clock, progress, told, line, outcome } = await scene();
  for (let i = 1; i <= 20; i += 1) {
    line(i);
    await clock.advanceBy(4_000);
  }
  progress.end();
  expect(await outcome).toBe('done');
  expect(told.length).toBe(6);
  expect(told[0]).toEqual({ image: 'web:1', progress: 'c0ffee: Downloading 4/90' });
});

it('a pull that gets no further is given up, with what it said last', async () => {
  const { clock, line, outcome } = await scene();
  line(7);
  await clock.advanceBy(59_000);
  line(8);
  await clock.advanceBy(60_000);
  expect(await outcome).toBe(
    'Cancel pulling image "web:1" because of no progress for 1m0s, latest progress: "c0ffee: Downloading 8/90"',
  );
});

it('a registry that says nothing at all is waited for no longer', async () => {
  const { clock, answer, outcome } = await scene();
  answer.begins = false;
  await clock.advanceBy(60_000);
  expect(await outcome).toMatch(/no progress for 1m0s, latest progress: ""$/);
});

it('a name that the engine does not take is told in its words alone', async () => {
  const clock = new TestClock();
  const engine = await Engine.open('unix:///nowhere', clock);
  const words = 'invalid reference format: repository name must be lowercase';
  const said = Object.assign(new Error(`(HTTP code 400) unexpected - ${words} `), {
    ...{ statusCode: 400, json: { message: words } },
  });
  engine.docker.getImage = (() => ({ inspect: () => Promise.reject(said) })) as never;
  const images = new Images({ engine, clock, logger: silentLogger, options: defaultOptions });
  await expect(images.ensure('UPPER/case', 'IfNotPresent', never)).rejects.toMatchObject({
    ...{ code: 'IMAGE_NAME_INVALID', message: words },
  });
  await expect(engine.call('asking', never, () => Promise.reject(said))).rejects.toMatchObject({
    ...{ statusCode: 400, message: words },
  });
});
