/** What `processRuntime` says of options that are wrong. */

import { MooringError } from '@mooring/core';
import { describe, expect, it } from 'vitest';
import { processRuntime } from '../src/process-plugin.ts';
import { validateOptions } from '../src/validate-options.ts';

function mistakesIn(options: unknown): readonly string[] {
  try {
    validateOptions(options);
    return [];
  } catch (error) {
    if (!(error instanceof MooringError) || error.code !== 'INVALID') throw error;
    return (error.fields ?? []).map(({ field, message }) => `${field}: ${message}`);
  }
}

describe('the options of the process runtime', () => {
  const table: readonly { readonly options: unknown; readonly wants: readonly string[] }[] = [
    { options: {}, wants: [] },
    { options: { images: undefined, standby: undefined }, wants: [] },
    {
      options: { images: { a: [], b: ['x'], 'c/d:1': { argv: ['x'], env: { A: '1' }, stopSignal: 'INT' } } },
      wants: [],
    },
    {
      options: { images: { a: 'node x' } },
      wants: [
        `images[a]: Invalid value: "node x": must be a list such as ['node', 'web.js'], or an object with argv`,
      ],
    },
    { options: { images: { a: [1] } }, wants: ['images[a][0]: Invalid value: 1: must be a string'] },
    { options: { images: { a: {} } }, wants: ['images[a].argv: Required value'] },
    {
      options: { images: { a: { argv: ['x'], workingDirs: '/' } } },
      wants: ['images[a].workingDirs: unknown option (did you mean "workingDir"?)'],
    },
    {
      options: { images: { a: { argv: ['x'], stopSignal: 'SIGNOT', env: { A: 1 } } } },
      wants: [
        'images[a].stopSignal: Invalid value: "SIGNOT": must be a signal, such as SIGTERM',
        'images[a].env[A]: Invalid value: 1: must be a string',
      ],
    },
    { options: { image: {} }, wants: ['image: unknown option (did you mean "images"?)'] },
    { options: { toString: 1 }, wants: ['toString: unknown option'] },
    {
      options: { logMaxBytes: 0, logMaxFiles: 1.5 },
      wants: [
        'logMaxBytes: Invalid value: 0: must be a whole number greater than 0',
        'logMaxFiles: Invalid value: 1.5: must be a whole number greater than 0',
      ],
    },
    {
      options: { cgroups: 'on', standby: 1, inheritEnv: 'PATH' },
      wants: [
        'cgroups: Unsupported value: "on": supported values: "auto", "off"',
        'standby: Invalid value: 1: must be true or false',
        'inheritEnv: Invalid value: "PATH": must be a list of strings',
      ],
    },
    { options: null, wants: [': Invalid value: null: must be an object'] },
  ];
  it.each(table)('$options', ({ options, wants }) => {
    expect(mistakesIn(options)).toEqual(wants);
  });

  it('name an image or a range that is none', () => {
    const mistakes = mistakesIn({ images: { 'Not An Image': [] }, ipRange: '10.0.0.0/8' });
    expect(mistakes).toHaveLength(2);
    expect(mistakes[0]).toMatch(/^images: Invalid value: "Not An Image"/);
    expect(mistakes[1]).toMatch(/^ipRange: Invalid value: "10.0.0.0\/8"/);
  });

  it('are refused before there is a plugin', () => {
    expect(() => processRuntime({ logMaxFiles: -1 })).toThrow(
      'the options of the process runtime are invalid: logMaxFiles: Invalid value: -1',
    );
  });
});
