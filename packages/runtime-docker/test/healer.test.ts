import { defineProber, MooringError } from '@mooring/core';
import { scriptedProber, TestClock } from '@mooring/core/testing';
import { execProbe } from '@mooring/probe-exec';
import { httpProbe } from '@mooring/probe-http';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { describeWithEngine, dockerSocket } from '../../../test/support/engines.ts';
import { until } from '../../../test/support/runtime-node.ts';
import { readHealProbe, runHealProbe } from '../src/heal-probe.ts';
import { createHealer, type HealerEvent } from '../src/healer.ts';
import { Patient, type PatientPorts } from '../src/patient.ts';
import { type BackOffSettings, notBeforeMs, noteRestart, type Restarts } from '../src/restart-back-off.ts';
import { docker, makeImage, removeImages, testLabel } from './support/images.ts';

describe('a patient', () => {
  const backOff = { initialMs: 10_000, maxMs: 300_000 };
  async function admit(changes: Partial<PatientPorts> = {}) {
    const clock = new TestClock();
    const told: string[] = [];
    const patient = new Patient({
      ...{ clock, backOff },
      isStillSick: async () => true,
      restart: async () => void told.push('restart'),
      onRestarted: (reason, count) => void told.push(`${reason} ${count}`),
      onFailed: (_, words) => void told.push(words),
      ...changes,
    });
    const sickFor = async (ms: number) => {
      for (let passed = 0; passed < ms; passed += 1_000) {
        patient.noteSick('sick');
        await clock.advanceBy(1_000);
      }
    };
    return { clock, told, patient, sickFor };
  }

  it('is restarted at once, then after 10 s, 20 s, 40 s', async () => {
    const { told, sickFor } = await admit();
    await sickFor(69_000);
    expect(told.filter((words) => words === 'restart')).toHaveLength(3);
    await sickFor(2_000);
    expect(told.filter((words) => words === 'restart')).toHaveLength(4);
  });
  it('that somebody stops is left alone, until it is started again', async () => {
    const { told, patient, sickFor } = await admit();
    patient.noteStop(2_000);
    // That was before.
    patient.noteStarted(1_000);
    await sickFor(60_000);
    expect(told).toEqual([]);
    patient.noteStarted(3_000);
    await sickFor(1_000);
    expect(told).toEqual(['restart', 'sick 1']);
  });
  it('that gets well by itself is left alone', async () => {
    const { told, sickFor } = await admit({ isStillSick: async () => false });
    await sickFor(60_000);
    expect(told).toEqual([]);
  });
  it('whose restart fails is told of and tried again later', async () => {
    const { told, sickFor } = await admit({
      restart: async () => {
        throw new Error('the engine says no');
      },
    });
    await sickFor(12_000);
    expect(told).toEqual(['the engine says no', 'the engine says no']);
  });

  it('begins anew when it was well for twice the longest pause', () => {
    let restarts: Restarts | undefined;
    for (const atMs of [0, 10_000, 30_000]) restarts = noteRestart(restarts, atMs, backOff);
    expect(notBeforeMs(restarts, 30_000, backOff)).toBe(70_000);
    expect(notBeforeMs(restarts, 700_000, backOff)).toBe(700_000);
    expect(noteRestart(restarts, 700_000, backOff).count).toBe(1);
  });
});

