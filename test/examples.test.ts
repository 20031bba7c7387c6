import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test as base, describe, expect, vi } from 'vitest';
import { describeWithEngine } from './support/engines.ts';
import { Stage } from './support/stage.ts';

const root = join(import.meta.dirname, '..');
/** Long enough for a machine that is busy with other tests. */
const limitMs = 120_000;

const test = base.extend<{ stage: Stage }>({
  stage: async ({ onTestFailed }, use) => {
    const stage = new Stage(root);
    // One that ran out of time has no output that anything was expected of.
    onTestFailed(() => console.error(stage.said()));
    await use(stage);
    stage.close();
  },
});

describe.concurrent('each example runs to its end and leaves nothing behind', { timeout: limitMs }, () => {
  test.for([
    {
      name: 'agent-in-code',
      says: [/exited/, /failed liveness probe/, /container\.started/, /restartCount: 1/],
    },
    {
      name: 'redis-ping-probe',
      says: [/-LOADING/, /has heard \+PONG/, /refused: .*redisPing\.port: Invalid value/],
    },
    { name: 'test-your-restart-policy', says: [/10 s to 300 s: 288 restarts/, /a minute: \d{4} restarts/] },
    {
      name: 'replace-a-machine',
      says: [/kubelet's probe actor: ready after 10 s/, /eager one: ready after 3\.[23] s/],
    },
    {
      name: 'own-controller',
      says: [/both pods say: hello/, /both pods say: good evening/, /ConfigChanged - Rolling for ConfigMap/],
    },
    {
      name: 'thread-runtime',
      says: [
        /container\.exited.*\n(?:.*\n)*?.*exitCode: 3/,
        /failing was restarted 2 times/,
        /steady was restarted 0 times/,
      ],
    },
  ])('$name', async ({ name, says }, { stage }) => {
    const { exitCode, output } = await stage.example(name).end;
    for (const words of says) expect(output).toMatch(words);
    expect(exitCode).toBe(0);
    expect(await stage.remains()).toEqual([]);
  });
});

describeWithEngine(['nats-server'], 'several hosts on one machine', () => {
  test('keep their pods when one of them is killed', { timeout: 2 * limitMs }, async ({ stage }) => {
    const { exitCode, output } = await stage.example('many-hosts').end;
    expect(output).toMatch(/four pods are ready on node-a and node-b/);
    expect(output).toMatch(/node-b was killed: four pods on node-a after \d+ s/);
    expect(exitCode).toBe(0);
    expect(await stage.remains()).toEqual([]);
  });
});

describeWithEngine(['docker', 'busybox'], 'a healer of containers', () => {
  test('restarts those that are not well', { timeout: limitMs }, async ({ stage }) => {
    const { exitCode, output } = await stage.example('heal').end;
    expect(output).toMatch(/heal-by-healthcheck-\d+',\s+reason: 'its HEALTHCHECK fails',\s+restartCount: 1/);
    expect(output).toMatch(
      /heal-by-probe-\d+',\s+reason: 'its httpGet probe fails: HTTP probe failed with statuscode: 404'/,
    );
    expect(exitCode).toBe(0);
    expect(await stage.remains()).toEqual([]);
  });
});

describe.concurrent('the quickstart', { timeout: limitMs }, () => {
  test('sees every behaviour within about a minute', async ({ stage }) => {
    const { exitCode, output } = await stage.start('npm', 'start').end;
    expect(output).toContain('17 of 17 behaviours seen');
    expect(output.match(/✔/g)).toHaveLength(17);
    expect(exitCode).toBe(0);
    expect(await stage.remains()).toEqual([]);
  });

  test('interrupted while it starts leaves nothing behind', async ({ stage }) => {
    const child = stage.example('quickstart');
    await stage.untilUsed();
    // Ctrl-C in a terminal goes to the whole process group.
    child.kill('SIGINT');
    const { exitCode, output } = await child.end;
    expect(exitCode, output).toBe(130);
    expect(await stage.remains()).toEqual([]);
  });

  test.for([
    { when: 'while its pods start', lines: [1, 80] as const },
    { when: 'in the middle', lines: [80, 180] as const },
  ])(
    'interrupted $when, after a random line, leaves nothing behind',
    async ({ lines: [from, to] }, { stage }) => {
      const lines = from + Math.floor(Math.random() * (to - from));
      const child = stage.example('quickstart');
      await child.lines(lines);
      child.kill('SIGINT');
      const { exitCode, output } = await child.end;
      expect(exitCode, `interrupted after ${lines} lines:\n${output}`).toBe(130);
      expect(await stage.remains()).toEqual([]);
    },
  );

  test('interrupted again and again ends at once, whoever does not stop', async ({ stage }) => {
    const child = stage.example('quickstart');
    await child.says('hang           Unhealthy');
    // The servers of the seed's manifests have a grace period of 30 s, and now take the whole of it.
    expect(stage.freeze('tcp-server.mjs')).toBeGreaterThan(0);
    const beganMs = performance.now();
    let isOver = false;
    const end = child.end.finally(() => {
      isOver = true;
    });
    const hammer = () => {
      child.kill('SIGINT');
      return isOver;
    };
    await vi.waitUntil(hammer, { interval: 100, timeout: 30_000 });
    const { exitCode } = await end;
    expect(performance.now() - beganMs).toBeLessThan(25_000);
    expect(exitCode).toBe(130);
    expect(await stage.remains()).toEqual([]);
  });

  test('killed by force is cleaned up after', async ({ stage }) => {
    const child = stage.example('quickstart');
    await child.says('BackOff');
    child.kill('SIGKILL');
    await child.end;
    expect(await stage.remains()).toEqual([]);
  });

  test('says what it does not know', async ({ stage }) => {
    const { exitCode, output } = await stage.example('quickstart', '--colour', 'blue').end;
    expect(output).toMatch(/Unknown option '--colour'/);
    expect(output).toContain('npm start');
    expect(exitCode).toBe(2);
  });
});

test('the pod that loses its readiness is probed as the fragment of the seed says', () => {
  const lines = (path: string) =>
    readFileSync(join(root, 'examples', path), 'utf8')
      .split('\n')
      .map((line) => line.replace(/#.*/, '').trim())
      .filter((line) => line !== '');
  const fragment = lines('seed/readiness-tcp-fragment.yaml').join('\n');
  expect(fragment).toContain('port: 5432');
  expect(lines('quickstart/pods/probes.yaml').join('\n')).toContain(fragment);
});
