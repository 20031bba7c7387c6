/** A token bucket without a timer: what it holds is computed from the time that has passed. */

export interface TokenBucketSettings {
  /** Tokens of a full bucket; it starts full. */
  readonly burst: number;
  /** Time for one more token. */
  readonly refillMs: number;
}

export interface TokenBucket {
  tokens: number;
  atMs: number;
}

/** Takes a token out of the bucket when there is one; the bucket is changed in place. */
export function takeToken(bucket: TokenBucket, settings: TokenBucketSettings, nowMs: number): boolean {
  const gained = (nowMs - bucket.atMs) / settings.refillMs;
  bucket.tokens = Math.min(settings.burst, bucket.tokens + Math.max(0, gained));
  bucket.atMs = nowMs;
  if (bucket.tokens < 1) return false;
  bucket.tokens -= 1;
  return true;
}