describe('a probe in a label', () => {
  const prober = scriptedProber('F');
  const probers = new Map([[prober.handler, prober]]);
  it.each([
    ['nonsense', /is no JSON/],
    ['[]', /must be a JSON object/],
    ['{}', /must have one handler of/],
    ['{"httpPut":{}}', /^httpPut: unknown field$/],
    [
      `{"${prober.handler}":{},"periodSecond":5}`,
      /^periodSecond: unknown field \(did you mean "periodSeconds"\?\)$/,
    ],
    [`{"${prober.handler}":{},"periodSeconds":"5"}`, /periodSeconds must be a whole number, not "5"/],
  ])('%s is refused by name', (text, words) => {
    const read = readHealProbe(text, probers);
    expect(read.ok ? '' : read.problem).toMatch(words);
  });
  it('fails from its threshold on', async () => {
    const read = readHealProbe(`{"${prober.handler}":{},"periodSeconds":5,"initialDelaySeconds":2}`, probers);
    if (!read.ok) throw new Error(read.problem);
    const clock = new TestClock();
    const failedAtMs: number[] = [];
    const beganMs = clock.monotonicMs();
    const abort = new AbortController();
    const onFailing = () => void failedAtMs.push(clock.monotonicMs() - beganMs);
    const reports = { onFailing, onImpossible: expect.unreachable };
    const running = runHealProbe(read.probe, {} as never, clock, reports, abort.signal).catch(
      () => undefined,
    );
    await clock.advanceBy(20_000);
    abort.abort();
    await running;
    expect(failedAtMs).toEqual([12_000, 17_000]);
  });
  it.each([
    ['says so once, when it cannot be made', new Error('no such port'), ['no such port']],
    ['waits for an engine that is away', new MooringError('RUNTIME_UNAVAILABLE', 'no engine'), []],
  ])('%s', async (_, error, expected) => {
    const impossible = defineProber({
      handler: 'impossible',
      parse: () => ({ ok: true, value: undefined }),
      probe: () => Promise.reject(error),
    });
    const read = readHealProbe('{"impossible":{},"periodSeconds":5}', new Map([['impossible', impossible]]));
    if (!read.ok) throw new Error(read.problem);
    const clock = new TestClock();
    const told: string[] = [];
    const abort = new AbortController();
    const reports = { onFailing: expect.unreachable, onImpossible: (words: string) => void told.push(words) };
    const running = runHealProbe(read.probe, {} as never, clock, reports, abort.signal).catch(
      () => undefined,
    );
    await clock.advanceBy(60_000);
    abort.abort();
    await running;
    expect(told).toEqual(expected);
  });
});

