/** A program that kills one process and all of its group, and ends with the number of the error, or 0. Pure. */

import { type Architecture, instructions, isKnownArchitecture, staticProgram } from './static-program.ts';

/** What it ends with when there is no such process. */
export const noSuchProcess = 3;

const codes: Readonly<Record<Architecture, (pid: number) => Buffer>> = {
  amd64(pid) {
    // mov edi, -pid; mov esi, 9; mov eax, 62 (kill); syscall; neg eax; mov edi, eax; mov eax, 60 (exit); syscall
    const code = Buffer.from('bf00000000be09000000b83e0000000f05f7d889c7b83c0000000f05', 'hex');
    code.writeInt32LE(-pid, 1);
    return code;
  },
  // mov w0, pid; neg w0, w0; mov w1, 9; mov w8, 129 (kill); svc 0; neg w0, w0; mov w8, 93 (exit); svc 0
  arm64: (pid) =>
    instructions([
      ...[0x52800000 + (pid % 0x10000) * 32, 0x72a00000 + Math.floor(pid / 0x10000) * 32, 0x4b0003e0],
      ...[0x52800121, 0x52801028, 0xd4000001, 0x4b0003e0, 0x52800ba8, 0xd4000001],
    ]),
};

/** `undefined` for an architecture that there is no program for. */
export function killProgram(architecture: string, pid: number): Buffer | undefined {
  return isKnownArchitecture(architecture)
    ? staticProgram(architecture, codes[architecture](pid))
    : undefined;
}
