/**
 * A program that does nothing for ever, as an ELF file made in memory: what holds the network of a pod needs no registry.
 * Pure.
 */

const headerBytes = 64;
const programHeaderBytes = 56;
const loadAddress = 0x400000n;

interface Machine {
  /** Of the ELF header. */
  readonly number: number;
  readonly code: Buffer;
}

/** By the engine's name of the architecture. */
const machines: Readonly<Record<string, Machine>> = {
  // again: mov eax, 34 (pause); syscall; jmp again
  amd64: { number: 62, code: Buffer.from('b8220000000f05ebf7', 'hex') },
  // again: mov x0..x4, 0; mov x8, 73 (ppoll); svc 0; b again
  arm64: {
    number: 183,
    code: littleEndian([
      ...[0xd2800000, 0xd2800001, 0xd2800002, 0xd2800003],
      ...[0xd2800004, 0xd2800928, 0xd4000001, 0x17fffff9],
    ]),
  },
};

export const pauseArchitectures: readonly string[] = Object.keys(machines);

/** `undefined` for an architecture that there is no program for. */
export function pauseProgram(architecture: string): Buffer | undefined {
  const machine = Object.entries(machines).find(([name]) => name === architecture)?.[1];
  if (machine === undefined) return undefined;
  const codeAt = headerBytes + programHeaderBytes;
  const size = BigInt(codeAt + machine.code.length);
  const file = Buffer.alloc(codeAt);
  // 64 bits, little-endian, version 1.
  file.write('\x7fELF\x02\x01\x01', 0, 'latin1');
  file.writeUInt16LE(2, 16); // executable
  file.writeUInt16LE(machine.number, 18);
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
  return Buffer.concat([file, machine.code]);
}

function littleEndian(words: readonly number[]): Buffer {
  const buffer = Buffer.alloc(words.length * 4);
  for (const [i, word] of words.entries()) buffer.writeUInt32LE(word, i * 4);
  return buffer;
}
