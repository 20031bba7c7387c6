import { kindInfo, knownKinds } from '../api/kinds.ts';
import { didYouMean } from '../api/nearest.ts';
import { MooringError } from '../contract/error.ts';

/** The kind itself. Throws `INVALID` for one that no object can have: whoever waits for it would wait in vain. */
export function checkedKind<K extends string>(kind: K): K {
  if (kindInfo(kind) !== undefined) return kind;
  const known = knownKinds();
  const words = `unknown kind ${JSON.stringify(kind)}${didYouMean(String(kind), known)}: must be one of ${known.join(', ')}`;
  throw new MooringError('INVALID', words);
}
