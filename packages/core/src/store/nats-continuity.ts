/** Whether a bucket is still the one that is known, with everything in it that was seen there. Pure. */

import { MooringError } from '../contract/error.ts';
import type { Revision } from '../contract/store.ts';

/** How far a bucket was seen to go. */
export interface BucketPosition {
  /** When its stream was made: another one of the same name has nothing to do with what is known. */
  readonly created: string;
  readonly revision: Revision;
}

/** `other`: it was made anew. `older`: it ends before what was seen in it. Both: acknowledged writes may be lost. */
export type Continuity = 'continues' | 'other' | 'older';

export function continuityOf(known: BucketPosition | undefined, now: BucketPosition): Continuity {
  if (known === undefined) return 'continues';
  if (known.created !== now.created) return 'other';
  return now.revision < known.revision ? 'older' : 'continues';
}

/** `fix`: what is to be done when the store is as it should be. */
export function storeLost(
  bucket: string,
  how: Exclude<Continuity, 'continues'>,
  { known, now }: { readonly known: BucketPosition; readonly now: BucketPosition },
  fix: string,
): MooringError {
  const words =
    how === 'other'
      ? `was made anew at ${now.created}, after revision ${known.revision} had been seen in the one of ${known.created}`
      : `goes up to revision ${now.revision}, and ${known.revision} has been seen in it`;
  return lost(`bucket ${bucket} ${words}`, fix);
}

/** Objects are missing that nobody has deleted: somebody has purged the bucket, or a disk is damaged. */
export function objectsLost(bucket: string, keys: readonly string[]): MooringError {
  const named = `${keys.slice(0, 3).join(', ')}${keys.length > 3 ? ', ...' : ''}`;
  return lost(
    `bucket ${bucket} has lost ${keys.length} of its objects, which nobody has deleted: ${named}`,
    'start this process again',
  );
}

/** Not even the markers of deletions are left. */
export function storeEmptied(bucket: string, fix: string): MooringError {
  return lost(`bucket ${bucket} was emptied: objects have been seen in it, and nobody has deleted them`, fix);
}

function lost(words: string, fix: string): MooringError {
  return new MooringError(
    'STORE_LOST',
    `${words}: acknowledged writes are lost, and nothing is done for it. Restore it, or see that what is there is what you want; then ${fix}`,
  );
}
