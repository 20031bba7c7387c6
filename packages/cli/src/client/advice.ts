/** What is behind ends that puzzle, in words. Pure. */

import type { TerminationRecord } from '@mooring/core';

/** Of the end that came last of a container that waits to be started again; absent where the end speaks for itself. */
export function adviceOn({ exitCode, signal, probe }: TerminationRecord): string | undefined {
  return signal === undefined && probe === undefined ? byExitCode[exitCode] : undefined;
}

const byExitCode: Readonly<Record<number, string>> = {
  0: 'it ends with success and is started again, as its restartPolicy says; a program that puts itself into the background must be told to stay in front, and what is to run once wants restartPolicy: OnFailure',
  126: 'exit code 126 of a shell: what it was to run is no program, may not be executed, or has more arguments and variables than fit',
  127: 'exit code 127 of a shell: what it was to run is not there; of a script that is there, look at its first line: the program after #!, or a Windows line end',
};
