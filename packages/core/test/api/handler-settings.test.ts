import { describe, expect, test } from 'vitest';
import { FieldPath, formatFieldError } from '../../src/api/field-error.ts';
import { HandlerSettings } from '../../src/api/handler-settings.ts';

const path = new FieldPath('probe.h');

function read(raw: unknown) {
  const settings = new HandlerSettings(raw, path);
  const parsed = settings.done({
    port: settings.port('port'),
    scheme: settings.choice('scheme', ['HTTP', 'HTTPS']),
    host: settings.text('host', ''),
    depth: settings.integer('depth', 3, { min: 0, max: 9 }),
    quick: settings.flag('quick', false),
    headers: settings.list('headers', (item) => item.text('name', '')),
  });
  return parsed.ok ? parsed.value : parsed.errors.map(formatFieldError);
}

test('good settings are decoded, defaults filled in', () => {
  expect(read({ port: 'web', headers: [{ name: 'a' }] })).toEqual({
    port: 'web',
    scheme: 'HTTP',
    host: '',
    depth: 3,
    quick: false,
    headers: ['a'],
  });
  expect(read({ port: 'web', depth: 0, quick: true })).toMatchObject({ depth: 0, quick: true });
});

describe('every mistake is named by its path', () => {
  test.each([
    {
      raw: { port: 1, depht: 2, headers: [{ nane: 'a' }], extra: true },
      errors: [
        'probe.h.headers[0].nane: Forbidden: unknown field (did you mean "name"?)',
        'probe.h.depht: Forbidden: unknown field (did you mean "depth"?)',
        'probe.h.extra: Forbidden: unknown field',
      ],
    },
    {
      raw: 5,
      errors: [
        'probe.h: Invalid value: 5: must be an object',
        'probe.h.port: Invalid value: 0: must be between 1 and 65535, inclusive',
      ],
    },
    { raw: {}, errors: ['probe.h.port: Invalid value: 0: must be between 1 and 65535, inclusive'] },
    {
      raw: { port: 65536 },
      errors: ['probe.h.port: Invalid value: 65536: must be between 1 and 65535, inclusive'],
    },
    { raw: { port: 1.5 }, errors: ['probe.h.port: Invalid value: 1.5: must be a port number'] },
    {
      raw: { port: '80' },
      errors: ['probe.h.port: Invalid value: "80": must contain at least one letter (a-z)'],
    },
    {
      raw: { port: 1, depth: '3', quick: 'yes' },
      errors: [
        'probe.h.depth: Invalid value: "3": must be a whole number',
        'probe.h.quick: Invalid value: "yes": must be true or false',
      ],
    },
    {
      raw: { port: 1, depth: -1 },
      errors: ['probe.h.depth: Invalid value: -1: must be greater than or equal to 0'],
    },
    {
      raw: { port: 1, depth: 10 },
      errors: ['probe.h.depth: Invalid value: 10: must be less than or equal to 9'],
    },
    {
      raw: { port: 1, scheme: 'http' },
      errors: ['probe.h.scheme: Unsupported value: "http": supported values: "HTTP", "HTTPS"'],
    },
    {
      raw: { port: 1, host: 1, headers: [{}, 3, { name: false }] },
      errors: [
        'probe.h.host: Invalid value: 1: must be a string',
        'probe.h.headers[1]: Invalid value: 3: must be an object',
        'probe.h.headers[2].name: Invalid value: false: must be a string',
      ],
    },
  ])('$raw', ({ raw, errors }) => {
    expect(read(raw)).toEqual(errors);
  });

  test.each([
    { raw: undefined, error: 'probe.h.command: Required value' },
    { raw: [], error: 'probe.h.command: Required value' },
    { raw: 'ls', error: 'probe.h.command: Invalid value: "ls": must be a list of strings' },
    { raw: ['ls', 1], error: 'probe.h.command[1]: Invalid value: 1: must be a string' },
  ])('a command of $raw', ({ raw, error }) => {
    const settings = new HandlerSettings({ command: raw }, path);
    const parsed = settings.done(settings.words('command'));
    expect(parsed.ok ? [] : parsed.errors.map(formatFieldError)).toEqual([error]);
  });
});
