import { expect, it } from 'vitest';
import { addressProblem } from '../../../src/kubelet/vantage/probe-address.ts';

it.each(['10.0.0.1', '192.168.1.7', '203.0.113.9', 'fd00::1', '2001:db8::1'])(
  '%s may be probed',
  (address) => {
    expect(addressProblem(address, false)).toBeUndefined();
  },
);

it.each(['127.0.0.1', '127.4.5.6', '::1', '::ffff:127.0.0.1'])('%s only on the same host', (address) => {
  expect(addressProblem(address, true)).toBeUndefined();
  expect(addressProblem(address, false)).toContain('loopback');
});

it.each([
  '',
  'localhost',
  'metadata.google.internal',
  '10.0.0.1:80',
  '0.0.0.0',
  '::',
  '169.254.169.254',
  '::ffff:169.254.169.254',
  'fe80::1',
  '224.0.0.1',
  '255.255.255.255',
  'ff02::1',
])('%j never', (address) => {
  expect(addressProblem(address, true)).toBeDefined();
});
