/**
 * The two messages of `grpc.health.v1.Health/Check`, one field each: written by hand, so that no protobuf compiler and
 * no protobuf library is needed.
 */

const servingStatuses = ['UNKNOWN', 'SERVING', 'NOT_SERVING', 'SERVICE_UNKNOWN'];

/** `HealthCheckRequest { string service = 1; }`; the empty name, the whole server, is left out as proto3 does. */
export function encodeHealthRequest(service: string): Buffer {
  const name = Buffer.from(service);
  return name.length === 0 ? name : Buffer.concat([Buffer.from([0x0a, ...varint(name.length)]), name]);
}

/**
 * `HealthCheckResponse { ServingStatus status = 1; }`: the name of the status, or its number when it has no name.
 * Fields that are not known are skipped. Throws on bytes that are no message.
 */
export function decodeHealthResponse(message: Uint8Array): string {
  let status = 0;
  let at = 0;
  const readVarint = (): number => {
    let value = 0;
    for (let scale = 1; ; scale *= 128) {
      const byte = message[at++];
      if (byte === undefined || scale > 2 ** 63) throw new Error('truncated HealthCheckResponse');
      value += (byte & 0x7f) * scale;
      if (byte < 0x80) return value;
    }
  };
  const skip = (bytes: number) => {
    at += bytes;
  };
  while (at < message.length) {
    const tag = readVarint();
    if (tag === 0x08) status = readVarint();
    else if ((tag & 7) === 0) readVarint();
    else if ((tag & 7) === 1) skip(8);
    else if ((tag & 7) === 2) skip(readVarint());
    else if ((tag & 7) === 5) skip(4);
    else throw new Error(`HealthCheckResponse has a field of unknown wire type ${tag & 7}`);
  }
  if (at !== message.length) throw new Error('truncated HealthCheckResponse');
  return servingStatuses[status] ?? String(status);
}

function varint(value: number): number[] {
  return value < 0x80 ? [value] : [(value & 0x7f) | 0x80, ...varint(value >>> 7)];
}
