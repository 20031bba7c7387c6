/** Whether this agent may write: only while the name of its node is known to be its own. */
export interface WritePermit {
  readonly mayWrite: boolean;
  /** Resolves as soon as it may; rejects when it never may again, or with the signal's reason. */
  whenWritable(signal: AbortSignal): Promise<void>;
}

export const alwaysPermitted: WritePermit = { mayWrite: true, whenWritable: async () => {} };
