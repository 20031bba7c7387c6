/** The input and output of a process as streams: of a command in a container, and of a container itself. */

/** The size of a terminal, in characters. */
export interface TerminalSize {
  readonly columns: number;
  readonly rows: number;
}

/** How a command is run whose input and output are streams. */
export interface ExecStreamOptions {
  /** Without it the command reads the end of its input at once. */
  readonly stdin: boolean;
  /** In a terminal of its own; all of its output is then `stdout`. Rejected with `RUNTIME_UNSUPPORTED` where there is none. */
  readonly tty: boolean;
  readonly env?: readonly { readonly name: string; readonly value: string }[];
}

/** What of a running container is wanted. */
export interface AttachOptions {
  /** Only to a container that was created with `stdin`. */
  readonly stdin: boolean;
  /** Only to a container that was created with `tty`. */
  readonly tty: boolean;
}

/** Some bytes of the output of a process, not cut at lines. */
export interface OutputChunk {
  readonly stream: 'stdout' | 'stderr';
  readonly bytes: Uint8Array;
}

/** A process whose input and output are bytes as they come. */
export interface ProcessStreams {
  /**
   * To be read once, in whole; goes on only when the reader does, so that a slow reader slows the process. Ends with the
   * process, and rejects with `signal.reason` when the signal aborts.
   */
  readonly output: AsyncIterable<OutputChunk>;
  /** Resolves when there is room for more. What a process is given that reads no more is let go. */
  write(bytes: Uint8Array): Promise<void>;
  /** The process reads the end of its input after what was written. */
  closeInput(): void;
  /** Does nothing where there is no terminal. */
  resize(size: TerminalSize): void;
  /** 128 + n for a death by signal n. To be asked when the output has ended. */
  exitCode(): Promise<number>;
}
