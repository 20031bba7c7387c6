/** What moor ends with; listed in `docs/moor.md`. By the customs of shells and of `sysexits.h`. */

export const exitCodes = {
  /** What was asked for was done; for `run`: every pod ended well. */
  ok: 0,
  /** It was done, and the answer is no: a pod failed, something is not as it should be. */
  failed: 1,
  /** The command line, a setting or a manifest is wrong: nothing was begun. */
  usage: 2,
  /** A server, engine or directory that is needed cannot be used now; trying again may help. */
  unavailable: 3,
  /** Somebody else holds the directory or the name of the node. */
  taken: 4,
  /** A mistake of moor itself. */
  internal: 70,
  /** 128 and the number of the signal that ended it. */
  interrupted: 130,
  terminated: 143,
} as const;
