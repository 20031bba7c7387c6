import { describe, expect, test } from 'vitest';
import { fc } from '../../../test/support/fast-check.ts';
import { decodeHealthResponse, encodeHealthRequest } from '../src/health-message.ts';

describe('encodeHealthRequest', () => {
  test.each([
    { service: '', hex: '' },
    { service: 'web', hex: '0a03776562' },
    { service: 'ü', hex: '0a02c3bc' },
    { service: 'x'.repeat(300), hex: `0aac02${'78'.repeat(300)}` },
  ])('$service', ({ service, hex }) => {
    expect(encodeHealthRequest(service).toString('hex')).toBe(hex);
  });
});

describe('decodeHealthResponse', () => {
  test.each([
    { hex: '', status: 'UNKNOWN' },
    { hex: '0801', status: 'SERVING' },
    { hex: '0802', status: 'NOT_SERVING' },
    { hex: '0803', status: 'SERVICE_UNKNOWN' },
    { hex: '08ac02', status: '300' },
    { hex: '08010802', status: 'NOT_SERVING' },
    { hex: '12036162630801', status: 'SERVING' },
    { hex: '1001190000000000000000250000000008 01'.replace(' ', ''), status: 'SERVING' },
  ])('$hex says $status', ({ hex, status }) => {
    expect(decodeHealthResponse(Buffer.from(hex, 'hex'))).toBe(status);
  });

  test.each(['08', '0880', '1205', '13', '0affffffffffffffffffff01'])('%s is no message', (hex) => {
    expect(() => decodeHealthResponse(Buffer.from(hex, 'hex'))).toThrow('HealthCheckResponse');
  });

  test('any bytes give a status or an error, and an end', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 64 }), (bytes) => {
        try {
          expect(decodeHealthResponse(bytes)).toMatch(/^([A-Z_]+|\d+(e\+\d+)?)$/);
        } catch (error) {
          expect(String(error)).toContain('HealthCheckResponse');
        }
      }),
    );
  });
});
