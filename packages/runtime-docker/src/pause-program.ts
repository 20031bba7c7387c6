/** A program that does nothing for ever: what holds the network of a pod needs no registry. Pure. */

import { type Architecture, instructions, isKnownArchitecture, staticProgram } from './static-program.ts';

const codes: Readonly<Record<Architecture, Buffer>> = {
  // again: mov eax, 34 (pause); syscall; jmp again
  amd64: Buffer.from('b8220000000f05ebf7', 'hex'),
  // again: mov x0..x4, 0; mov x8, 73 (ppoll); svc 0; b again
  arm64: instructions([
    ...[0xd2800000, 0xd2800001, 0xd2800002, 0xd2800003],
    ...[0xd2800004, 0xd2800928, 0xd4000001, 0x17fffff9],
  ]),
};

/** `undefined` for an architecture that there is no program for. */
export function pauseProgram(architecture: string): Buffer | undefined {
  return isKnownArchitecture(architecture) ? staticProgram(architecture, codes[architecture]) : undefined;
}
