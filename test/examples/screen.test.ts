import { describe, expect, test, vi } from 'vitest';
import { type EventLine, openScreen, painter, printable } from '../../examples/quickstart/screen.ts';

class FakeTerminal {
  readonly isTTY: boolean;
  readonly rows = 8;
  text = '';

  constructor(isTTY: boolean) {
    this.isTTY = isTTY;
  }

  write(text: string) {
    this.text += text;
  }
}

const row = { name: 'web', ready: '1/1', status: 'Running', restarts: '0', age: '3s' };
const event = (message: string): EventLine => ({
  atMs: 1500,
  pod: 'web',
  isWarning: true,
  reason: 'BackOff',
  message,
  count: 2,
});

describe('plain lines', () => {
  test('tell each event, and each change of a pod once, without any control character', () => {
    const terminal = new FakeTerminal(false);
    const screen = openScreen(terminal, {});
    screen.showPods([row]);
    screen.showPods([{ ...row, age: '4s' }]);
    screen.showEvent(event('text with \x1b[2J control \u0007 characters\nand lines'));
    screen.showPods([{ ...row, status: 'Error', ready: '0/1', age: '5s' }]);
    screen.close();
    const lines = terminal.text.trimEnd().split('\n');
    expect(lines.map((line) => line.slice(8))).toEqual([
      'NAME   READY   STATUS    RESTARTS   AGE',
      'web    1/1     Running   0          3s',
      'web            BackOff          text with control characters and lines (x2)',
      'web    0/1     Error    0          5s',
    ]);
  });
});

describe('a terminal', () => {
  test('gets a frame that takes the place of the one before and is no taller than the screen', () => {
    vi.useFakeTimers();
    try {
      const terminal = new FakeTerminal(true);
      const screen = openScreen(terminal, { NO_COLOR: '1' });
      screen.showPods([row]);
      for (let i = 0; i < 20; i += 1) screen.showEvent(event(`number ${i}`));
      vi.advanceTimersByTime(100);
      const first = terminal.text;
      expect(first.split('\n')).toHaveLength(8);
      expect(first).not.toContain('number 15');
      expect(first).toContain('number 19');
      screen.showEvent(event('number 20'));
      screen.close();
      expect(terminal.text.slice(first.length).startsWith('\x1b[7A\r')).toBe(true);
      expect(terminal.text).toContain('number 20');
    } finally {
      vi.useRealTimers();
    }
  });

  test.each([
    [true, {}, true],
    [true, { NO_COLOR: '' }, true],
    [true, { NO_COLOR: '1' }, false],
    [true, { TERM: 'dumb' }, false],
    [false, {}, false],
  ])('with isTTY %s and %o: colours %s', (isTTY, environment, want) => {
    const text = painter({ isTTY, write: () => undefined }, environment)('red', 'x');
    expect(text !== 'x').toBe(want);
  });
});

test.each([
  ['plain', 'plain'],
  ['\x1b]0;title\x07text', 'text'],
  ['a\rb\tc', 'a b c'],
  ['left\u202eright\u2066x', 'left right x'],
  ['포트 5432', '포트 5432'],
])('%j is printed as %j', (text, want) => {
  expect(printable(text)).toBe(want);
});
