import { describe, expect, test } from 'vitest';
import { hasCode } from '../../../src/contract/error.ts';
import {
  expandProbeCommand,
  probeTarget,
  resolvePort,
  resolveTarget,
} from '../../../src/kubelet/probe/target.ts';

const ports = [
  { name: 'web', containerPort: 8080 },
  { name: '9090', containerPort: 7000 },
  { containerPort: 53, protocol: 'UDP' as const },
];

describe('resolvePort', () => {
  test.each([
    { port: 80, want: 80 },
    { port: 65_535, want: 65_535 },
    { port: 'web', want: 8080 },
    { port: '81', want: 81 },
    { port: '+82', want: 82 },
    { port: '9090', want: 7000 },
  ])('$port is $want', ({ port, want }) => {
    expect(resolvePort(port, ports)).toBe(want);
  });

  test.each([
    { port: 0, message: 'invalid port number: 0' },
    { port: -1, message: 'invalid port number: -1' },
    { port: 65_536, message: 'invalid port number: 65536' },
    { port: 80.5, message: 'invalid port number: 80.5' },
    { port: '-1', message: 'invalid port number: -1' },
    { port: 'wbe', message: 'strconv.Atoi: parsing "wbe": invalid syntax' },
    { port: '', message: 'strconv.Atoi: parsing "": invalid syntax' },
    { port: '8080 ', message: 'strconv.Atoi: parsing "8080 ": invalid syntax' },
    { port: '0x50', message: 'strconv.Atoi: parsing "0x50": invalid syntax' },
  ])('$port cannot be used', ({ port, message }) => {
    let thrown: unknown;
    try {
      resolvePort(port, ports);
    } catch (error) {
      thrown = error;
    }
    expect(hasCode(thrown, 'INVALID')).toBe(true);
    expect(thrown).toMatchObject({ message });
  });
});

describe('resolveTarget', () => {
  const facts = {
    podIP: '10.0.0.7',
    podUID: 'uid',
    podName: 'web-1',
    namespace: 'default',
    containerName: 'web',
    containerID: 'c-1',
    timeoutMs: 1_000,
    exec: async () => ({ exitCode: 0, output: '' }),
  };
  const target = probeTarget(facts, { ports });

  test.each([
    { action: { port: 'web' }, want: { host: '10.0.0.7', port: 8080 } },
    { action: { port: 1, host: '' }, want: { host: '10.0.0.7', port: 1 } },
    { action: { port: 1, host: 'example.test' }, want: { host: 'example.test', port: 1 } },
  ])('$action is at $want', ({ action, want }) => {
    expect(resolveTarget(action, target)).toEqual(want);
  });
});

describe('expandProbeCommand', () => {
  const env = [
    { name: 'FILE', value: '/tmp/ok' },
    { name: 'POD', valueFrom: { fieldRef: { fieldPath: 'metadata.name' } } },
    { name: '__proto__', value: 'own' },
  ];
  test.each([
    { word: 'test -f $(FILE)', want: 'test -f /tmp/ok' },
    { word: '$(POD)', want: '' },
    { word: '$(NOPE)', want: '$(NOPE)' },
    { word: '$(constructor)', want: '$(constructor)' },
    { word: '$(__proto__)', want: 'own' },
    { word: '$$(FILE)', want: '$(FILE)' },
  ])('$word becomes $want', ({ word, want }) => {
    expect(expandProbeCommand([word], env)).toEqual([want]);
  });
});
