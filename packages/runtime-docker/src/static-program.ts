/** Programs of a few instructions that need nothing around them, as ELF files made in memory. Pure. */

const headerBytes = 64;
const programHeaderBytes = 56;
const loadAddress = 0x400000n;

/** In the engine's words. */
export type Architecture = 'amd64' | 'arm64';

const elfNumbers: Readonly<Record<Architecture, number>> = { amd64: 62, arm64: 183 };

export const knownArchitectures: readonly string[] = Object.keys(elfNumbers);

export function isKnownArchitecture(name: string): name is Architecture {
  return Object.hasOwn(elfNumbers, name);
}

export function staticProgram(architecture: Architecture, code: Buffer): Buffer {
  const codeAt = headerBytes + programHeaderBytes;
  const size = BigInt(codeAt + code.length);
  const file = Buffer.alloc(codeAt);
  // 64 bits, little-endian, version 1.
  file.write('\x7fELF\x02\x01\x01', 0, 'latin1');
  file.writeUInt16LE(2, 16); // executable
  file.writeUInt16LE(elfNumbers[architecture], 18);
  file.writeUInt32LE(1, 20);
  file.writeBigUInt64LE(loadAddress + BigInt(codeAt), 24); // where it begins
  file.writeBigUInt64LE(BigInt(headerBytes), 32); // where the program header is
  file.writeUInt16LE(headerBytes, 52);
  file.writeUInt16LE(programHeaderBytes, 54);
  file.writeUInt16LE(1, 56); // one program header
  file.writeUInt16LE(64, 58);
  file.writeUInt32LE(1, headerBytes); // to be loaded
  file.writeUInt32LE(5, headerBytes + 4); // readable, executable
  file.writeBigUInt64LE(loadAddress, headerBytes + 16);
  file.writeBigUInt64LE(loadAddress, headerBytes + 24);
  file.writeBigUInt64LE(size, headerBytes + 32);
  file.writeBigUInt64LE(size, headerBytes + 40);
  file.writeBigUInt64LE(0x1000n, headerBytes + 48);
  return Buffer.concat([file, code]);
}

/** Instructions of 32 bits. */
export function instructions(words: readonly number[]): Buffer {
  const buffer = Buffer.alloc(words.length * 4);
  for (const [i, word] of words.entries()) buffer.writeUInt32LE(word, i * 4);
  return buffer;
}