describeWithEngine(['docker', 'busybox'], 'a healer on a real engine', () => {
  const image = 'mooring-test/healer:1';
  const label = `mooring.dev/heal=test-${process.pid}`;
  const name = (role: string) => `mooring-test-${role}-${process.pid}`;
  const run = (role: string, script: string, ...options: readonly string[]) =>
    docker(
      ...['run', '--detach', '--name', name(role), '--label', `${testLabel}=1`],
      ...['--label', label, '--health-cmd', 'test -e /well', '--health-interval', '1s'],
      ...['--health-retries', '1', ...options, image, 'sh', '-c', script],
    );
  const heeds = 'trap "exit 0" TERM; while :; do sleep 0.1; done';
  beforeAll(() => makeImage(image));
  afterAll(() => {
    const own = docker('ps', '--all', '--quiet', '--filter', `ancestor=${image}`).split('\n').filter(Boolean);
    // The engine may still be at work on one that is being restarted.
    for (const id of own) retried(() => docker('rm', '--force', id));
    removeImages(image);
  });

  it('heals whom it may, fights no operator, and is not held up by one that is stuck', {
    timeout: 60_000,
  }, async () => {
    run('stuck', 'trap "" TERM; while :; do sleep 0.1; done', '--stop-timeout', '3600');
    run('sick', heeds);
    run('stopped', heeds);
    run('not-ours', heeds, '--label', 'mooring.dev/heal=no');
    docker('stop', name('stopped'));
    const events: HealerEvent[] = [];
    await using healer = await createHealer({
      host: `unix://${dockerSocket()}`,
      onEvent: (event) => void events.push(event),
      label,
    });
    await until('the sick one was restarted', () => events.length > 0);
    await healer.close();
    expect(events).toEqual([
      { type: 'restarted', container: name('sick'), reason: 'its HEALTHCHECK fails', restartCount: 1 },
    ]);
    const restarted = (role: string) => docker('inspect', '--format', '{{.State.FinishedAt}}', name(role));
    expect(docker('inspect', '--format', '{{.State.Status}}', name('stopped'))).toBe('exited');
    expect(restarted('not-ours')).toBe('0001-01-01T00:00:00Z');
    expect(restarted('sick')).not.toBe('0001-01-01T00:00:00Z');
  });

  const isHealthy = (role: string) =>
    docker('inspect', '--format', '{{.State.Health.Status}}', name(role)) === 'healthy';
  const heal = (events: HealerEvent[], backOff?: BackOffSettings) =>
    createHealer({
      ...(backOff !== undefined && { backOff }),
      ...{ host: `unix://${dockerSocket()}`, label, plugins: [httpProbe(), execProbe()] },
      onEvent: (event) => void events.push(event),
    });
  const probed = (probe: object) => {
    const settings = { periodSeconds: 1, failureThreshold: 2, ...probe };
    return ['--no-healthcheck', '--label', `mooring.dev/heal-probe=${JSON.stringify(settings)}`];
  };
  const runProbed = (role: string, script: string, probe: object, ...options: readonly string[]) =>
    docker(
      ...['run', '--detach', '--name', name(role), '--label', `${testLabel}=1`, '--label', label],
      ...[...probed(probe), ...options, image, 'sh', '-c', script],
    );

  const restartsOf = (events: readonly HealerEvent[], role: string) =>
    events.filter(({ type, container }) => type === 'restarted' && container === name(role)).length;

  it('goes on looking after who got a signal that does not stop it', { timeout: 60_000 }, async () => {
    // The engine lists it last: once it was restarted the other one is known.
    run('witness', heeds);
    run('reloaded', `trap "" HUP; touch /well; ${heeds}`);
    await until('it is well', () => isHealthy('reloaded'));
    const events: HealerEvent[] = [];
    await using _ = await heal(events);
    await until('the witness was restarted', () => restartsOf(events, 'witness') === 1);
    docker('kill', '--signal', 'HUP', name('reloaded'));
    docker('exec', name('reloaded'), 'rm', '/well');
    await until('it was restarted', () => restartsOf(events, 'reloaded') === 1);
  });

  it('leaves who is paused as it is', { timeout: 60_000 }, async () => {
    const probe = { exec: { command: ['test', '-e', '/well'] } };
    runProbed('seen', heeds, probe);
    runProbed('paused', `mkdir /site; echo well >/site/index.html; httpd -p 8080 -h /site; ${heeds}`, {
      httpGet: { path: '/index.html', port: 8080 },
    });
    const events: HealerEvent[] = [];
    await using _ = await heal(events, { initialMs: 6_000, maxMs: 6_000 });
    await until('the other was restarted', () => restartsOf(events, 'seen') === 1);
    docker('pause', name('paused'));
    await until('the other was restarted again', () => restartsOf(events, 'seen') === 2);
    const filters = ['--filter', `container=${name('paused')}`, '--filter', 'event=kill'];
    expect(docker('events', '--since', '30s', '--until', '0s', ...filters)).toBe('');
    docker('unpause', name('paused'));
  });

  it('finds who has joined the network of another, and says what cannot be probed', {
    timeout: 60_000,
  }, async () => {
    const httpGet = { path: '/index.html', port: 8080 };
    const site = `mkdir /site; echo well >/site/index.html; httpd -p 8080 -h /site; ${heeds}`;
    runProbed('host', site, { httpGet });
    runProbed('joined', heeds, { httpGet }, '--network', `container:${name('host')}`);
    runProbed('alone', site, { httpGet }, '--network', 'none');
    runProbed('named', site, { httpGet: { port: 'http' } });
    runProbed('failing', heeds, { exec: { command: ['false'] } });
    docker(
      ...['run', '--detach', '--name', name('unchecked'), '--label', `${testLabel}=1`],
      ...['--label', label, image, 'sh', '-c', heeds],
    );
    const events: HealerEvent[] = [];
    await using _ = await heal(events);
    const about = (role: string) => events.filter(({ container }) => container === name(role));
    const roles = ['alone', 'named', 'failing', 'unchecked'];
    await until('each was told of', () => roles.every((role) => about(role).length > 0));
    const misconfigured = (message: unknown) => [{ type: 'misconfigured', message }];
    expect(about('alone')).toMatchObject(misconfigured(expect.stringMatching(/has no address .* use exec/)));
    expect(about('named')).toMatchObject(
      misconfigured(expect.stringMatching(/port "http" must be a number/)),
    );
    expect(about('unchecked')).toMatchObject(
      misconfigured(expect.stringMatching(/neither a HEALTHCHECK nor/)),
    );
    expect(about('failing')).toMatchObject([{ type: 'restarted', reason: 'its exec probe fails' }]);
    expect(about('joined')).toEqual([]);
  });
});

function retried(run: () => unknown, attempts = 5): void {
  try {
    run();
  } catch (error) {
    if (attempts === 1) throw error;
    retried(run, attempts - 1);
  }
}
