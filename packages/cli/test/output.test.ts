import { TestClock } from '@mooring/core/testing';
import { describe, expect, it } from 'vitest';
import { createLog } from '../src/log.ts';
import { isColourful, painter } from '../src/output/paint.ts';
import { fitTable } from '../src/run/fit-table.ts';
import { openScreen } from '../src/run/screen.ts';

describe('colours', () => {
  const terminal = { isTTY: true, write: () => undefined };
  const pipe = { write: () => undefined };
  it.each([
    ['a terminal', terminal, {}, undefined, true],
    ['a pipe', pipe, {}, undefined, false],
    ['a terminal with NO_COLOR', terminal, { NO_COLOR: '1' }, undefined, false],
    ['an empty NO_COLOR', terminal, { NO_COLOR: '' }, undefined, true],
    ['a dumb terminal', terminal, { TERM: 'dumb' }, undefined, false],
    ['a pipe with FORCE_COLOR', pipe, { FORCE_COLOR: '1' }, undefined, true],
    ['a terminal with FORCE_COLOR=0', terminal, { FORCE_COLOR: '0' }, undefined, false],
    ['NO_COLOR and FORCE_COLOR', pipe, { NO_COLOR: '1', FORCE_COLOR: '1' }, undefined, false],
    ['--color=never', terminal, { FORCE_COLOR: '1' }, 'never', false],
    ['--color=always', pipe, { NO_COLOR: '1' }, 'always', true],
  ] as const)('%s', (_, output, env, choice, expected) => {
    expect(isColourful(output, env, choice)).toBe(expected);
  });
});

const row = (name: string, status: string, restarts = '0') => ({
  name,
  ready: '1/1',
  status,
  restarts,
  age: '1s',
});

function screen(isTTY: boolean, env = {}) {
  const texts = { out: '', err: '' };
  const clock = new TestClock();
  let goOn = () => {};
  const output = (name: keyof typeof texts) => ({
    isTTY,
    rows: 12,
    write(text: string) {
      texts[name] += text;
    },
  });
  return {
    clock,
    texts,
    goOn: () => goOn(),
    screen: openScreen({
      ...{ out: output('out'), err: output('err'), env, clock, paint: painter(false) },
      onContinue: (listener) => {
        goOn = listener;
      },
    }),
  };
}

describe('a run without a terminal', () => {
  it('tells what has changed, a line each', () => {
    const { screen: plain, texts } = screen(false);
    plain.showPods([row('web', 'Pending')]);
    plain.showPods([row('web', 'Pending')]);
    plain.showPods([row('web', 'Running', '2 (1s ago)')]);
    plain.data('web | hello');
    plain.words('it says');
    expect(texts).toEqual({
      out: 'web | hello\n',
      err: 'web: Pending ready 1/1\nweb: Running ready 1/1 restarts 2\nit says\n',
    });
  });

  it('is what there is in CI, too', () => {
    const { screen: plain, texts } = screen(true, { CI: 'true' });
    plain.showPods([row('web', 'Running')]);
    expect(texts.err).toBe('web: Running ready 1/1\n');
  });
});

describe('a run on a terminal', () => {
  it('draws the table again below new lines', async () => {
    const { screen: live, texts, clock } = screen(true);
    live.showPods([row('web', 'Pending')]);
    await clock.advanceBy(100);
    live.words('something happened');
    live.showPods([row('web', 'Running')]);
    await clock.advanceBy(100);
    expect(texts.err).toContain('NAME   READY   STATUS    RESTARTS   AGE');
    // Back over the three lines of the first table, then the line, then the table.
    expect(texts.err).toContain('\x1b[3A\r\x1b[Jsomething happened\n');
  });

  it('leaves alone what the shell has written while it was stopped', async () => {
    const { screen: live, texts, clock, goOn } = screen(true);
    live.showPods([row('web', 'Pending')]);
    await clock.advanceBy(100);
    goOn();
    texts.err = '';
    live.showPods([row('web', 'Running')]);
    await clock.advanceBy(100);
    expect(texts.err).toContain('Running');
    expect(texts.err).not.toContain('\x1b[3A');
  });

  it('keeps the table within half of the terminal', async () => {
    const { screen: live, texts, clock } = screen(true);
    live.showPods(Array.from({ length: 20 }, (_, i) => row(`web-${i}`, 'Running')));
    await clock.advanceBy(100);
    expect(texts.err).toContain('and 16 more');
  });
});

describe('the table of pods', () => {
  const rows = [row('shop-frontend-7d4b9c-x2k9z', 'CrashLoopBackOff', '5 (37s ago)'), row('b', 'Running')];
  it.each([
    [
      100,
      'NAME                         READY   STATUS             RESTARTS      AGE',
      'shop-frontend-7d4b9c-x2k9z   1/1     CrashLoopBackOff   5 (37s ago)   1s',
    ],
    [
      60,
      'NAME            READY   STATUS             RESTARTS      AGE',
      'shop-f..x2k9z   1/1     CrashLoopBackOff   5 (37s ago)   1s',
    ],
    [40, 'NAME            READY   STATUS', 'shop-f..x2k9z   1/1     CrashLoopBackOff'],
    [32, 'NAME            STATUS', 'shop-f..x2k9z   CrashLoopBackOff'],
    [20, 'NAME           STATU', 'shop-..x2k9z   Crash'],
  ])('in %i columns', (columns, heading, first) => {
    const lines = fitTable(rows, columns);
    expect(lines.slice(0, 2)).toEqual([heading, first]);
    expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(columns);
  });

  it('without pods is its heading', () => {
    expect(fitTable([], 80)).toEqual(['NAME   READY   STATUS   RESTARTS   AGE']);
  });
});

describe('the log', () => {
  const lines = (format: 'text' | 'json') => {
    let text = '';
    const log = createLog(
      {
        write(more: string) {
          text += more;
        },
      },
      { level: 'info', format, clock: new TestClock() },
    );
    log.debug({}, 'not shown');
    const said = { err: new Error('no such thing\n\x1b[2J'), count: 2, cause: new RangeError('full') };
    log.child({ node: 'a' }).warn({ ...said, headers: { authorization: 'Bearer x' } }, 'it failed');
    return text;
  };

  it('is a line for people, without anything that moves the cursor', () => {
    expect(lines('text')).toContain(
      String.raw`Z WARN it failed node=a err="no such thing\n\u001b[2J" count=2 cause=full headers={"authorization":"[redacted]"}`,
    );
    expect(lines('text')).toMatch(/^\d{4}-\d\d-\d\dT[^\n]*\n$/);
    expect(lines('text')).not.toContain('\x1b');
  });

  it('is a JSON object for machines', () => {
    expect(JSON.parse(lines('json'))).toEqual({
      level: 'warn',
      time: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
      msg: 'it failed',
      node: 'a',
      count: 2,
      err: 'no such thing\n\x1b[2J',
      cause: 'full',
      headers: { authorization: '[redacted]' },
    });
  });
});
