/** The commands of `moor` as a library: for tests, and for programs that bring their own shell. */

export { exitCodes } from './exit-codes.ts';
export { Interrupted, type Interrupts, listenForInterrupts } from './interrupts.ts';
export { runMoor } from './moor.ts';
export type { Environment, Output, Shell } from './shell.ts';
